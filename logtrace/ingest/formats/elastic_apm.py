"""Elastic APM documents: transactions and spans as they lie in Elasticsearch. Their times are starts."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

FORMAT = Format(
    "elastic-apm",
    "Elastic APM transactions and spans",
    example='{"@timestamp":"2024-01-10T14:30:00Z","processor":{"event":"transaction"},"trace":{"id":'
    '"4bf92f3577b34da6a3ce929d0e0e4736"},"transaction":{"id":"a3ce929d0e0e4736","name":"GET /","duration":{"us":250250}}}',
    marks=(
        ("processor", "processor.event", "transaction.duration"), ("processor", "processor.event", "span.duration"),
        ("processor.event", "transaction.duration.us"), ("processor.event", "span.duration.us"),
    ),
    keys={
        "time": ("@timestamp",),
        "start": ("timestamp.us",),
        "span": ("span.id", "transaction.id"),
        "name": ("span.name", "transaction.name"),
        "status": ("event.outcome",),
    },
    durations=(("span.duration.us", "us"), ("transaction.duration.us", "us")),
    roots=True,
    time_is_start=True,
    silent=True,
)  # fmt: skip
