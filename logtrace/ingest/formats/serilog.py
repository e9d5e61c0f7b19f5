"""Serilog's JsonFormatter: properties nested under `Properties`. Durations by its enrichers are milliseconds."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "serilog",
    "Serilog's JsonFormatter",
    example='{"Timestamp":"2024-01-10T14:30:00.25+00:00","Level":"Information","MessageTemplate":"done","TraceId":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","SpanId":"a3ce929d0e0e4736","Properties":{"Elapsed":250.25}}',
    marks=(("MessageTemplate",),),
    keys={
        "body": ("RenderedMessage", "MessageTemplate"),
        "name": ("OperationName",),
        "method": ("RequestMethod",),
        "route": ("RequestPath",),
        "stack": ("Exception",),
        "service": ("Application", *ALIASES["service"]),
    },
    containers=("Properties",),
    unit="ms",
    silent=True,
)
