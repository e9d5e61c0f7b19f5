"""labstack/echo's request logger (version 4): `latency` is nanoseconds."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

FORMAT = Format(
    "echo",
    "labstack/echo's request logger",
    example='{"time":"2024-01-10T14:30:00.25Z","id":"","remote_ip":"10.0.0.7","host":"api","method":"GET","uri":"/","status":200,'
    '"error":"","latency":250250000,"latency_human":"250.25ms","bytes_in":0,"bytes_out":2}',
    marks=(("latency_human", "remote_ip"),),
    keys={"name": ("operation",), "service": ("service", "service.name", "app")},
    durations=(("latency", "ns"),),
)
