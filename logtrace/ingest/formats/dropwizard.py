"""Dropwizard's JSON layout of access logs: `requestTime` is how long the request took, in milliseconds."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

FORMAT = Format(
    "dropwizard-access",
    "Dropwizard's access log as JSON; `requestTime` is milliseconds",
    example='{"timestamp":1704897000250,"requestTime":250,"method":"GET","uri":"/","status":200,"protocol":"HTTP/1.1",'
    '"remoteAddress":"10.0.0.7","contentLength":5}',
    marks=(("requestTime", "remoteAddress", "uri"),),
    durations=(("requestTime", "ms"),),
)
