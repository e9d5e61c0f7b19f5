"""What spans and traces are called outside: ids of fixed length, names that are never empty, and what is said beside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from logtrace.ids import NO_SPAN, TraceId, parse_trace_id, span_id_text
from logtrace.model import ErrorLevel, Flag, LineRef, Rank, Span

NO_SERVICE = "missing-service-name"
NO_NAME = "empty-span-name"
"""What Jaeger writes for a service and a name that are not there."""

_RESOURCE = ("host.", "k8s.", "container.", "process.", "os.", "cloud.", "deployment.", "telemetry.", "service.", "faas.")
_RESOURCES = ("host", "hostname", "pod", "namespace", "container", "node")
_ELSEWHERE = frozenset({"error", "events", "service.name"})
_LEVELS = ((21, "fatal"), (17, "error"), (13, "warn"), (9, "info"), (5, "debug"), (1, "trace"))


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
    return {key: value for key, value in span.attributes.items() if is_of_resource(key)}


def is_of_resource(key: str) -> bool:
    """Whether a key says where a span ran (a host, a pod, a version), not what it did."""
    return key in _RESOURCES or (key.startswith(_RESOURCE) and key != "service.name")


def attributes_of(span: Span) -> dict[str, Any]:
    """All other attributes, and what is known of a span that has no place of its own outside: see `_known`.

    `error` is not among them: outside it is a status, and programs take any value of it for an error, even "false".
    """
    found = {key: value for key, value in span.attributes.items() if key not in _ELSEWHERE and not is_of_resource(key)}
    if span.attributes.get("service.name") not in (None, span.service):
        found["service.name"] = span.attributes["service.name"]
    if "events" in span.attributes and not events_in(span):
        found["events"] = span.attributes["events"]
    if span.error:
        found.setdefault("error.type", span.error_type or None)
        found.setdefault("error.message", span.error_message or span.error_type or "error")
    found.update(_known(span))
    return {key: value for key, value in found.items() if value is not None}


def _known(span: Span) -> dict[str, Any]:
    """What is inferred is marked, and an id that had to be replaced is told.

    logtrace.error of a failed span is the text "true" where no other attribute is: scripts that look for one among all
    values find each such span once.
    """
    told: dict[str, Any] = {}
    if span.error:
        failed = "span" if "true" in span.attributes.values() else "true"
        told["logtrace.error"] = failed if span.error == ErrorLevel.HARD else "line"
    if span.parent_key != NO_SPAN and not span.parent.observed:
        told |= {"logtrace.parent.source": span.parent.source, "logtrace.parent.confidence": span.parent.confidence}
    if span.name_rank > Rank.DERIVED:
        told["logtrace.name.inferred"] = True
    if span.flags & Flag.LOWER_BOUND:
        told["logtrace.duration.lower_bound"] = True
    if span.span_id != span_id_text(span.key):
        told["logtrace.span_id"] = span.span_id
    return told


class Event(NamedTuple):
    """Something that happened within a span; time_ns None: at its start."""

    name: str
    time_ns: int | None
    attributes: dict[str, Any]


def events_of(span: Span, lines: Iterable[LineRef]) -> list[Event]:
    """The events that a span was logged with, and lines that say something."""
    told = [Event("log", line.time_ns, event_of(line)) for line in lines if line.body]
    return [*events_in(span), *told]


def events_in(span: Span) -> list[Event]:
    """The events among its attributes, where OTLP was read."""
    found = span.attributes.get("events")
    if not isinstance(found, list) or not all(isinstance(each, dict) and "name" in each for each in found):
        return []
    return [Event(str(each["name"] or ""), _number(each.get("time")), _fields(each.get("attributes"))) for each in found]


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def event_of(line: LineRef) -> dict[str, Any]:
    """The attributes of a log line as an event of its span."""
    level = next((word for least, word in _LEVELS if line.severity >= least), "")
    return {"level": level, "message": line.body} if level else {"message": line.body}


def text_form(value: Any) -> str | None:
    """How a value is compared with text: numbers and truths as they are written. None for what is no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    return str(value) if isinstance(value, str | int) else None
