"""pino and bunyan: numbers for levels, `name` is the application."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

KEYS = {
    "service": (*(key for key in ALIASES["service"] if key != "service"), "service", "name"),
    "name": tuple(key for key in ALIASES["name"] if key != "name"),
}

FORMAT = Format(
    "bunyan",
    "pino and bunyan",
    example='{"level":30,"time":1704897000250,"pid":1,"hostname":"h","name":"api","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",'
    '"span_id":"a3ce929d0e0e4736","duration_ms":250.25,"msg":"done"}',
    marks=(("pid", "hostname", "level"), ("v", "hostname", "level", "name")),
    keys=KEYS,
    grouped=True,
)
