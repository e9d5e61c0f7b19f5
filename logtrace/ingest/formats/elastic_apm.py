"""Elastic APM documents: transactions, spans and errors as they lie in Elasticsearch. The times of spans are starts."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import object_of, objects_of, with_rest

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


def read_error(record: dict[str, Any]) -> list[Told] | None:
    """The line of the span or transaction in which an error was captured."""
    error = object_of(record.get("error"))
    raised = next(iter(objects_of(error.get("exception"))), {})
    logged = object_of(error.get("log"))
    ids = {key: object_of(record.get(key)).get("id") for key in ("trace", "parent", "transaction")}
    micros = object_of(record.get("timestamp")).get("us")
    told: Told = {
        "trace": ids["trace"],
        "span": ids["parent"] or ids["transaction"],
        "service": object_of(record.get("service")).get("name"),
        "time": micros if isinstance(micros, int) else record.get("@timestamp"),
        "level": logged.get("level") or "error",
        "body": raised.get("message") or logged.get("message"),
        "error_type": raised.get("type"),
        "error_message": raised.get("message") or logged.get("message"),
    }
    return [with_rest(told, {}, ("error.culprit", error.get("culprit")), ("error.grouping_key", error.get("grouping_key")))]


ERRORS = Format(
    "elastic-apm-errors",
    "Elastic APM errors",
    example='{"@timestamp":"2024-01-10T14:30:00Z","processor":{"event":"error"},"trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},'
    '"parent":{"id":"a3ce929d0e0e4736"},"error":{"grouping_key":"0a1b","exception":[{"type":"E","message":"late"}]}}',
    marks=(("processor", "processor.event", "error.grouping_key"), ("processor", "processor.event", "error.exception")),
    read=read_error,
)
