"""Traefik's JSON access log. `time` is when it was written, in seconds; StartUTC is exact. The service is the one behind."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format


def _backend(name: object) -> object:
    return name.partition("@")[0] if isinstance(name, str) else name


FORMAT = Format(
    "traefik",
    "Traefik access logs",
    example='{"DownstreamStatus":200,"Duration":250250000,"OriginStatus":200,"RequestMethod":"GET","RequestPath":"/","ServiceName":'
    '"api@docker","StartUTC":"2024-01-10T14:30:00Z","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736"}',
    marks=(("StartUTC", "Duration"),),
    keys={
        "time": (),
        "start": ("StartUTC",),
        "service": ("ServiceName", "service"),
        "status": ("DownstreamStatus", "OriginStatus"),
        "name": (),
    },
    durations=(("Duration", "ns"),),
    values={"service": _backend},
)
