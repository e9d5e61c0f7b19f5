"""Python's logging through a JSON formatter (python-json-logger and the like): `levelname`; `name` is the logger."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "python-logging",
    "Python logging through a JSON formatter",
    example='{"asctime":"2024-01-10 14:30:00,250","levelname":"INFO","name":"api.views","message":"done","otelTraceID":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","otelSpanID":"a3ce929d0e0e4736","otelServiceName":"api","duration_ms":250.25}',
    marks=(("levelname",), ("otelTraceID",)),
    keys={
        "time": ("timestamp", "asctime", *ALIASES["time"], "created"),
        "name": tuple(key for key in ALIASES["name"] if key != "name"),
        "logger": ("name", *ALIASES["logger"]),
    },
    silent=True,
)
