"""Rows of otel_traces, the table in which the OpenTelemetry collector's ClickHouse exporter keeps spans."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats._values import kind_of, status_of

FORMAT = Format(
    "otel-clickhouse",
    "rows of otel_traces (the OpenTelemetry collector's ClickHouse exporter)",
    example='{"Timestamp":"2024-01-10 14:30:00.000000","TraceId":"4bf92f3577b34da6a3ce929d0e0e4736","SpanId":"a3ce929d0e0e4736",'
    '"ParentSpanId":"","SpanName":"GET /","SpanKind":"Server","ServiceName":"api","SpanAttributes":{},"Duration":250250000,'
    '"StatusCode":"Unset","StatusMessage":""}',
    marks=(("SpanName", "TraceId", "Duration"),),
    keys={
        "time": ("Timestamp",),
        "service": ("ServiceName",),
        "name": ("SpanName",),
        "kind": ("SpanKind",),
        "status": ("StatusCode",),
        "error_message": ("StatusMessage",),
    },
    durations=(("Duration", "ns"),),
    containers=("SpanAttributes", "ResourceAttributes"),
    values={"kind": kind_of, "status": status_of},
    time_is_start=True,
    is_span=True,
    roots=True,
)
