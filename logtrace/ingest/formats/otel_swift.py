"""opentelemetry-swift's stdout exporter: seconds, counted from the year 2001 as Swift's dates are."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, object_of, with_rest
from logtrace.units import NS_PER_S

_EPOCH_S = 978_307_200


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span. Its dates are floats of seconds: good to a tenth of a microsecond."""
    start, duration = record.get("start"), record.get("duration")
    attributes = {key: object_of(value).get("description", value) for key, value in object_of(record.get("attributes")).items()}
    told: Told = {
        "trace": record.get("traceId"),
        "span": record.get("spanId"),
        "parent": record.get("parentSpanId"),
        "name": record.get("span"),
        "kind": kind_of(record.get("spanKind")),
        "start": round((start + _EPOCH_S) * 1_000_000) * 1_000 if isinstance(start, int | float) else start,
        "duration": round(duration * NS_PER_S) if isinstance(duration, int | float) else None,
    }
    return [with_rest(told, attributes)]


FORMAT = Format(
    "otel-swift",
    "opentelemetry-swift's stdout exporter",
    example='{"span":"GET /","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"a3ce929d0e0e4736","spanKind":"server",'
    '"traceFlags":{"sampled":true},"traceState":{"entries":[]},"parentSpanId":"0000000000000000","start":726589800.0,'
    '"duration":0.25,"attributes":{}}',
    marks=(("traceState", "traceState.entries", "spanKind", "traceId"),),
    read=read,
)
