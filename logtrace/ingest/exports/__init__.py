"""Files that other systems, or logtrace, have exported: how they are cut into lines that ingest reads.

IMPORTS is ordered; the first that a file begins like is its format.
"""

from __future__ import annotations

from logtrace.ingest.exports import jaeger_json, otlp_json, otlp_proto, zipkin_json
from logtrace.ingest.exports._import import HEAD, Import

__all__ = ["BOM", "HEAD", "IMPORTS", "import_of"]

BOM = b"\xef\xbb\xbf"

IMPORTS: tuple[Import, ...] = (otlp_json.IMPORT, jaeger_json.IMPORT, zipkin_json.IMPORT, otlp_proto.IMPORT)


def import_of(head: bytes) -> Import | None:
    """The format of a file that begins like this; None for none that is known."""
    text = head.removeprefix(BOM).lstrip(b" \t\r\n\x1e")
    is_text = text[:1] in (b"{", b"[")
    return next((each for each in IMPORTS if (is_text or each is otlp_proto.IMPORT) and each.begins(head)), None)
