"""Access logs of Amazon API Gateway in JSON, under the names of its variables: the time is when the request came."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "api-gateway",
    "Amazon API Gateway's access logs",
    example='{"requestId":"r-1","requestTimeEpoch":1704897000000,"httpMethod":"GET","resourcePath":"/","status":"200",'
    '"responseLatency":"250","xrayTraceId":"1-4bf92f35-77b34da6a3ce929d0e0e4736"}',
    marks=(("requestTimeEpoch",),),
    keys={
        "time": (),
        "start": ("requestTimeEpoch",),
        "method": ("httpMethod", *ALIASES["method"]),
        "route": ("resourcePath", "routeKey", *ALIASES["route"]),
        "request": (),
    },
    durations=(("responseLatency", "ms"),),
)
