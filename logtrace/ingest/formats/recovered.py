"""What a logtrace has exported, taken back: log lines that travelled as events, and what was inferred, which stays so.

The attributes that tell of it are those of `logtrace.carried`; each format of spans ends with `spans_told`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace import carried
from logtrace.ids import TraceId, parse_span_id, parse_trace_id, span_id_text
from logtrace.ingest.formats._format import Told
from logtrace.ingest.formats._values import exception_in, level_of, with_rest
from logtrace.ingest.vocabulary.levels import ERROR, severity
from logtrace.units import format_instant

Event = dict[str, Any]
"""name, time (integer nanoseconds, None where it has none) and attributes of an event."""

WARNINGS = "@jaeger@warnings"

_KEPT = frozenset({
    carried.PARENT, carried.PARENT_CONFIDENCE, carried.PARENT_ID, carried.LINKS, carried.RESOURCE_KEYS, carried.SPAN_KEYS,
    carried.SPAN,
})  # fmt: skip
_OF_LINE = frozenset({"level", "severity", "message", carried.LOOSE, carried.UNTIMED})
_EXACT_NS = 10**17


def exactly(ns: int | None) -> int | str | None:
    """A time in nanoseconds as the decoder takes it for one: small numbers would be seconds to it."""
    return ns if ns is None or ns >= _EXACT_NS else format_instant(ns, digits=9)


def spans_told(told: Told, attributes: dict[str, Any], events: list[Event]) -> list[Told]:
    """What a span tells: itself, and the log lines among its events, as they were before they were exported.

    told has start and end (or duration) as integer nanoseconds, and the parent it was written with.
    """
    carries = carried.OWN in "\n".join(attributes)
    own = {key: value for key, value in attributes.items() if key.startswith(carried.OWN)} if carries else {}
    lines: list[Event] = []
    if own:
        attributes = {key: value for key, value in attributes.items() if key not in own or key in _KEPT}
        attributes.pop(WARNINGS, None)
        events, lines = _parted(events, own.get(carried.LINES))
        told = _with_ids(told, own)
        _shifted(told, own.get(carried.SHIFT))
        _with_error(told, attributes, own)
        _without_inferred(told, attributes, own)
    raised = exception_in(events)
    told = {**raised, **told} if carried.ERROR in own else {**told, **raised}
    if carried.DURATION not in own:
        attributes |= _early_end(told)
    found = [] if own.get(carried.SPAN) is True and lines else [_span(told, attributes, events)]
    return found + list(_lines(told, lines, own))


def _span(told: Told, attributes: dict[str, Any], events: list[Event]) -> Told:
    told = dict(told)
    for bound in ("start", "end"):
        if bound in told:
            told[bound] = exactly(told[bound])
    if told.get("end", 0) is None and "duration" not in told:  # it did not end, as far as is known
        told.pop("end")
        told["event"] = "span_start"
    return with_rest(told, attributes, ("events", [{**event, "time": _text(event["time"])} for event in events]))


def _early_end(told: Told) -> dict[str, Any]:
    """Keeps an end that is no end of the span: Jaeger's clients are told of it."""
    start, end = told.get("start"), told.get("end", -1)
    is_early = isinstance(start, int) and end != -1 and "duration" not in told and (end or 0) < start
    return {carried.EARLY_END: end or 0} if is_early else {}


def _text(time_ns: int | None) -> str | None:
    return None if time_ns is None else str(time_ns)


def _parted(events: list[Event], count: Any) -> tuple[list[Event], list[Event]]:
    """(events of the span itself, the last so many that are log lines)."""
    left = count if isinstance(count, int) else 0
    own: list[Event] = []
    lines: list[Event] = []
    for event in reversed(events):
        is_line = left > 0 and event["name"] == carried.LOG and event["attributes"].keys() <= _OF_LINE
        (lines if is_line else own).append(event)
        left -= is_line
    return own[::-1], lines[::-1]


def _with_ids(told: Told, own: dict[str, Any]) -> Told:
    """Ids as they were logged, where these are what the digits stand for."""
    trace = str(own.get(carried.TRACE_ID) or "")
    written = parse_trace_id(str(told.get("trace") or ""))
    known = parse_trace_id(trace)
    if known and written and TraceId(*known[:2]) == TraceId(*written[:2]):
        told = {**told, "trace": trace}
    for name, key in (("span", carried.SPAN_ID), ("parent", carried.PARENT_SPAN_ID)):
        text = str(own.get(key) or "")
        if text and span_id_text(parse_span_id(text)[0]) == told.get(name):
            told = {**told, name: text}
    return dict(told)


def _shifted(told: Told, shift_ns: Any) -> None:
    """Times as they were logged, without what was added for the clock."""
    for bound in ("start", "end"):
        if isinstance(shift_ns, int) and isinstance(told.get(bound), int):
            told[bound] -= shift_ns


def _with_error(told: Told, attributes: dict[str, Any], own: dict[str, Any]) -> None:
    """The error as lines told it: type and message of a failed span are said twice."""
    where = own.get(carried.ERROR)
    if where not in ("true", "span", "line"):
        return
    kind, message = str(own.get(carried.ERROR_TYPE, attributes.get("error.type")) or ""), attributes.get("error.message")
    if carried.ERROR_TYPE not in own:
        attributes.pop("error.type", None)
    said = told.get("error_message") or ""
    if where == "line":
        said = own.get(carried.ERROR_MESSAGE) or ("" if message in (kind, "error") else str(message or ""))
        told.setdefault("status", "unset")
    if message == (said or kind or "error"):
        attributes.pop("error.message", None)
    told |= {"error_type": kind, "error_message": said}


def _without_inferred(told: Told, attributes: dict[str, Any], own: dict[str, Any]) -> None:
    """Leaves out what no line told: it is inferred anew, from the same lines. An inferred parent is kept as what it is."""
    if carried.PARENT in own and told.get("parent"):
        attributes[carried.PARENT_ID] = told.pop("parent")
    if carried.NAME in own:
        name = told.pop("name", None)
        if own[carried.NAME] == "logger":
            told["logger"] = name
    if own.get(carried.START) == own.get(carried.END) == "none" and carried.DURATION not in own and "end" in told:
        told["duration"] = (told["end"] or 0) - (told["start"] or 0)
    if own.get(carried.DURATION) == "unknown" and not {carried.START, carried.END} & own.keys() and told.get("start"):
        told.pop("duration", None)
        told["end"] = told["start"] - 1  # lines tell both, and that it ended before it started
    for bound, key in (("start", carried.START), ("end", carried.END)):
        if key in own:
            told.pop(bound, None)
    ends = "end" in told or "duration" in told
    if ("start" in told) != ends:
        told |= {"event": "span_start" if "start" in told else "span_end", "body": ""}


def _lines(told: Told, lines: list[Event], own: dict[str, Any]) -> Iterator[Told]:
    """The log lines. Where only such tell an error, all of level error tell what the span says of it."""
    shift_ns, soft = own.get(carried.SHIFT), own.get(carried.ERROR) == "line"
    for event in lines:
        attributes, time_ns = event["attributes"], event["time"]
        number = attributes.get("severity", severity(attributes.get("level")))
        loose = attributes.get(carried.LOOSE) is True
        moved = shift_ns if isinstance(shift_ns, int) and not loose else 0
        timed = time_ns is not None and attributes.get(carried.UNTIMED) is not True
        line: Told = {  # the same keys in all of them, so that they are read together and stay in order
            "trace": told["trace"], "span": None if loose else told.get("span"), "service": told.get("service"),
            "time": exactly(time_ns - moved) if timed else None, "level": level_of(number), "body": attributes.get("message", ""),
        }  # fmt: skip
        if soft:
            tells = isinstance(number, int) and number >= ERROR and not loose
            line |= {key: told.get(key) if tells else None for key in ("error_type", "error_message")}
        yield line
