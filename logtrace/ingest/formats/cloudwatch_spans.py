"""Amazon CloudWatch's log group aws/spans: an OpenTelemetry span as one flat object with maps of attributes."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import object_of
from logtrace.ingest.formats.otlp import span_told


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span."""
    return [span_told(record, object_of(object_of(record.get("resource")).get("attributes")))]


FORMAT = Format(
    "cloudwatch-spans",
    "Amazon CloudWatch aws/spans, and other flat objects of one OpenTelemetry span",
    example='{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"a3ce929d0e0e4736","name":"GET /","kind":"SERVER",'
    '"startTimeUnixNano":1704897000000000000,"endTimeUnixNano":1704897000250000000,"status":{"code":"UNSET"}}',
    marks=(("startTimeUnixNano", "endTimeUnixNano", "traceId", "spanId", "name"),),
    read=read,
)
