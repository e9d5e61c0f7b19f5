"""Caddy's access log: zap's shape, the request's headers as lists. Durations are a float of seconds, or where its
`duration_format` says so an integer of milliseconds or nanoseconds."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format

_NANOSECONDS = 100_000
"""No request takes so many milliseconds."""


def with_unit(value: Any) -> Any:
    """A duration that is no seconds with its unit: in seconds it is hardly ever a whole number."""
    return value if value.__class__ is not int else f"{value}ns" if value >= _NANOSECONDS else f"{value}ms"


FORMAT = Format(
    "caddy",
    "Caddy access logs",
    example='{"level":"info","ts":1704897000.25,"logger":"http.log.access","msg":"handled request","request":{"method":"GET",'
    '"uri":"/","headers":{}},"bytes_read":0,"duration":0.25,"status":200,"traceID":"4bf92f3577b34da6a3ce929d0e0e4736"}',
    marks=(("bytes_read", "request.uri"), ("resp_headers", "request.uri")),
    keys={
        "route": ("request.uri",),
        "method": ("request.method",),
        "name": ("operation",),
        "request": (),
    },
    values={"duration": with_unit},
    unit="s",
)
