"""Serilog's compact format (CLEF), and the spans that SerilogTracing and Seq write in it. The time is the end of what is told.

Sources: serilog-formatting-compact, serilog-tracing, Serilog.Sinks.Seq.
"""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats._values import kind_of
from logtrace.ingest.vocabulary.aliases import ALIASES
from logtrace.patterns import lazy_pattern

_PLAIN = (str, int, float)
_KEYS = {
    "time": ("@t",),
    "level": ("@l",),
    "trace": ("@tr", "dd_trace_id", "TraceId"),
    "span": ("@sp", "dd_span_id", "SpanId"),
    "service": ("@ra.service.name", "Application", *ALIASES["service"]),
    "body": ("@m", "@mt"),
    "stack": ("@x",),
}


_HOLE = lazy_pattern(r"\{[@$]?(\w+)(?:,-?\d+)?(?::[^{}]*)?\}")


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its message as it reads with its values in it."""
    template = record.get("@mt")
    if "@m" in record or not isinstance(template, str) or "{" not in template:
        return record
    said = _HOLE.sub(lambda hole: str(record[hole[1]]) if isinstance(record.get(hole[1]), _PLAIN) else hole[0], template)
    return {**record, "@m": said.replace("{{", "{").replace("}}", "}")}


def _status(level: object) -> str:
    """A span of level error or worse failed."""
    return "error" if isinstance(level, str) and level.lower() in ("error", "fatal") else "ok"


SPAN = Format(
    "clef-span",
    "SerilogTracing and Seq spans in Serilog's compact format",
    example='{"@t":"2024-01-10T14:30:00.25Z","@mt":"GET {Path}","@tr":"4bf92f3577b34da6a3ce929d0e0e4736","@sp":'
    '"a3ce929d0e0e4736","SpanStartTimestamp":"2024-01-10T14:30:00Z","Application":"api"}',
    marks=(("@t", "SpanStartTimestamp"), ("@t", "@st")),
    keys={
        **_KEYS,
        "name": ("@mt", "@m"),
        "start": ("@st", "SpanStartTimestamp"),
        "parent": ("@ps", "ParentSpanId"),
        "kind": ("@sk", "SpanKind"),
        "method": ("RequestMethod",),
        "route": ("RequestPath",),
        "logger": ("SourceContext",),
        "status": ("@l",),
    },
    values={"kind": kind_of, "status": _status},
    defaults={"kind": "internal", "level": "Information", "status": "ok"},
    unit="ms",
    is_span=True,
    roots=True,
    rewrite=rewrite,
)

FORMAT = Format(
    "clef",
    "Serilog's compact format (CLEF)",
    example='{"@t":"2024-01-10T14:30:00.25Z","@mt":"Handled in {Elapsed} ms","@tr":"4bf92f3577b34da6a3ce929d0e0e4736",'
    '"@sp":"a3ce929d0e0e4736","Elapsed":250.25,"Application":"api"}',
    marks=(("@t",),),
    keys={**_KEYS, "name": (), "method": ("RequestMethod",), "route": ("RequestPath",), "logger": ("SourceContext",)},
    defaults={"level": "Information"},
    unit="ms",
    silent=True,
    rewrite=rewrite,
)
