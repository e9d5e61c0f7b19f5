"""Loguru's serialize=True: everything under `record`. Its `elapsed` is the time since the process began, no duration."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

_STEMS = ("duration", "elapsed", "latency", "took")

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
        "service": tuple(f"record.extra.{key}" for key in ("service", "service.name", "service_name", "otelServiceName", "app")),
        "trace": tuple(f"record.extra.{key}" for key in ("trace_id", "otelTraceID", "dd.trace_id")),
        "span": tuple(f"record.extra.{key}" for key in ("span_id", "otelSpanID", "dd.span_id")),
        "parent": tuple(f"record.extra.{key}" for key in ("parent_span_id", "parent_id")),
        "name": tuple(f"record.extra.{key}" for key in ("operation", "op", "span_name", "name")),
        "logger": ("record.name",),
        "request": ("record.extra.request_id",),
    },
    durations=(
        *((f"record.extra.{stem}_{unit}", unit) for stem in _STEMS for unit in ("ms", "us", "ns", "s")),
        ("record.extra.duration", ""),
    ),
)
