"""Zipkin's JSON of version 2: an array of spans, an array of traces, or a span a line."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.ingest.exports._import import Import, one_line
from logtrace.ingest.exports.json_parts import Read, parts
from logtrace.patterns import lazy_pattern

_TRACE, _SPAN = lazy_pattern(rb'"traceId"\s*:'), lazy_pattern(rb'"id"\s*:')


def lines(read: Read) -> Iterator[bytes]:
    """A line for each span."""
    return (one_line(text) for _, text, _ in parts(read, {(), ("*",), ("*", "*")}) if text is not None)


def _begins(head: bytes) -> bool:
    return _TRACE.search(head) is not None and _SPAN.search(head) is not None


IMPORT = Import("zipkin", "Zipkin's JSON of version 2", _begins, lines)
