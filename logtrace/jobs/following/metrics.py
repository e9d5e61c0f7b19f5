"""Rate, errors and durations of operations, for Prometheus to scrape while logs are followed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from logtrace.errors import LogtraceError, UsageError
from logtrace.model import Trace

MOST_OPERATIONS = 1_000
"""Further ones are counted as `other`: names with ids in them must not flood whoever scrapes."""

_REMEMBERED = 200_000
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_LABELS = ("service", "operation")


class Metrics:
    """Metrics of spans, served on a port of this machine alone. Spans that are seen again count once."""

    def __init__(self, port: int) -> None:
        """Raises UsageError where the client library is missing, LogtraceError where the port is taken."""
        try:
            import prometheus_client as client
        except ImportError as error:
            raise UsageError("--metrics-port needs prometheus_client", "pip install 'logtrace[metrics]'") from error
        registry = client.CollectorRegistry()
        self._spans: Any = client.Counter("logtrace_spans", "Spans that ended.", _LABELS, registry=registry)
        self._errors: Any = client.Counter("logtrace_span_errors", "Spans that failed.", _LABELS, registry=registry)
        self._seconds: Any = client.Histogram(
            "logtrace_span_duration_seconds", "How long spans took.", _LABELS, registry=registry, buckets=_BUCKETS
        )
        self._traces: Any = client.Counter("logtrace_traces", "Traces that got no more lines.", registry=registry)
        self._seen: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._operations: set[tuple[str, str]] = set()
        try:
            self._server, self._thread = client.start_http_server(port, "127.0.0.1", registry)
        except OSError as error:
            raise LogtraceError(
                f"port {port} can't be served: {(error.strerror or str(error)).lower()}", "name another"
            ) from error

    def see(self, traces: Iterable[Trace]) -> None:
        """Counts the spans of traces."""
        for trace in traces:
            self._traces.inc(self._is_new(trace.trace_id, 0))
            for span in trace.spans:
                if not span.phantom and self._is_new(trace.trace_id, span.key):
                    labels = self._labels(span.service, span.name)
                    self._spans.labels(*labels).inc()
                    self._errors.labels(*labels).inc(span.error > 0)
                    if span.duration_ns is not None:
                        self._seconds.labels(*labels).observe(span.duration_ns / 1e9)

    def _is_new(self, trace_id: str, key: int) -> bool:
        if (trace_id, key) in self._seen:
            return False
        self._seen[trace_id, key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _labels(self, service: str, operation: str) -> tuple[str, str]:
        if (service, operation) not in self._operations and len(self._operations) >= MOST_OPERATIONS:
            return service if any(known == service for known, _ in self._operations) else "other", "other"
        self._operations.add((service, operation))
        return service, operation

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
