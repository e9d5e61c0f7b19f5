"""Kong's log plugins: the start in milliseconds, latencies in milliseconds (-1: there was none)."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "kong",
    "Kong's log plugins",
    example='{"request":{"uri":"/","method":"GET","headers":{}},"response":{"status":200},"latencies":{"kong":3,"proxy":247,'
    '"request":250},"service":{"name":"api"},"started_at":1704897000000,"trace_id":{"w3c":"4bf92f3577b34da6a3ce929d0e0e4736"}}',
    marks=(("latencies", "started_at"),),
    keys={
        "time": (),
        "start": ("started_at",),
        "trace": tuple(f"trace_id.{kind}" for kind in ("w3c", "b3", "jaeger", "ot", "aws", "gcp", "datadog")) + ALIASES["trace"],
        "name": ("operation",),
        "request": (),
    },
    durations=(("latencies.request", "ms"),),
)
