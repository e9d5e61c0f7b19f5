"""OTLP JSON: lines of the collector's file exporter, one document, what Jaeger's API of version 3 and Tempo answer."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.ingest.exports._import import Import, one_line
from logtrace.ingest.exports.json_parts import Path, Read, parts
from logtrace.ingest.exports.resources import Resources
from logtrace.patterns import lazy_pattern

_ABOVE: tuple[Path, ...] = ((), ("*",), ("result",), ("batches",), ("trace",))
_OF = {"resourceSpans": "spans", "resourceLogs": "logs"}
_SCOPED = ("scopeSpans", "instrumentationLibrarySpans", "scopeLogs", "instrumentationLibraryLogs")
_RESOURCES = {(*above, key, "*"): kind for above in _ABOVE for key, kind in _OF.items()}
_SCOPES = {(*path, key, "*"): kind for path, kind in _RESOURCES.items() for key in _SCOPED}
_MEMBERS = {(*path, key, "*"): kind for path, kind in _SCOPES.items() for key in ("spans", "logRecords", "logs")}
_WANTED = frozenset((
    *((*path, "resource") for path in _RESOURCES),
    *((*path, key) for path in _SCOPES for key in ("scope", "instrumentationLibrary")),
    *_MEMBERS,
))  # fmt: skip
_MARK = lazy_pattern(rb'"(resourceSpans|resourceLogs)"\s*:')


def lines(read: Read) -> Iterator[bytes]:
    """A line for each span and log record."""
    made = Resources()
    for path, text, _ in parts(read, _WANTED, (*_RESOURCES, *_SCOPES)):
        if text is None:
            yield from made.resource_ends() if path in _RESOURCES else made.scope_ends()
        elif path[-1] == "resource":
            made.resource(one_line(text))
        elif path in _MEMBERS:
            yield from made.add(_MEMBERS[path], one_line(text).replace(b"\t", b" "))
        else:
            made.scope(one_line(text).replace(b"\t", b" "))


IMPORT = Import("otlp-json", "OTLP JSON: lines or one document", lambda head: _MARK.search(head) is not None, lines)
