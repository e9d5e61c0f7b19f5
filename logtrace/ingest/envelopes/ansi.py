"""Terminal sequences: docker-compose colours its prefix, loggers colour their levels."""

from __future__ import annotations

from datetime import tzinfo

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.patterns import lazy_pattern

_SEQUENCE = lazy_pattern(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, hyperlinks
    r"|[ -/]+[0-~])"  # character sets, as `tput sgr0` writes them
)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The text without its terminal sequences, wherever they are; None where it has none."""
    if "\x1b" not in text:
        return None
    plain, found = _SEQUENCE.subn("", text)
    return Peeled(plain) if found else None


ENVELOPE = Envelope(
    name="ansi",
    example="2025-11-10T19:36:18.123Z [\x1b[31mERROR\x1b[0m] [worker] Job failed",
    inner="2025-11-10T19:36:18.123Z [ERROR] [worker] Job failed",
    peel=peel,
)
