"""gin-contrib/zap's access log: zap's `ts` beside a coarser `time`; latencies are seconds."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "gin-zap",
    "gin-contrib/zap's access log",
    example='{"level":"info","ts":1704897000.25,"msg":"/","status":200,"method":"GET","path":"/","query":"","ip":"10.0.0.7",'
    '"user-agent":"curl","latency":0.25,"time":"2024-01-10T14:30:00Z"}',
    marks=(("user-agent", "latency", "ts", "path"),),
    keys={"time": ("ts", *ALIASES["time"])},
    unit="s",
)
