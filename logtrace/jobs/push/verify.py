"""What a Jaeger has of some traces, beside what the store has: by its query API, trace by trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from logtrace.delivery import Difference, Verified
from logtrace.errors import RemoteError
from logtrace.exporters.names import trace_hex_of
from logtrace.exporters.otlp import resource_spans
from logtrace.ids import parse_span_id
from logtrace.jobs.push.choice import Choice, chosen
from logtrace.jobs.push.target import Target
from logtrace.jobs.push.wire import Answer, Wire, WireError
from logtrace.jobs.verbs.store import Store
from logtrace.model import Trace

MOST = 1_000
"""No more differences are named."""

TRIES = 3
FIRST_WAIT_S = 0.5
_BUSY = frozenset({429, 502, 503, 504})


class Shown(NamedTuple):
    """What is compared of a span; times in microseconds, as Jaeger gives them."""

    parent: str
    service: str
    name: str
    start_us: int
    duration_us: int


WORDS = {"parent": "parent", "service": "service", "name": "name", "start_us": "start", "duration_us": "duration"}


def verify(
    store: Store, target: Target, choice: Choice, *, timeout_s: float = 10.0, progress: Callable[[int, int], None] | None = None
) -> Verified:
    """Compares all spans of some traces: whether they are there, under the same parent, with the same service, name and times.

    Further spans of a trace are no difference: services with an SDK send theirs beside. Raises RemoteError where what is asked
    is no Jaeger, or answers no more; else as `chosen` does.
    """
    started = time.monotonic()
    tally = _Tally()
    wire = Wire(target, timeout_s)
    try:
        traces = chosen(store, choice)
        for number, key in enumerate(traces, 1):
            trace = store.reader.trace(key)
            if trace is not None:
                tally.add(trace.trace_id, spans_here(trace), _asked(wire, target, trace_hex_of(trace.trace_id)))
            if progress:
                progress(number, len(traces))
    finally:
        wire.close()
    return tally.told(target.address.removesuffix("/"), len(traces), time.monotonic() - started)


class _Tally:
    def __init__(self) -> None:
        self._counts = dict.fromkeys(("spans", "same", "foreign", "doubled", "different"), 0)
        self._found: list[Difference] = []

    def add(self, trace_id: str, here: Mapping[str, Shown], there: Mapping[str, Sequence[Shown]]) -> None:
        """Takes a trace into account."""
        differences = list(compared(trace_id, here, there))
        self._found += differences[: MOST - len(self._found)]
        self._counts["spans"] += len(here)
        self._counts["same"] += len(here) - len(differences) if there else 0
        self._counts["different"] += len(differences)
        self._counts["foreign"] += len(there.keys() - here.keys())
        self._counts["doubled"] += sum(len(each) > 1 for each in there.values())

    def told(self, address: str, traces: int, wall_s: float) -> Verified:
        """All of it."""
        return Verified(address, traces, differences=tuple(self._found), wall_s=wall_s, **self._counts)


def spans_here(trace: Trace) -> dict[str, Shown]:
    """The spans of a trace as they are sent, by id."""
    found = {}
    for group in resource_spans(trace.adjusted):
        service = next(pair["value"]["stringValue"] for pair in group["resource"]["attributes"] if pair["key"] == "service.name")
        for span in (span for scope in group["scopeSpans"] for span in scope["spans"]):
            start_ns, end_ns = max(0, int(span["startTimeUnixNano"])), max(0, int(span["endTimeUnixNano"]))
            shown = Shown(span.get("parentSpanId", ""), service, span["name"], start_ns // 1000, (end_ns - start_ns) // 1000)
            found[span["spanId"]] = shown
    return found


def compared(trace_id: str, here: Mapping[str, Shown], there: Mapping[str, Sequence[Shown]]) -> Iterator[Difference]:
    """What differs, at most one thing a span: where there are several of an id, the one most like it counts."""
    if not there and here:
        yield Difference(trace_id, "", "trace", f"{len(here):,} spans", "missing")
        return
    for span_id, span in here.items():
        if span_id not in there:
            yield Difference(trace_id, span_id, "span", f"{span.service}: {span.name}", "missing")
            continue
        nearest = max(there[span_id], key=lambda other: sum(a == b for a, b in zip(span, other, strict=True)))
        for name, word in WORDS.items():
            if getattr(nearest, name) != getattr(span, name):
                yield Difference(trace_id, span_id, word, str(getattr(span, name)), str(getattr(nearest, name)))
                break


def span_keys(target: Target, timeout_s: float, trace_id: str) -> set[int]:
    """The keys of the spans that a Jaeger has of a trace. Raises RemoteError where it is none, or answers no more."""
    wire = Wire(target, timeout_s)
    try:
        return {parse_span_id(text)[0] for text in _asked(wire, target, trace_hex_of(trace_id))}
    finally:
        wire.close()


def _asked(wire: Wire, target: Target, trace_id: str) -> dict[str, list[Shown]]:
    """The spans that a Jaeger has of a trace, by id; none where it has none."""
    answer = _answer(wire, target, f"{target.path}/api/traces/{trace_id}?raw=true")
    if answer.status == 404 and b"trace not found" in answer.body:
        return {}
    if answer.status != 200:
        raise RemoteError(f"{target.place} answers {answer.status} where a trace is asked for", _hint(answer.status))
    try:
        found: dict[str, list[Shown]] = {}
        for trace in orjson.loads(answer.body)["data"]:
            for span in trace["spans"]:
                found.setdefault(span["spanID"].rjust(16, "0"), []).append(_shown(span, trace["processes"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        told = f"what answers at {target.place} is no query API of Jaeger"
        raise RemoteError(told, "it usually listens at http://HOST:16686") from error
    return found


def _shown(span: dict[str, Any], processes: dict[str, Any]) -> Shown:
    parents = [
        reference["spanID"]
        for reference in span["references"]
        if reference["refType"] == "CHILD_OF" and reference["traceID"].rjust(32, "0") == span["traceID"].rjust(32, "0")
    ]
    parent = parents[0].rjust(16, "0") if parents else ""
    service = processes[span["processID"]]["serviceName"]
    return Shown(parent, service, span["operationName"], int(span["startTime"]), int(span["duration"]))


def _hint(status: int) -> str:
    if status in (401, 403):
        return "--header 'Authorization: Bearer TOKEN' sends what lets this client in"
    return "the address of Jaeger's query API is usually http://HOST:16686"


def _answer(wire: Wire, target: Target, path: str) -> Answer:
    """The answer to a question, which is asked again where Jaeger is busy or the connection ends."""
    wait_s = FIRST_WAIT_S
    for left in reversed(range(TRIES)):
        try:
            answer = wire.ask("GET", path, {"accept": "application/json", "user-agent": "logtrace"})
            if answer.status not in _BUSY or not left:
                return answer
        except WireError as error:
            if error.final or not error.sent or not left:
                raise RemoteError(error.told, error.hint) from error
        time.sleep(wait_s)
        wait_s *= 2
    raise RemoteError(f"{target.place} gives no answer")
