"""Where outside each thing belongs that is known of a span: its own attributes, its resource, its scope, events, links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from logtrace.exporters.names import trace_hex_of
from logtrace.ids import NO_SPAN, span_id_text
from logtrace.model import ErrorLevel, Flag, LineRef, Rank, Span
from logtrace.resources import FURTHER, SCOPE_ATTRIBUTE, SCOPE_NAME, SCOPE_VERSION, TRACE_STATE, is_of_resource

_ELSEWHERE = frozenset({"error", "events", "links", "service.name", FURTHER, SCOPE_NAME, SCOPE_VERSION, TRACE_STATE})
_LEVELS = ((21, "fatal"), (17, "error"), (13, "warn"), (9, "info"), (5, "debug"), (1, "trace"))


class Library(NamedTuple):
    """The scope of a span: the library that told of it. Texts are "" where nobody says."""

    name: str
    version: str
    attributes: dict[str, Any]


class Event(NamedTuple):
    """Something that happened within a span; time_ns None: at its start."""

    name: str
    time_ns: int | None
    attributes: dict[str, Any]

    def later(self, by_ns: int) -> Event:
        """The same so much later."""
        return self if self.time_ns is None else self._replace(time_ns=self.time_ns + by_ns)


def resource_of(span: Span) -> dict[str, Any]:
    """Those attributes that are about where a span ran."""
    further = _further(span)
    return {key: value for key, value in span.attributes.items() if is_of_resource(key, further)}


def scope_of(span: Span) -> Library:
    """Its scope."""
    own = {key.removeprefix(SCOPE_ATTRIBUTE): value for key, value in span.attributes.items() if key.startswith(SCOPE_ATTRIBUTE)}
    name, version = (str(span.attributes.get(key) or "") for key in (SCOPE_NAME, SCOPE_VERSION))
    return Library(name, version, own)


def attributes_of(span: Span) -> dict[str, Any]:
    """All other attributes, and what is known of a span that has no place of its own outside: see `_known`.

    `error` is not among them: outside it is a status, and programs take any value of it for an error, even "false".
    """
    further = _further(span)
    found = {
        key: value
        for key, value in span.attributes.items()
        if key not in _ELSEWHERE and not key.startswith(SCOPE_ATTRIBUTE) and not is_of_resource(key, further)
    }
    if span.attributes.get("service.name") not in (None, span.service):
        found["service.name"] = span.attributes["service.name"]
    for key, read in (("events", _events_in(span)), ("links", linked_attributes(span))):
        if key in span.attributes and not read:
            found[key] = span.attributes[key]
    if span.error:
        found.setdefault("error.type", span.error_type or None)
        found.setdefault("error.message", span.error_message or span.error_type or "error")
    found.update(_known(span))
    return {key: value for key, value in found.items() if value is not None}


def _further(span: Span) -> list[Any]:
    found = span.attributes.get(FURTHER)
    return found if isinstance(found, list) else []


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


def events_of(span: Span, lines: Iterable[LineRef], moved_ns: int = 0) -> list[Event]:
    """The events that a span was logged with, and lines that say something. moved_ns: by how much span and lines were."""
    told = [Event("log", line.time_ns, event_of(line)) for line in lines if line.body]
    return [*(each.later(moved_ns) for each in _events_in(span)), *told]


def _events_in(span: Span) -> list[Event]:
    """The events among its attributes, where OTLP was read."""
    found = _objects(span, "events", "name")
    return [Event(str(each["name"] or ""), _number(each.get("time")), _fields(each.get("attributes"))) for each in found]


def event_of(line: LineRef) -> dict[str, Any]:
    """The attributes of a log line as an event of its span."""
    level = next((word for least, word in _LEVELS if line.severity >= least), "")
    return {"level": level, "message": line.body} if level else {"message": line.body}


def linked_attributes(span: Span) -> Mapping[tuple[str, str], dict[str, Any]]:
    """(digits of a trace id, of a span id) → what a link to it says, where OTLP was read."""
    return {
        (trace_hex_of(str(each["trace"])), str(each.get("span") or "").lower().rjust(16, "0")): _fields(each.get("attributes"))
        for each in _objects(span, "links", "trace")
    }


def _objects(span: Span, key: str, sign: str) -> list[dict[str, Any]]:
    """The objects that an attribute lists, if it is none of the log's own: all of them have a sign."""
    found = span.attributes.get(key)
    return found if isinstance(found, list) and all(isinstance(each, dict) and sign in each for each in found) else []


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
