"""Open Liberty's JSON: its own keys begin with `ibm_`, those that the application or the tracer adds with `ext_`.
Source: Open Liberty docs, JSON log events reference list."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES


def _added(concept: str) -> tuple[str, ...]:
    """The keys of a concept as Liberty writes what others add, and as they are."""
    return (*(f"ext_{key}" for key in ALIASES[concept]), *ALIASES[concept])


FORMAT = Format(
    "liberty",
    "Open Liberty's JSON logging",
    example='{"type":"liberty_accesslog","ibm_serverName":"api","ibm_requestMethod":"GET","ibm_uriPath":"/","ibm_responseCode":200,'
    '"ibm_elapsedTime":250250,"ibm_datetime":"2024-01-10T14:30:00.250+0000","ext_traceId":"4bf92f3577b34da6a3ce929d0e0e4736",'
    '"ext_spanId":"a3ce929d0e0e4736"}',
    marks=(("ibm_datetime", "type"),),
    keys={
        "time": ("ibm_datetime",),
        "service": (*ALIASES["service"], "ibm_serverName"),
        "trace": _added("trace"),
        "span": _added("span"),
        "parent": _added("parent"),
        "method": ("ibm_requestMethod",),
        "route": ("ibm_uriPath",),
        "status": ("ibm_responseCode",),
        "error_type": ("ibm_exceptionName", *ALIASES["error_type"]),
        "stack": ("ibm_stackTrace", *ALIASES["stack"]),
    },
    durations=(("ibm_elapsedTime", "us"),),
)
