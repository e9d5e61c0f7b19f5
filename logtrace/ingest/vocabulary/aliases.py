"""The alias table: under which keys logs name the things a Record holds.

Order is priority: the first key of a list that a record has is used. A dotted key is looked up as one literal key and
as nested objects; where no exact key is found, letter case and `_ - .` do not count. Containers are objects whose
members are meant as if they stood at the top.
"""

from __future__ import annotations

CONTAINERS = ("tags", "attributes", "fields", "metadata", "@fields")

_CONTEXTS = (
    "mdc", "contextMap", "extra", "context", "named_tags", "labels", "record.extra", "openTelemetry", "otel", "dt", "ctx",
    "@fields", "payload", "kv", "Properties", "properties", "data", "traceContext", "spanContext", "message",
)  # fmt: skip
"""Objects in which loggers keep the ids of the current span. Their other members mean what their names say to somebody else."""

_FIELDS = ("data", "payload", "kv", "ctx", "context", "contextMap", "extra", "mdc", "record.extra")
"""Of them, those in which a logger keeps all that an application logs: an operation and a service are the line's own."""


def _in_contexts(*keys: str, contexts: tuple[str, ...] = _CONTEXTS) -> tuple[str, ...]:
    return tuple(f"{context}.{key}" for context in contexts for key in keys)


ALIASES: dict[str, tuple[str, ...]] = {
    "time": (
        "timestamp", "ts", "time", "@timestamp", "@t", "T", "datetime", "asctime", "eventTime", "event_time", "date", "t",
        "timeUnixNano", "observedTimeUnixNano", "instant", "timeMillis", "record.time.timestamp", "_time", "TimeGenerated",
        "receiveTimestamp", "syslog.timestamp", "timestamp.$date", "time.$date", "ts.$date", "t.$date",
        "timestamp.$date.$numberLong", "time.$date.$numberLong", "ts.$date.$numberLong", "t.$date.$numberLong",
    ),
    "level": (
        "level", "severity", "log.level", "levelname", "@l", "lvl", "loglevel", "log_level", "severity_text", "level_name",
        "@level", "L", "record.level.name", "context.logLevel", "syslog.severity",
    ),
    "body": (
        "message", "msg", "@m", "body", "content", "text", "log", "short_message", "M", "@mt", "RenderedMessage",
        "MessageTemplate", "textPayload", "jsonPayload.message", "@message", "record.message",
        "message.message", "message.msg", "fields.message", "body.stringValue",
    ),
    "event": ("event", "phase", "span.event", "span_event", "event_kind"),
    "service": (
        "service.name", "service", "service_name", "serviceName", "otelServiceName", "resource.service.name",
        "resource.attributes.service.name", "dd.service", "dd_service", "serviceContext.service", "app", "app_name",
        "application", "svc", "svc_name", "AppRoleName", "cloud_RoleName", "entity.name", "_service",
        "message.service", "Properties.Application", *_in_contexts("service", contexts=_FIELDS), "context.application",
        *_in_contexts("dd.service"), "kubernetes.labels.app", "kubernetes.labels.app.kubernetes.io/name",
        "kubernetes.container_name",
    ),
    "trace": (
        "trace_id", "traceId", "traceID", "trace.id", "TraceId", "TraceID", "@tr", "otelTraceID", "dd.trace_id", "dd_trace_id",
        "trace.trace_id", "logging.googleapis.com/trace", "trace", "xray_trace_id", "operation_Id", "OperationId",
        "otel_trace_id", "opentelemetry_trace_id", "span.trace_id", "properties.operationId", "X-Trace-ID", "x_trace_id", "TID",
        "kamonTraceId", "activityTraceId",
        *_in_contexts("trace_id", "dd.trace_id"),
    ),
    "span": (
        "span_id", "spanId", "spanID", "span.id", "SpanId", "SpanID", "@sp", "otelSpanID", "dd.span_id", "dd_span_id",
        "trace.span_id", "logging.googleapis.com/spanId", "otel_span_id", "opentelemetry_span_id", "span.span_id",
        "trace.span", "kamonSpanId", "activitySpanId", *_in_contexts("span_id", "dd.span_id"), "transaction.id",
    ),
    "parent": (
        "parent_span_id", "parentSpanId", "parentSpanID", "parent_id", "parentId", "ParentSpanId", "parent.id", "@ps", "ParentId",
        "trace.parent_id", "trace.parent_span_id", "otel_parent_id", "parentSpanContext.spanId", "span.parent_span_id",
        *_in_contexts("parent_span_id", "parent_id"),
    ),
    "name": (
        "operation", "span_name", "spanName", "span.name", "operation_name", "operationName", "op", "span", "name",
        "transaction.name", "event.action", "message.operation",
        *_in_contexts("operation", "op", "span_name", contexts=_FIELDS),
    ),
    "method": (
        "method", "http.method", "http.request.method", "request_method", "requestMethod", "RequestMethod", "req.method",
        "request.method", "httpRequest.requestMethod", "Properties.RequestMethod", "cs-method",
    ),
    "route": (
        "route", "http.route", "path", "http.path", "http.uri",
        "http.target", "url.path", "uri", "url", "http.url", "RequestPath", "req.url", "req.path",
        "request.uri", "request.url", "request.path", "httpRequest.requestUrl", "request_uri", "requested_uri",
        "Properties.RequestPath", "cs-uri-stem",
    ),
    "logger": (
        "logger", "logger_name", "component", "caller", "source.function", "event_type", "loggerName", "log.logger", "Category",
        "SourceContext", "target", "channel", "function_name", "@module", "N",
    ),
    "kind": ("kind", "span_kind", "spanKind", "span.kind", "otel.kind"),
    "start": (
        "start_time", "startTime", "start_timestamp", "started_at", "startedAt", "startTimeUnixNano", "start_time_unix_nano",
        "begin", "start", "@st", "SpanStartTimestamp", "StartUTC", "event.start",
    ),
    "end": (
        "end_time", "endTime", "end_timestamp", "ended_at", "endedAt", "finishedAt", "endTimeUnixNano", "end_time_unix_nano",
        "end", "event.end",
    ),
    "status": (
        "status", "status_code", "otel.status_code", "http.status_code", "http.response.status_code", "http.status",
        "response_code",
        "res.statusCode", "response.status", "response.status_code", "StatusCode", "httpRequest.status", "Properties.StatusCode",
        "event.outcome",
        "result", "status.code", "status.status_code",
    ),
    "error": ("error", "err", *_in_contexts("error", "err", contexts=_FIELDS)),
    "error_type": (
        "error.type", "error_type", "exception.type", "errorType", "err.type", "error.kind", "exc_type", "err.name",
        "exception_name", "exception.exceptionType", "thrown.name", "context.exception.class", "exception.name", "error.class",
        "record.exception.type", "exception_type", "error.name",
        "message.errorType",
        *_in_contexts("error.type", "err.type", "error.name", "err.name", contexts=_FIELDS),
    ),
    "error_message": (
        "error.message", "error_message", "exception.message", "err.message", "errorMessage", "error_msg", "exc_value",
        "thrown.message", "record.exception.value", "context.exception.message", "exception_message",
        "message.errorMessage",
        *_in_contexts("error.message", "err.message", contexts=_FIELDS),
    ),
    "stack": (
        "error.stack_trace", "stack_trace", "stack", "err.stack", "exception.stacktrace", "exception", "exc_info", "@x",
        "thrown.extendedStackTrace", "full_message", "traceback", "error.stack",
        "message.stackTrace",
        *_in_contexts("error.stack", "err.stack", contexts=_FIELDS),
    ),
    "link": ("upstream_trace_id", "upstream.trace_id", "link.trace_id"),
    "request": ("request_id", "requestId", "request.id", "req.id", "reqId"),
}  # fmt: skip
"""Concept → keys. The durations have a table of their own, because of their units."""

_STEMS = (
    "duration", "latency", "elapsed", "response_time", "took", "dur", "execution_time", "exec_time", "processing_time",
    "elapsed_time", "total_time", "time_taken", "time_elapsed", "run_time", "request_time", "cost_time", "request_duration",
    "response_duration", "total_duration", "http.duration", "processing.duration", "lat",
)  # fmt: skip
_GROUPED = tuple(f"{group}.{stem}" for group in ("http", "req", "request", "res", "response") for stem in _STEMS[:4])
"""Those of requests in a group of fields about them."""

_SUFFIXES = {
    "ns": "ns",
    "nanos": "ns",
    "nano": "ns",
    "us": "us",
    "µs": "us",
    "μs": "us",
    "micros": "us",
    "ms": "ms",
    "millis": "ms",
    "milliseconds": "ms",
    "in_ms": "ms",
    "in_millis": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "nsec": "ns",
    "usec": "us",
    "msec": "ms",
}
_SUFFIXES |= dict.fromkeys(("s", "sec", "secs", "seconds"), "s")

DURATIONS: tuple[tuple[str, str], ...] = (
    *((f"{stem}_{suffix}", unit) for stem in _STEMS for suffix, unit in _SUFFIXES.items()),
    ("event.duration", "ns"), ("transaction.duration.us", "us"), ("span.duration.us", "us"), ("duration.us", "us"),
    ("http.server.request.duration", "s"), ("http.client.request.duration", "s"), ("grpc.time_ms", "ms"),
    ("duration", ""), ("latency", ""), ("elapsed", ""), ("dur", ""), ("took", ""), ("cost_ms", "ms"), ("costTime", "ms"),
    ("rt", "ms"),
    ("response_time", ""), ("responseTime", "ms"), ("elapsed_time", ""), ("time_taken", "s"), ("execution_time", ""),
    ("exec_time", ""), ("processing_time", ""), ("time_elapsed", ""), ("total_time", ""), ("runtime", ""),
    ("request_duration", ""), ("cost", ""), ("spent", ""), ("lat", ""),
    ("httpRequest.latency", ""),
    *((stem, "") for stem in _GROUPED), *((f"{stem}_ms", "ms") for stem in _GROUPED if stem not in _STEMS),
    *((f"{context}.duration_ms", "ms") for context in _CONTEXTS),
    *((f"{context}.elapsed_ms", "ms") for context in _CONTEXTS),
    *((f"{context}.{stem}", "") for context in _FIELDS for stem in _STEMS[:3]),
    *((f"{context}.responseTime", "ms") for context in _FIELDS),
)  # fmt: skip
"""(key, unit); "" where the key does not tell: then the text's form, the library, and at last milliseconds decide."""

DOUBTFUL = frozenset(("lat",))
"""Those of them that are a place where a longitude stands beside them."""

LONGITUDES = frozenset(("lon", "lng", "long", "longitude"))

FAILING = ("error", "error_type", "error_message", "stack")
"""Concepts that tell of an error in words of their own."""

ERRORS = (*FAILING, "status")
"""Concepts that tell whether there was an error."""

KEPT = frozenset((*FAILING, "status", "method", "route", "request", "link", "logger"))
"""Concepts whose keys stay attributes as well, because people search by them."""


def is_decimal(path: tuple[str, ...]) -> bool:
    """Whether a key is one of Datadog's, which writes its ids as decimal numbers."""
    return path[-1] == "datadog" or any(key == "dd" or key.startswith(("dd.", "dd_")) for key in path)


def is_of_http(path: tuple[str, ...]) -> bool:
    """Whether the key of a status says that it is one of HTTP: `http.status`, `res.statusCode`, `response_code`."""
    key = ".".join(path).replace("_", "").lower()
    return "http" in key or key.endswith(("statuscode", "responsecode", "response.status"))
