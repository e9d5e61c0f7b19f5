"""The alias table: under which keys logs name the things a Record holds.

Order is priority: the first key of a list that a record has is used. A dotted key is looked up as one literal key and
as nested objects; where no exact key is found, letter case and `_ - .` do not count. Containers are objects whose
members are meant as if they stood at the top.
"""

from __future__ import annotations

CONTAINERS = ("tags", "attributes", "fields", "metadata")

ALIASES: dict[str, tuple[str, ...]] = {
    "time": ("timestamp", "ts", "time", "@timestamp", "@t", "T", "datetime", "asctime", "eventTime", "event_time", "date", "t"),
    "level": ("level", "severity", "log.level", "levelname", "@l", "lvl", "loglevel", "log_level", "severity_text", "L"),
    "body": ("message", "msg", "@m", "body", "content", "text", "log", "short_message", "M", "@mt"),
    "event": ("event", "phase", "span.event", "span_event", "event_kind"),
    "service": (
        "service",
        "service.name",
        "service_name",
        "serviceName",
        "otelServiceName",
        "resource.service.name",
        "app",
        "app_name",
        "application",
    ),
    "trace": (
        "trace_id",
        "traceId",
        "traceID",
        "trace.id",
        "TraceId",
        "TraceID",
        "@tr",
        "otelTraceID",
        "trace",
        "X-Trace-ID",
        "x_trace_id",
    ),
    "span": ("span_id", "spanId", "spanID", "span.id", "SpanId", "SpanID", "@sp", "otelSpanID"),
    "parent": (
        "parent_span_id",
        "parentSpanId",
        "parentSpanID",
        "parent_id",
        "parentId",
        "ParentSpanId",
        "parent.id",
        "@ps",
        "ParentId",
    ),
    "name": ("operation", "span_name", "spanName", "span.name", "operation_name", "operationName", "op", "span", "name"),
    "method": ("method", "http.method", "http.request.method", "request_method", "requestMethod"),
    "route": ("route", "http.route", "path", "http.path", "http.target", "url.path", "uri", "url", "http.url"),
    "logger": ("logger", "logger_name", "component", "caller", "source.function", "event_type"),
    "kind": ("kind", "span_kind", "spanKind", "span.kind", "otel.kind"),
    "start": (
        "start_time",
        "startTime",
        "start_timestamp",
        "started_at",
        "startedAt",
        "startTimeUnixNano",
        "start_time_unix_nano",
        "begin",
        "start",
    ),
    "end": (
        "end_time",
        "endTime",
        "end_timestamp",
        "ended_at",
        "endedAt",
        "finishedAt",
        "endTimeUnixNano",
        "end_time_unix_nano",
        "end",
    ),
    "status": ("status", "status_code", "otel.status_code", "http.status_code", "result"),
    "error": ("error", "err"),
    "error_type": ("error.type", "error_type", "exception.type", "errorType", "err.type", "error.kind", "exc_type"),
    "error_message": ("error.message", "error_message", "exception.message", "err.message", "errorMessage", "error_msg"),
    "link": ("upstream_trace_id", "upstream.trace_id", "link.trace_id"),
    "request": ("request_id", "requestId", "request.id"),
}
"""Concept → keys. The durations have a table of their own, because of their units."""

DURATIONS: tuple[tuple[str, str], ...] = (
    *((f"{stem}_{suffix}", unit) for unit, suffixes in (
        ("ns", ("ns", "nanos", "nano")),
        ("us", ("us", "micros")),
        ("ms", ("ms", "millis", "milliseconds")),
        ("s", ("s", "sec", "secs", "seconds")),
    ) for suffix in suffixes for stem in ("duration", "latency", "elapsed", "response_time", "took", "dur")),
    ("duration", ""), ("latency", ""), ("elapsed", ""), ("dur", ""), ("took", ""),
    ("response_time", ""), ("responseTime", "ms"), ("elapsed_time", ""), ("time_taken", ""),
)  # fmt: skip
"""(key, unit); "" where the key does not tell: then the text's form, the library, and at last milliseconds decide."""

KEPT = frozenset({"status", "error", "error_type", "error_message", "method", "route", "request", "link", "logger"})
"""Concepts whose keys stay attributes as well, because people search by them."""
