"""Haskell's katip: `at`, `sev` and `msg`, what the program adds in `data`."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "katip",
    "Haskell's katip",
    example='{"at":"2024-01-10T14:30:00.25025Z","env":"prod","ns":["api"],"data":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",'
    '"span_id":"a3ce929d0e0e4736","duration_ms":250.25},"app":["api"],"msg":"done","host":"h","sev":"Info","thread":"1"}',
    marks=(("sev", "at", "ns"),),
    keys={"time": ("at",), "level": ("sev",), "service": tuple(key for key in ALIASES["service"] if key != "app")},
)
