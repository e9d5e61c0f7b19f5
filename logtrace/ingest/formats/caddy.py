"""Caddy's access log: zap's shape, seconds for durations, the request's headers as lists."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

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
    unit="s",
)
