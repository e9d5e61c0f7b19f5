"""Loguru's serialize=True: everything under `record`. Its `elapsed` is the time since the process began, no duration."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

_STEMS = ("duration", "elapsed", "latency", "took")


def _bound(*keys: str) -> tuple[str, ...]:
    """Where keys stand that were bound, or handed over as `extra={…}`, as people do who come from the standard library."""
    return tuple(f"{place}.{key}" for place in ("record.extra", "record.extra.extra") for key in keys)


FORMAT = Format(
    "loguru",
    "Loguru with serialize=True",
    example='{"text":"done","record":{"elapsed":{"repr":"0:00:01","seconds":1.0},"extra":{"trace_id":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","elapsed_ms":250.25},"level":{"name":"INFO","no":20},'
    '"message":"done","name":"api","time":{"repr":"2024-01-10 14:30:00.25+00:00","timestamp":1704897000.25}}}',
    marks=(("record", "record.extra", "record.level"),),
    keys={
        "time": ("record.time.timestamp",),
        "level": ("record.level.name",),
        "body": ("record.message", "text"),
        "service": _bound("service", "service.name", "service_name", "otelServiceName", "app"),
        "trace": _bound("trace_id", "otelTraceID", "dd.trace_id"),
        "span": _bound("span_id", "otelSpanID", "dd.span_id"),
        "parent": _bound("parent_span_id", "parent_id"),
        "name": _bound("operation", "op", "span_name", "name"),
        "logger": ("record.name",),
        "request": ("record.extra.request_id",),
    },
    durations=(
        *((key, unit) for unit in ("ms", "us", "ns", "s") for key in _bound(*(f"{stem}_{unit}" for stem in _STEMS))),
        *((key, "") for key in _bound("duration")),
    ),
)
