"""Linkerd's access log in JSON: the start is logged, and nanoseconds as text. Source: linkerd2-proxy, http/access-log."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

FORMAT = Format(
    "linkerd",
    "Linkerd's access log in JSON",
    example='{"client.addr":"10.0.0.7:51212","host":"api","method":"GET","processing_ns":"48205","status":200,"timestamp":'
    '"2024-01-10T14:30:00.000Z","total_ns":"250250000","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","uri":"http://api/"}',
    marks=(("processing_ns", "total_ns"),),
    durations=(("total_ns", "ns"),),
    time_is_start=True,
)
