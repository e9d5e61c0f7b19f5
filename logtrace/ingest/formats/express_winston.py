"""express-winston's request logger: request, response and time taken under `meta`."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

FORMAT = Format(
    "express-winston",
    "express-winston's request logger",
    example='{"level":"info","message":"HTTP GET /","meta":{"req":{"method":"GET","url":"/"},"res":{"statusCode":200},'
    '"responseTime":250},"timestamp":"2024-01-10T14:30:00.25Z"}',
    marks=(("meta", "meta.req.method", "meta.responseTime"),),
    keys={"method": ("meta.req.method",), "route": ("meta.req.originalUrl", "meta.req.url"), "status": ("meta.res.statusCode",)},
    durations=(("meta.responseTime", "ms"),),
)
