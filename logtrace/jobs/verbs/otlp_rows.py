"""OTLP JSON straight from rows of `span`, for traces in which there is nothing unusual: what a large export mostly consists of.

    row → text of its pieces (each made once: names, attributes, what is inferred) → line of the trace

No Trace is put together. A property test holds that a line is the one that `exporters.otlp` gives; whatever is unusual (lines of
no span, links, ids that are no digits, clocks that differ, rows that wait for assembly) is left to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from logtrace import carried
from logtrace.exporters.inferred import Doubts
from logtrace.exporters.names import ELSEWHERE, ERROR, event_of, parted
from logtrace.exporters.otlp import KINDS, WARNINGS, pairs, resource_spans, sentences
from logtrace.ids import NO_SPAN, TraceId
from logtrace.model import ErrorLevel, Flag, LineRef
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.reading.shown import ShownRow, any_opaque_span, any_opaque_trace, as_assembled, shown_rows
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.rows.linerefs import told as told_lines
from logtrace.store.rows.of_fragments import SOURCES

_TOGETHER = 200
_MEMO = 200_000
_MASK = (1 << 64) - 1
_ORDINARY = frozenset({"failure", "name_ns", "marks", "parents", "kinds", "flags"})
_DOUBTED = int(Flag.LOWER_BOUND | Flag.OPEN)
_OK, _SHARED = int(Flag.STATUS_OK), int(Flag.SHARED_ID | Flag.REMOTE_SEGMENT)
_HARD, _SOFT = int(ErrorLevel.HARD), int(ErrorLevel.SOFT)


class _UnusualError(Exception):
    """A row is not told by the quick way."""


def otlp_rows(reader: SqliteReader, ids: Iterable[TraceId]) -> Iterator[bytes]:
    """One line a trace, as `exporters.otlp.otlp_pieces` gives them."""
    left, rows = iter(ids), _Rows(reader)
    while some := list(islice(left, _TOGETHER)):
        found = rows.lines(some)
        for trace_id in some:
            line = found.get(trace_id[:2])
            if line is None and (trace := reader.trace(trace_id)) is not None:
                line = orjson.dumps({"resourceSpans": resource_spans(trace.adjusted)}) + b"\n"
            if line is not None:
                yield line


class _Attribute(NamedTuple):
    """text: as it stands in a list; "" for one that is told elsewhere. of_resource: whose it is."""

    text: str
    of_resource: bool


class _Rows:
    """Makes lines of rows; remembers the texts of names and attributes."""

    def __init__(self, reader: FragmentReader) -> None:
        self._reader = reader
        self._usual = as_assembled(reader)
        self._opaque = any_opaque_span(reader)
        self._attributes: dict[int, _Attribute] = {}
        self._keys: dict[str, _Attribute] = {}
        self._said: dict[tuple[int, str], str] = {}
        self._operations: dict[int, tuple[str, str]] = {}
        self._doubts: dict[tuple[Any, ...], tuple[str, str]] = {}

    def lines(self, ids: Sequence[TraceId]) -> dict[tuple[int, int], bytes]:
        """The lines of those traces that are told the quick way."""
        if not self._usual:
            return {}
        lows = [trace_id.low for trace_id in ids]
        if any_opaque_trace(self._reader, lows):
            return {}
        for known in (self._attributes, self._operations, self._doubts, self._keys, self._said):
            if len(known) > _MEMO:
                known.clear()
        found: dict[tuple[int, int], bytes] = {}
        for rows in shown_rows(self._reader, lows):
            try:
                found[rows[0][:2]] = self._line(rows)
            except _UnusualError:
                continue
        return found

    def _line(self, rows: list[ShownRow]) -> bytes:
        low, high = rows[0][:2]
        keys = [row.span_key for row in rows]
        if len(set(keys)) < len(keys) or NO_SPAN in keys or any(row.trace_high != high for row in rows):
            raise _UnusualError
        if self._opaque and any_opaque_span(self._reader, [*keys, *(row.parent_key for row in rows)]):
            raise _UnusualError
        rows.sort(key=_order)
        trace = f"{high & _MASK:016x}{low & _MASK:016x}"
        resources: dict[str, list[str]] = {}
        for row in rows:
            resource, span = self._span(row, trace)
            resources.setdefault(resource, []).append(span)
        parts = [
            f'{{"resource":{{"attributes":[{resource}]}},"scopeSpans":[{{"scope":{{}},"spans":[{",".join(spans)}]}}]}}'
            for resource, spans in resources.items()
        ]
        return f'{{"resourceSpans":[{",".join(parts)}]}}\n'.encode("utf-8", "replace")

    def _span(self, row: ShownRow, trace: str) -> tuple[str, str]:
        """(the attributes of its resource, the span)."""
        _, _, key, parent, confidence, operation, start_ns, duration_ns, facts, error, flags, refs, lines, extra = row
        if flags & _SHARED or start_ns is None:
            raise _UnusualError
        rare = orjson.loads(extra) if extra else {}
        if not _ORDINARY.issuperset(rare):
            raise _UnusualError
        service, named = self._operations.get(operation) or self._operation(operation)
        resource, told = [service], list[str]()
        for each in orjson.loads(refs) if refs != "[]" else ():
            text, of_resource = (
                (self._attributes.get(each) or self._attribute(each)) if each.__class__ is int else self._inline(each[0], each[1])
            )
            if text:
                (resource if of_resource else told).append(text)
        doubts = (facts & 0xFFF00F0, flags & _DOUBTED, confidence, parent == NO_SPAN, duration_ns is None)
        inferred, warned = self._doubts.get(doubts) or self._doubt(doubts, facts)
        observed = carried.START not in inferred and carried.END not in inferred
        events, failed = self._events(lines, start_ns, observed)
        status = '"code":1' if flags & _OK else ""
        if error:
            status = self._failed(error, rare.get("failure"), failed, told) or status
        if inferred:
            told.append(inferred)
        if events:
            told.append(f'{{"key":"{carried.LINES}","value":{{"intValue":"{len(events)}"}}}}')
        if warned:
            told.append(warned)
        above = f'"parentSpanId":"{parent & _MASK:016x}",' if parent else ""
        return ",".join(resource), (
            f'{{"traceId":"{trace}","spanId":"{key & _MASK:016x}",{above}{named},"startTimeUnixNano":"{start_ns}",'
            f'"endTimeUnixNano":"{start_ns + (duration_ns or 0)}","attributes":[{",".join(told)}],'
            f'"events":[{",".join(events)}],"links":[],"status":{{{status}}}}}'
        )

    def _operation(self, number: int) -> tuple[str, str]:
        """(the service as an attribute, name and kind) of an operation."""
        service, name, kind = self._reader.operation(number)
        text = f'"name":{_json(name or carried.NO_NAME)},"kind":{KINDS.get(kind, 0)}'
        found = self._operations[number] = _pair("service.name", service or carried.NO_SERVICE), text
        return found

    def _attribute(self, ref: int) -> _Attribute:
        key, value = self._reader.attribute_pair(ref >> 2)
        found = self._attributes[ref] = _told(key, orjson.loads(value))
        return found

    def _inline(self, key: str, value: Any) -> _Attribute:
        """An attribute that is in hardly any other row. What its key tells is remembered: all up to the value."""
        if value.__class__ is not str or value == "true" or value.startswith(carried.BYTES):
            return _told(key, value)
        known = self._keys.get(key)
        if known is None:
            whole = _told(key, "")
            known = self._keys[key] = whole._replace(text=whole.text.removesuffix('""}}'))
        return _Attribute(f"{known.text}{_json(value)}}}}}", known.of_resource) if known.text else known

    def _doubt(self, known: tuple[Any, ...], facts: int) -> tuple[str, str]:
        """(what is inferred, the sentences about it) as attributes, comma between them."""
        _, flags, confidence, root, endless = known
        parent, start, end = (SOURCES[facts >> shift & 15] for shift in (16, 20, 24))
        doubts = Doubts("" if root else parent, confidence or 0, facts >> 4 & 15, start, end, flags, not endless)
        said = list(sentences(doubts, False))
        inferred = ",".join(_pair(key, value) for key, value in doubts.told().items())
        found = self._doubts[known] = inferred, _pair(WARNINGS, said) if said else ""
        return found

    def _events(self, lines: str | bytes, start_ns: int, observed: bool) -> tuple[list[str], str]:
        """(the events, what the first line of level error says)."""
        found = told_lines(lines, self._reader.body)
        first_ns = found.pop(0) if found and found[0].__class__ is int else start_ns
        if len(found) > 1:
            if any(each[2] is None for each in found):
                raise _UnusualError
            found.sort(key=_BY_TIME)
        events, failed = [], ""
        for _, _, offset, severity, _, body in found:
            if not body and severity < ERROR and observed:
                continue
            if offset is None:
                raise _UnusualError
            if severity >= ERROR and body and not failed:
                failed = body
            said = self._said.get((severity, body)) or self._line_said(severity, body)
            events.append(f'{{"timeUnixNano":"{first_ns + offset}",{said}}}')
        return events, failed

    def _line_said(self, severity: int, body: str) -> str:
        """What a line says, as name and attributes of an event."""
        told = pairs(event_of(LineRef(None, 0, 0, 0, severity, body)))
        text = self._said[severity, body] = f'"name":"{carried.LOG}","attributes":{orjson.dumps(told).decode()}'
        return text

    @staticmethod
    def _failed(error: int, failure: Any, line: str, told: list[str]) -> str:
        """The status of a span with an error; what is told of it goes with its attributes."""
        if failure is None:
            raise _UnusualError
        _, _, kind, message = failure
        if kind:
            told.append(_pair("error.type", kind))
        told.append(_pair("error.message", message or (line if error == _SOFT else "") or kind or "error"))
        told.append(_pair(carried.ERROR, "true" if error == _HARD else "line"))
        if error != _HARD:
            return ""
        return f'"code":2,"message":{_json(message)}' if message else '"code":2'


def _order(row: ShownRow) -> tuple[int, int, int]:
    return row.start_ns or 0, -(row.duration_ns or 0), row.span_key


def _told(key: str, value: Any) -> _Attribute:
    """An attribute of a span. Those that are told in other ways are unusual."""
    if key.startswith((carried.OWN, carried.SCOPE_ATTRIBUTE)) or key in _SPECIAL or value == "true":
        raise _UnusualError
    if key == "error":
        return _Attribute("", False)
    resource, _ = parted({key: value})
    return _Attribute(_pair(key, value), bool(resource))


_SPECIAL = ELSEWHERE.difference({"error"}).union({"error.type", "error.message", WARNINGS})


_BY_TIME = itemgetter(2, 0, 1)


def _pair(key: str, value: Any) -> str:
    return orjson.dumps(pairs({key: value})[0]).decode()


def _json(text: str) -> str:
    return orjson.dumps(text).decode()
