"""Which traces a Jaeger search means: those of which one span satisfies all that is asked.
Source: jaeger v2.20, internal/storage/v2/memory/tenant.go.

The store's own search finds the traces that may be meant; they are made sure of on what Jaeger's clients get to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from logtrace import carried
from logtrace.carried import NO_NAME, NO_SERVICE
from logtrace.exporters.leaving import Leaving, leaving
from logtrace.exporters.names import (
    attributes_of,
    events_of,
    linked_attributes,
    name_of,
    resource_of,
    service_of,
    text_form,
    trace_hex_of,
)
from logtrace.exporters.otlp import of_trace, scope_of
from logtrace.jobs.verbs.store import Store
from logtrace.model import ErrorLevel, Span, Trace
from logtrace.query.ast import Kind, Leaf, Node, Not, Or, Scope, conjunction
from logtrace.server.go import GoError, parse_bool
from logtrace.server.params import storable_ns

MAX_DEPTH = 100_000
"""No search may ask for more traces."""

_BATCH = 100
_EVENT_KEYS = ("level", "message")
_SCOPE_KEYS = {"scope.name": carried.SCOPE_NAME, "scope.version": carried.SCOPE_VERSION}


class Asked(NamedTuple):
    """What one span has to satisfy. Empty texts, None and 0 ask for nothing."""

    service: str
    operation: str
    tags: Mapping[str, str]
    start_ns: int | None
    end_ns: int | None
    min_ns: int
    max_ns: int


def traces(store: Store, asked: Asked, limit: int) -> Iterator[Trace]:
    """The traces that are meant, the newest first, as logged; at most so many."""
    node, offset = _node(asked), 0
    since_ns = None if asked.start_ns is None else storable_ns(asked.start_ns)
    until_ns = None if asked.end_ns is None else storable_ns(asked.end_ns) + 1
    while True:
        batch = min(limit + 1, _BATCH)
        page = store.search(node, since_ns=since_ns, until_ns=until_ns, limit=batch, offset=offset, by_span=True)
        for hit in page.hits:
            trace = store.as_sent(hit.summary.trace_id)
            if trace is None or not any(_holds(asked, each, trace) for each in leaving(trace) if each.span.key in trace.by_key):
                continue
            yield trace
            limit -= 1
            if not limit:
                return
        if not page.more:
            return
        offset += batch


def _holds(asked: Asked, each: Leaving, trace: Trace) -> bool:
    span = each.span
    if asked.service and service_of(span) != asked.service:
        return False
    if asked.operation and name_of(span) != asked.operation:
        return False
    if (asked.start_ns is not None or asked.end_ns is not None) and not _isstorable_ns(asked, span):
        return False
    duration_ns = span.duration_ns or 1  # what ends where it starts lasts a nanosecond to Jaeger
    if (asked.min_ns and duration_ns < asked.min_ns) or (asked.max_ns and duration_ns > asked.max_ns):
        return False
    return not asked.tags or _has_all(each, trace, asked.tags)


def _isstorable_ns(asked: Asked, span: Span) -> bool:
    if span.start_ns is None:
        return False
    return (asked.start_ns is None or span.start_ns >= asked.start_ns) and (asked.end_ns is None or span.start_ns <= asked.end_ns)


def _has_all(each: Leaving, trace: Trace, tags: Mapping[str, str]) -> bool:
    span = each.span
    resource: dict[str, Any] = {"service.name": service_of(span), **resource_of(span)}
    events = (event.attributes for event in events_of(span, span.lines))
    places = [attributes_of(span), scope_of(span.attributes).attributes, resource, *events, *linked_attributes(span)]
    if any(key.startswith(carried.OWN) for key in tags):
        places += _own(each, trace)
    return all(_has(span, places, resource, key, value) for key, value in tags.items())


def _own(each: Leaving, trace: Trace) -> Iterator[dict[str, Any]]:
    """What is shown of a span and its lines though none of them says so."""
    lines = each.lines()
    yield of_trace(each.span, trace.adjusted, trace_hex_of(trace.trace_id), len(lines))
    yield from (line.attributes for line in lines)


def _has(span: Span, places: list[dict[str, Any]], resource: dict[str, Any], key: str, value: str) -> bool:
    if key == "error":
        wanted = _truth(value)
        return wanted is not None and wanted == (span.error == ErrorLevel.HARD)
    if key == "span.status":
        return span.status == (value.lower() if value.lower() in ("ok", "error") else "unset")
    if key == "span.kind":
        return (span.kind or "unspecified") == value.lower()
    if key in _SCOPE_KEYS:
        return bool(span.attributes.get(_SCOPE_KEYS[key], "") == value)
    if key.startswith("resource.") and _form(resource.get(key.removeprefix("resource."))) == value:
        return True
    return any(key in place and _form(place[key]) == value for place in places)


def _form(value: Any) -> str | None:
    """The text that a value is compared as: of bytes their base64."""
    base64 = carried.base64_of(value)
    return text_form(value) if base64 is None else base64


def _truth(value: str) -> bool | None:
    try:
        return parse_bool(value)
    except GoError:
        return None


def _node(asked: Asked) -> Node | None:
    """What the store is asked: it may find more, never less."""
    return conjunction(list(_parts(asked)))


def _parts(asked: Asked) -> Iterator[Node]:
    for name, value, none in (("service", asked.service, NO_SERVICE), ("operation", asked.operation, NO_NAME)):
        if value == none:
            yield Or((_text(name, value), Not(Leaf(Scope.SPAN, name, Kind.TEXT, "exists"))))
        elif value:
            yield _text(name, value)
    for name, kind, op, bound in (
        ("start", Kind.INSTANT, ">=", asked.start_ns),
        ("start", Kind.INSTANT, "<=", asked.end_ns),
        ("duration", Kind.DURATION, ">=", asked.min_ns if asked.min_ns > 1 else None),
    ):
        if bound is not None:
            yield Leaf(Scope.SPAN, name, kind, op, (storable_ns(bound),))
    for key, value in asked.tags.items():
        yield from _tag(key, value)


def _tag(key: str, value: str) -> Iterator[Node]:
    if key == "error":
        if _truth(value):
            yield Leaf(Scope.SPAN, "error", Kind.ERROR, "=", ("span",))
    elif key == "span.kind":
        if value.lower() != "unspecified":
            yield _text("kind", value.lower())
    elif key in ("error.type", "error.message"):
        yield Or((_attribute(key, value), Leaf(Scope.SPAN, "error", Kind.ERROR, "=", (True,))))
    elif key in _SCOPE_KEYS:
        if value:
            yield _attribute(_SCOPE_KEYS[key], value)
    elif key not in ("span.status", "service.name", *_EVENT_KEYS) and not key.startswith("logtrace."):
        bare = key.removeprefix("resource.")
        if bare != "service.name":
            names = {key, bare, carried.SCOPE_ATTRIBUTE + key}
            lists = (Leaf(Scope.SPAN, name, Kind.ATTRIBUTE, "exists") for name in ("events", carried.LINKS))
            yield Or((*(_attribute(name, value) for name in sorted(names)), *lists))


def _text(name: str, value: str) -> Leaf:
    return Leaf(Scope.SPAN, name, Kind.TEXT, "=", (value,))


def _attribute(key: str, value: str) -> Leaf:
    """An attribute with a value, also one of bytes that are written so; of what may be a list or a map that it is there at
    all."""
    if value[:1] in ("[", "{"):
        return Leaf(Scope.SPAN, key, Kind.ATTRIBUTE, "exists")
    told = carried.bytes_text(value)
    return Leaf(Scope.SPAN, key, Kind.ATTRIBUTE, "=", (value, told) if told != value else (value,))
