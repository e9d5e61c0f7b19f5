"""Traces → Chrome's trace events, which Perfetto and chrome://tracing open.
Source: "Trace Event Format" (complete events `X`, instants `i`, metadata `M`), times in microseconds.

A service is a process. Slices of one thread must lie in one another or apart, so spans of a trace that overlap stand on several:

    thread 1   |--- POST /tasks -------------|
    thread 1     |-- validate --|
    thread 2              |----- audit ------------|
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from logtrace.exporters.json_text import json_bytes
from logtrace.exporters.leaving import leaving
from logtrace.exporters.names import Event, attributes_of, name_of, resource_of, service_of
from logtrace.model import Span, Trace
from logtrace.units import format_instant

Json = dict[str, Any]


def perfetto_pieces(traces: Iterable[Trace]) -> Iterator[bytes]:
    """One JSON document. Times count from the start of the first trace that has one, which `otherData` tells."""
    tracks = _Tracks()
    before = b'{"displayTimeUnit":"ns","traceEvents":[\n'
    zero_ns: int | None = None
    for trace in traces:
        zero_ns = trace.start_ns if zero_ns is None else zero_ns
        for event in tracks.events(trace, zero_ns or 0):
            yield before + json_bytes(event)
            before = b",\n"
    started = {"start_ns": str(zero_ns or 0), "start": format_instant(zero_ns or 0, digits=9)}
    yield (before if before != b",\n" else b"") + b'\n],"otherData":' + json_bytes(started) + b"}\n"


class _Tracks:
    """Processes by service, and threads, numbered by first use."""

    def __init__(self) -> None:
        self._processes: dict[str, int] = {}
        self._threads = 0

    def events(self, trace: Trace, zero_ns: int) -> Iterator[Json]:
        """All events of a trace."""
        lanes: dict[str, list[tuple[int, list[int]]]] = {}
        for each in leaving(trace):
            span, service = each.span, service_of(each.span)
            if service not in self._processes:
                self._processes[service] = len(self._processes) + 1
                yield self._named("process_name", self._processes[service], 0, service)
            known = lanes.setdefault(service, [])
            start_ns = zero_ns if span.start_ns is None else span.start_ns
            tid = _lane(known, start_ns, start_ns + (span.duration_ns or 0))
            if tid is None:
                self._threads += 1
                tid = self._threads
                known.append((tid, [start_ns + (span.duration_ns or 0)]))
                yield self._named("thread_name", self._processes[service], tid, trace.trace_id)
            where = {"pid": self._processes[service], "tid": tid}
            yield {
                "ph": "X", "name": name_of(span), "cat": span.kind or "span", **where, "ts": _us(start_ns - zero_ns),
                "dur": _us(span.duration_ns or 0), "args": _args(span),
            }  # fmt: skip
            for event in each.events():
                yield _instant(event, where, start_ns, zero_ns)

    @staticmethod
    def _named(what: str, pid: int, tid: int, name: str) -> Json:
        return {"ph": "M", "name": what, "pid": pid, "tid": tid, "args": {"name": name}}


def _lane(lanes: list[tuple[int, list[int]]], start_ns: int, end_ns: int) -> int | None:
    """The first thread on which a span lies within what is open, or after it; None where there is none. Spans come by start,
    the longest first; a thread has the ends of what is open on it, the innermost last."""
    for tid, ends in lanes:
        while ends and ends[-1] <= start_ns and not (ends[-1] == start_ns == end_ns):
            ends.pop()
        if not ends or end_ns <= ends[-1]:
            ends.append(end_ns)
            return tid
    return None


def _args(span: Span) -> Json:
    told: Json = {"trace_id": span.trace_id, "span_id": span.span_id, "status": span.status}
    if span.parent_span_id:
        told["parent_span_id"] = span.parent_span_id
    return told | resource_of(span) | attributes_of(span)


def _instant(event: Event, where: Json, start_ns: int, zero_ns: int) -> Json:
    time_ns = start_ns if event.time_ns is None else event.time_ns
    name = str(event.attributes.get("message") or event.name)
    return {"ph": "i", "s": "t", "name": name, **where, "ts": _us(time_ns - zero_ns), "args": event.attributes}


def _us(ns: int) -> float | int:
    return ns // 1000 if ns % 1000 == 0 else ns / 1000
