"""Ruby's semantic_logger: `name` is the class that logs; ids stand in `named_tags`; `duration` repeats duration_ms for people."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "semantic-logger",
    "Ruby's semantic_logger",
    example='{"host":"h","application":"api","timestamp":"2024-01-10T14:30:00.25Z","level":"info","level_index":2,"name":"Api",'
    '"message":"done","duration_ms":250.25,"duration":"250.3ms","named_tags":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}}',
    marks=(("level_index",), ("named_tags",)),
    keys={
        "name": ("named_tags.operation", "payload.operation", "operation"),
        "logger": ("name",),
        "method": ("payload.method", *ALIASES["method"]),
        "route": ("payload.path", *ALIASES["route"]),
        "status": ("payload.status", *ALIASES["status"]),
    },
)
