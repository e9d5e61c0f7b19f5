"""go-zero's logx: `content` is the message; `trace` and `span` are ids."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

_LEVELS = {"slow": "warn", "stat": "info"}

FORMAT = Format(
    "go-zero",
    "go-zero's logx",
    example='{"@timestamp":"2024-01-10T14:30:00.250Z","caller":"api/server.go:41","content":"done","duration":"250.2ms","level":"info",'
    '"span":"a3ce929d0e0e4736","trace":"4bf92f3577b34da6a3ce929d0e0e4736"}',
    marks=(("content", "caller", "@timestamp"), ("content", "trace", "span")),
    keys={"span": ("span",), "name": tuple(key for key in ALIASES["name"] if key not in ("span", "name"))},
    values={"level": lambda level: _LEVELS.get(level, level) if isinstance(level, str) else level},
    silent=True,
)
