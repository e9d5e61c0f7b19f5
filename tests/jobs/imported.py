"""What tests of round trips share: logs of all sorts, and what of a trace has to come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st

from logtrace.carried import BYTES, NO_SERVICE, OWN
from logtrace.exporters.names import error_text, events_in
from logtrace.model import ErrorLevel, Flag, Rank, Span, Trace
from tests.builders import T0

IDS = ("4bf92f3577b34da6a3ce929d0e0e4736", "a3ce929d0e0e4736", "d2719f18-6c2e-11ee-8c99-0242ac120002", "order/17", "7")
SPANS = ("a3ce929d0e0e4731", "b7ad6b7169203331", "c0ffee0000000001", "step-4", "0af7651916cd43dd")
_texts = st.sampled_from(["", "started", "rows: 7", "a|b {c} <d> ;#\t\n", "ü☃ 'quoted' \"twice\"", "=cmd()", "long " * 60])
_values = st.sampled_from(
    ["x", "", BYTES + "AAE=", BYTES + "no base64", "true", "7", 7, -1, 1 << 60, 0.25, True, False, [1, "a"], {"k": [True, 1.5]}]
)
_keys = st.sampled_from(["a", "http.status", "host.name", "user", "peer.service", "log", "error.type"])
_attributes = st.dictionaries(_keys, _values, max_size=3)


@st.composite
def logs(draw: st.DrawFn, tick_ns: int = 1) -> list[dict[str, Any]]:
    """Log lines of one trace or two: spans told whole, by halves or by lines alone, with parents named, missing and not told.
    Times are whole ticks."""

    def instant(low: int = 0, high: int = 50_000_000) -> str:
        ns = T0 + draw(st.integers(low, high)) // tick_ns * tick_ns
        return f"2024-01-10T14:30:00.{ns - T0:09d}Z"

    found: list[dict[str, Any]] = []
    for trace in draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True)):
        for number in range(draw(st.integers(0, 4))):
            common: dict[str, Any] = {"trace_id": trace, "span_id": SPANS[number]}
            common |= {"service": draw(st.sampled_from(["edge", "worker"]))}
            parent = draw(st.sampled_from([None, "", "dead00000000beef", "1f2e.38.17-0", *SPANS[:number]]))
            told = dict(draw(_attributes))
            told |= {} if parent is None else {"parent_span_id": parent}
            told |= draw(st.sampled_from([{}, {"operation": f"op{number}"}, {"operation": "GET /x", "kind": "server"}]))
            ends = draw(st.sampled_from([{}, {}, {"status": "ok"}, {"status": "error"}, {"error": "broke", "level": "error"}]))
            took = {"duration_ms": draw(st.integers(0, 40)) * 1.0}
            for line in draw(st.sampled_from([
                [{"event": "span_start", **told}, {}, {"event": "span_end", **took, **ends}],
                [{**told, **took, **ends}],
                [{"event": "span_start", **told}, {}],
                [{"event": "span_end", **told, **ends}],
                [told, {}, ends],
                [{**told, "span_links": []}],
            ])):  # fmt: skip
                level = draw(st.sampled_from(["info", "warn", "error", "debug"]))
                found.append({"time": instant(), "level": level, "msg": draw(_texts), **common, **line})
        if draw(st.booleans()):
            found.append({"time": instant(), "level": "info", "trace_id": trace, "msg": "of no span", "service": "edge"})
    return found


def write_log(path: Path, lines: list[dict[str, Any]]) -> Path:
    """A log file."""
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


Values = Callable[[Any], Any]


def as_it_is(value: Any) -> Any:
    """A value that keeps its type."""
    return value


def nested_as_text(value: Any) -> Any:
    """A value of which only lists and maps become text."""
    return as_text(value) if isinstance(value, list | dict) else value


def as_text(value: Any) -> str:
    """A value as text."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def carried(trace: Trace, tick_ns: int = 1, value: Values = as_it_is) -> dict[str, Any]:
    """What of a trace any export carries. tick_ns: times are rounded down to this; value: what becomes of values."""
    spans = {span.key: _carried(span, tick_ns, value) for span in trace.spans if not span.phantom}
    loose = [(_ticks(line.time_ns, tick_ns), line.severity, line.body) for line in trace.lines]
    return {"id": trace.trace_id, "spans": spans, "lines": sorted(loose, key=str)}


def _carried(span: Span, tick_ns: int, value: Values) -> dict[str, Any]:
    known = {key: each for key, each in span.attributes.items() if not key.startswith(OWN)}
    for key in ("service.name", "error.type", "error.message", "error", "events"):
        known.pop(key, None)
    sure = span.parent.observed or not span.parent_key
    return {
        "parent": (span.parent_key, span.parent_span_id, None if sure else tuple(span.parent)),
        "id": span.span_id,
        "operation": (span.service or NO_SERVICE, span.name, span.name_rank > Rank.DERIVED, span.kind),
        "times": (_ticks(span.start_ns, tick_ns), _ticks(span.duration_ns, tick_ns)),
        "inferred": (not span.start.observed and span.start.source, not span.end.observed and span.end.source),
        "bound": bool(span.flags & Flag.LOWER_BOUND),
        "error": (span.status, ErrorLevel(span.error), span.error_type, error_text(span) if span.error else ""),
        "attributes": {key: value(each) for key, each in sorted(known.items())},
        "events": [(each.name, _ticks(each.time_ns, tick_ns), each.attributes) for each in events_in(span)],
        "lines": sorted(_said(span, tick_ns), key=str),
        "links": span.links,
    }


def _said(span: Span, tick_ns: int) -> Iterator[tuple[Any, ...]]:
    return ((_ticks(line.time_ns, tick_ns), line.severity, line.body) for line in span.lines if line.body)


def _ticks(ns: int | None, tick_ns: int) -> int | None:
    return None if ns is None else ns // tick_ns


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """Where two trees of values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = dict.fromkeys((*before, *after))
        return [each for key in keys for each in differences(before.get(key), after.get(key), f"{where}/{key}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [each for at, pair in enumerate(zip(before, after, strict=True)) for each in differences(*pair, f"{where}/{at}")]
    return [] if before == after else [f"{where}: {before!r} became {after!r}"]


def unordered(text: bytes) -> Any:
    """An export of which the order of attributes and of events of one time says nothing."""
    return _sorted(list(map(orjson.loads, text.strip().split(b"\n"))) if text[:3] == b'{"r' else orjson.loads(text))


_FREE = frozenset({"key", "timestamp", "timeUnixNano"})


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(each) for key, each in value.items()}
    if isinstance(value, list):
        found = list(map(_sorted, value))
        free = all(isinstance(each, dict) and _FREE.intersection(each) for each in found)
        return sorted(found, key=str) if free else found
    return value
