"""go-grpc-middleware's logging interceptor: `started call`, `finished call`; the time is text of milliseconds, or a duration as
the logger writes it."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format

_SIDES = ("server", "client")
_TIMES = ("grpc.time_ms", "grpc.duration")


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the method called as operation, the side of the call as kind, and the code as status."""
    found = dict(record)
    if "grpc.service" in record and "grpc.method" in record:
        found = {"operation": f"{record['grpc.service']}/{record['grpc.method']}", **record}
    said = str(record.get("msg", record.get("message", "")))
    if said.startswith("started"):
        found["event"] = "span_start"
    if not said.startswith("finished"):
        for key in _TIMES:
            found.pop(key, None)  # since the call began, not how long it took
    if record.get("grpc.component") in _SIDES:
        found.setdefault("kind", record["grpc.component"])
    if isinstance(record.get("grpc.code"), str):
        found.setdefault("status", "ok" if record["grpc.code"] == "OK" else "error")
        found.setdefault("error", record.get("grpc.error"))
    return found


FORMAT = Format(
    "grpc",
    "go-grpc-middleware's logging",
    example='{"time":"2024-01-10T14:30:00.25Z","level":"INFO","msg":"finished call","span_id":"a3ce929d0e0e4736","trace_id":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","grpc.service":"api.Api","grpc.method":"Get","grpc.code":"OK","grpc.time_ms":"250.25"}',
    marks=(("grpc.method", "grpc.service"), ("grpc.code",)),
    durations=(("grpc.duration", ""),),
    rewrite=rewrite,
)
