"""What Jaeger's query service does to a trace before it shows it, unless it is asked for the raw one.

Source: jaeger v2.20, adjuster/standard.go. Shared and repeated span ids are told apart when a trace is put together, links
without a trace are not kept, and the library's own attributes are of the resource already; what is left to do:

    clocks      times by one clock as the store knows them; then what Jaeger says of the trace alone
    order       attributes by their keys (events stay in time order)
    addresses   numbers under `ip` and `peer.ipv4` as a.b.c.d
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from logtrace.exporters.clock_skew import seen_by_jaeger
from logtrace.exporters.names import events_in
from logtrace.exporters.otlp import Json, resource_spans
from logtrace.ids import span_id_text
from logtrace.model import Trace

_ADDRESSES = frozenset({"ip", "peer.ipv4"})


def adjusted_spans(trace: Trace, most_ns: int) -> list[Json]:
    """`resourceSpans` of a trace; most_ns: by how much at most a span may be moved because of another host's clock."""
    seen = seen_by_jaeger(trace.adjusted, most_ns)
    resources = resource_spans(seen.trace, seen.told)
    _move_events(seen.trace, resources)
    for having in _with_attributes(resources):
        having["attributes"] = sorted(map(_addressed, having["attributes"]), key=_key)
    return resources


def _move_events(trace: Trace, resources: list[Json]) -> None:
    """Log lines moved with their spans; the events that a span was logged with, which are its first, do so here."""
    moved = {span_id_text(span.key): span for span in trace.spans if span.skew_ns} if trace.by_one_clock else {}
    for having in _with_attributes(resources) if moved else ():
        known = moved.get(having.get("spanId", ""))
        for event, told in zip(events_in(known) if known else (), having.get("events", ()), strict=False):
            if known and event.time_ns is not None:
                told["timeUnixNano"] = str(event.time_ns + known.skew_ns)


def adjusted_trace(trace: Trace, most_ns: int) -> Trace:
    """The trace with the times of adjusted_spans."""
    return seen_by_jaeger(trace.adjusted, most_ns).trace if most_ns else trace.adjusted


def _with_attributes(resources: list[Json]) -> Iterator[Json]:
    for resource in resources:
        yield resource["resource"]
        for scoped in resource["scopeSpans"]:
            if "attributes" in scoped["scope"]:
                yield scoped["scope"]
            for span in scoped["spans"]:
                yield span
                yield from span["events"]
                yield from (link for link in span["links"] if "attributes" in link)


def _key(pair: Json) -> str:
    return str(pair["key"])


def _addressed(pair: Json) -> Json:
    if pair["key"] not in _ADDRESSES:
        return pair
    value: dict[str, Any] = pair["value"]
    number = float(value.get("intValue", value.get("doubleValue", -1)))
    is_address = number.is_integer() and 0 <= number < 1 << 32
    return {"key": pair["key"], "value": {"stringValue": str(IPv4Address(int(number)))}} if is_address else pair
