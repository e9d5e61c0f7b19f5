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
from logtrace.exporters.otlp import Json, resource_spans
from logtrace.model import Trace

_ADDRESSES = frozenset({"ip", "peer.ipv4"})


def adjusted_spans(trace: Trace, most_ns: int) -> list[Json]:
    """`resourceSpans` of a trace; most_ns: by how much at most a span may be moved because of another host's clock."""
    seen = seen_by_jaeger(trace.adjusted, most_ns)
    resources = resource_spans(seen.trace, seen.told)
    for having in _with_attributes(resources):
        having["attributes"] = sorted(map(_addressed, having["attributes"]), key=_key)
    return resources


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
    number = int(value.get("intValue", value.get("doubleValue", -1)))
    return {"key": pair["key"], "value": {"stringValue": str(IPv4Address(number))}} if 0 <= number < 1 << 32 else pair
