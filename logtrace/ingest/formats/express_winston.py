"""express-winston's loggers: request, response and time taken, or the error of a request, under `meta`."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

FORMAT = Format(
    "express-winston",
    "express-winston's loggers of requests and errors",
    example='{"level":"info","message":"HTTP GET /","meta":{"req":{"method":"GET","url":"/"},"res":{"statusCode":200},'
    '"responseTime":250},"timestamp":"2024-01-10T14:30:00.25Z"}',
    marks=(("meta", "meta.req.method", "meta.responseTime"), ("meta", "meta.req.method", "meta.stack")),
    keys={
        "method": ("meta.req.method",),
        "route": ("meta.req.originalUrl", "meta.req.url"),
        "status": ("meta.res.statusCode",),
        "stack": ("meta.stack",),
    },
    durations=(("meta.responseTime", "ms"),),
)
