"""What spans and traces are called outside: ids of fixed length, names that are never empty, and what is said beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from logtrace import carried
from logtrace.carried import NO_NAME, NO_SERVICE, is_of_resource
from logtrace.exporters.inferred import doubts
from logtrace.ids import NO_SPAN, TraceId, parse_trace_id, span_id_text
from logtrace.model import ErrorLevel, LineRef, Span

ELSEWHERE = frozenset({"error", "events", "service.name", carried.SCOPE_NAME, carried.SCOPE_VERSION, carried.TRACE_STATE})
ERROR = 17
NO_NAMES = frozenset({carried.EMPTY_SERVICE, carried.ODD_SERVICE})
_LEVELS = ((21, "fatal"), (ERROR, "error"), (13, "warn"), (9, "info"), (5, "debug"), (1, "trace"))


def trace_hex(trace: TraceId) -> str:
    """The 32 hexadecimal digits of a trace id; of one that is none, those of the hash that stands for it."""
    return str(TraceId(trace.low, trace.high))


def trace_hex_of(text: str) -> str:
    """The same, of an id as it is shown."""
    found = parse_trace_id(text)
    return trace_hex(found) if found else "0" * 32


def service_of(span: Span) -> str:
    """The service, as outsiders must have one."""
    return span.service or NO_SERVICE


def name_of(span: Span) -> str:
    """The operation, as outsiders must have one."""
    return span.name or NO_NAME


def resource_of(span: Span) -> dict[str, Any]:
    """Those attributes that are about where a span ran."""
    resource, _ = parted(span.attributes)
    return resource


def parted(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(attributes of where a span ran, all others): by their names, but for those that are known to have been elsewhere.
    What logtrace itself wrote is in neither."""
    moved, kept = attributes.get(carried.RESOURCE_KEYS, ()), attributes.get(carried.SPAN_KEYS, ())
    resource: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for key, value in attributes.items():
        if key in moved or (is_of_resource(key) and key not in kept):
            resource[key] = value
        elif not key.startswith(carried.OWN):
            others[key] = value
    return resource, others


def attributes_of(span: Span) -> dict[str, Any]:
    """All other attributes, and what is known of a span that has no place of its own outside: see `_known`.

    `error` is not among them: outside it is a status, and programs take any value of it for an error, even "false".
    """
    resource, others = parted(span.attributes)
    found = {key: value for key, value in others.items() if not is_elsewhere(key)}
    if others.get("service.name") not in (None, span.service) and span.service not in NO_NAMES:
        found["service.name"] = others["service.name"]
    if "events" in others and not events_in(span):
        found["events"] = others["events"]
    if span.error:
        kept = found.setdefault("error.type", span.error_type or None)
        if kept is not None and (kept != span.error_type or not kept):
            found[carried.ERROR_TYPE] = span.error_type
        found.setdefault("error.message", error_text(span))
        if span.error == ErrorLevel.SOFT and found["error.message"] != error_text(span):
            found[carried.ERROR_MESSAGE] = error_text(span)
    found.update(_known(span, "true" in (*resource.values(), *found.values())))
    return {key: value for key, value in found.items() if value is not None}


def is_elsewhere(key: str) -> bool:
    """Whether an attribute has a field of its own outside."""
    return key in ELSEWHERE or key.startswith(carried.SCOPE_ATTRIBUTE)


def error_text(span: Span) -> str:
    """What an error says: its message, else that of the line that tells of it, its type, or a word."""
    lines = (line.body for line in span.lines if line.severity >= ERROR and line.body and span.error == ErrorLevel.SOFT)
    return span.error_message or next(lines, "") or span.error_type or "error"


def _known(span: Span, has_true: bool) -> dict[str, Any]:
    """What is inferred is marked, and ids that had to be replaced are told.

    logtrace.error of a failed span is the text "true" where no other attribute is (has_true): scripts that look for one among
    all values find each such span once.
    """
    told: dict[str, Any] = {}
    if span.error:
        failed = "span" if has_true else "true"
        told[carried.ERROR] = failed if span.error == ErrorLevel.HARD else "line"
    told |= doubts(span).told()
    if span.span_id != span_id_text(span.key):
        told[carried.SPAN_ID] = span.span_id
    if span.parent_key != NO_SPAN and span.parent_span_id not in (None, span_id_text(span.parent_key)):
        told[carried.PARENT_SPAN_ID] = span.parent_span_id
    return told


class Event(NamedTuple):
    """Something that happened within a span; time_ns None: at its start."""

    name: str
    time_ns: int | None
    attributes: dict[str, Any]


def events_of(span: Span, lines: Iterable[LineRef]) -> list[Event]:
    """The events that a span was logged with, and its lines."""
    return [*events_in(span), *line_events(lines, not tells_times(span))]


def tells_times(span: Span) -> bool:
    """Whether lines state both ends of a span."""
    return span.start.observed and span.end.observed


def line_events(lines: Iterable[LineRef], timed: bool) -> list[Event]:
    """The log lines that say something, or tell an error. timed: and those that have nothing but a time."""
    return [Event(carried.LOG, line.time_ns, event_of(line)) for line in lines if _says(line, timed)]


def _says(line: LineRef, timed: bool) -> bool:
    return bool(line.body) or line.severity >= ERROR or (timed and line.time_ns is not None)


def events_in(span: Span) -> list[Event]:
    """The events among its attributes, where OTLP was read."""
    return named_events(span.attributes.get("events"))


def named_events(found: Any) -> list[Event]:
    """The events that the attribute `events` tells; none where it is anything else."""
    if not isinstance(found, list) or not all(isinstance(each, dict) and "name" in each for each in found):
        return []
    return [Event(str(each["name"] or ""), _number(each.get("time")), _fields(each.get("attributes"))) for each in found]


def linked_attributes(span: Span) -> list[dict[str, Any]]:
    """What its links say, each."""
    found = span.attributes.get(carried.LINKS)
    return [_fields(each.get("attributes")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def event_of(line: LineRef) -> dict[str, Any]:
    """The attributes of a log line as an event of its span."""
    told: dict[str, Any] = {}
    least, level = next((each for each in _LEVELS if line.severity >= each[0]), (0, ""))
    if level:
        told["level"] = level
    if line.severity != least:
        told["severity"] = line.severity
    if line.body:
        told["message"] = line.body
    return told


def text_form(value: Any) -> str | None:
    """How a value is compared with text: numbers and truths as Go writes them, lists and maps as JSON. None for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return None if value is None else str(value)


def _float_text(value: float) -> str:
    """Without an exponent from a millionth to 10^21, and that without zeros before it."""
    if value and not 1e-6 <= abs(value) < 1e21:
        return repr(value).replace("e-0", "e-")
    return format(Decimal(repr(value)), "f").removesuffix(".0")
