"""tslog's JSON: what was logged stands under numbers, the message first; all that the logger knows in `_meta`."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "tslog",
    "tslog's JSON",
    example='{"0":"done","_meta":{"runtime":"Nodejs","name":"api","date":"2024-01-10T14:30:00.250Z","logLevelId":3,"logLevelName":'
    '"INFO"},"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","duration_ms":250.25}',
    containers=("0", "1", "2"),
    marks=(("_meta", "_meta.logLevelName", "_meta.date"),),
    keys={
        "time": ("_meta.date",),
        "level": ("_meta.logLevelName",),
        "body": ("0", *ALIASES["body"]),
        "logger": ("_meta.name",),
        "name": tuple(key for key in ALIASES["name"] if key != "name"),
    },
)
