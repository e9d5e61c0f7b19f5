"""go-chi's httplog, and other requests logged under OpenTelemetry's or ECS' names. Before its version 3.3 httplog wrote
milliseconds under whatever key its schema names, also under one that means seconds or nanoseconds to all others; its message
tells which."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.patterns import lazy_pattern
from logtrace.units import NS, duration_text_ns

_SAID = lazy_pattern(r"=> HTTP \d{3} \(([\d.]+[a-zµ]+)\)")
_KEYS = {"http.server.request.duration": "s", "event.duration": "ns"}
_KEYS_BESIDE = {"http.server.request.duration": "http.server.request.duration", "event.duration": "client.ip"}


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its duration under a key that tells its unit. A broken number is none of nanoseconds."""
    key = next((key for key, beside in _KEYS_BESIDE.items() if key in record and beside in record), None)
    if key is None:
        return record  # nested: none of httplog's
    value, unit = record[key], _KEYS[key]
    said = _SAID.search(str(record.get("message", record.get("body", record.get("msg", "")))))
    took = duration_text_ns(said[1]) if said else None
    if took is None:
        unit = "ms" if unit == "ns" and isinstance(value, float) else unit
    elif isinstance(value, int | float) and abs(value * NS["ms"] - took) < abs(value * NS[unit] - took):
        unit = "ms"
    return {name: member for name, member in record.items() if name != key} | {f"duration_{unit}": value}


FORMAT = Format(
    "httplog",
    "go-chi's httplog, and requests under OpenTelemetry's names",
    example='{"timestamp":"2024-01-10T14:30:00.25Z","severity_text":"INFO","body":"GET http://api/ => HTTP 200 (250.25ms)",'
    '"http.request.method":"GET","url.path":"/","http.response.status_code":200,"http.server.request.duration":250.25,'
    '"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736"}',
    marks=(("http.server.request.duration",), ("client.ip", "event.duration")),
    rewrite=rewrite,
)
