"""go-kratos' logging middleware: latencies are float seconds; `component` is the transport."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format


def _status(code: object) -> object:
    """Codes are those of HTTP; 0 is success."""
    return "ok" if code == 0 else code


FORMAT = Format(
    "kratos",
    "go-kratos' logging middleware",
    example='{"level":"INFO","ts":"2024-01-10T14:30:00Z","trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","span.id":"a3ce929d0e0e4736",'
    '"kind":"server","component":"http","operation":"/api.v1.Api/Get","args":"","code":0,"reason":"","latency":0.25}',
    marks=(("args", "component", "operation", "latency"),),
    keys={"error_type": ("reason",), "stack": (), "status": ("code",)},
    values={"status": _status},
    unit="s",
)
