"""NGINX's access log in JSON with variables of its own names: `msec` is the end, times are seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES
from logtrace.patterns import lazy_pattern

_REQUEST = lazy_pattern(r"([A-Z]+) (\S+)(?: HTTP/[\d.]+)?")


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the parts of a whole request line by themselves, and with its local time in ISO's form."""
    found = dict(record)
    request = _REQUEST.fullmatch(record["request"]) if isinstance(record.get("request"), str) else None
    if request and "request_method" not in found:
        found["request_method"] = request[1]
        found.setdefault("uri", request[2])
    if isinstance(record.get("time_local"), str):
        found["time_local"] = _iso(record["time_local"])
    return found


def _iso(text: str) -> str:
    try:
        return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").isoformat()
    except ValueError:
        return text


FORMAT = Format(
    "nginx",
    "NGINX access logs in JSON, with ngx_otel_module",
    example='{"msec":1704897000.250,"request_method":"GET","uri":"/","status":200,"request_time":0.250,"otel_trace_id":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","otel_span_id":"a3ce929d0e0e4736","otel_parent_id":""}',
    marks=(("request_time",), ("request_length", "body_bytes_sent")),
    keys={"time": ("msec", "time_iso8601", *ALIASES["time"], "time_local"), "parent": ("otel_parent_id", *ALIASES["parent"])},
    durations=(("request_time", "s"),),
    unit="s",
    rewrite=rewrite,
)
