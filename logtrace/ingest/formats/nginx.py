"""NGINX's access log in JSON with variables of its own names: `msec` is the end, times are seconds."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats.aliases import ALIASES

FORMAT = Format(
    "nginx",
    "NGINX access logs in JSON, with ngx_otel_module",
    example='{"msec":1704897000.250,"request_method":"GET","uri":"/","status":200,"request_time":0.250,"otel_trace_id":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","otel_span_id":"a3ce929d0e0e4736","otel_parent_id":""}',
    marks=(("request_time",), ("request_length", "body_bytes_sent")),
    keys={"time": ("msec", "time_iso8601", *ALIASES["time"]), "parent": ("otel_parent_id", *ALIASES["parent"])},
    durations=(("request_time", "s"),),
    unit="s",
)
