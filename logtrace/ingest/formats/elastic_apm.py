"""Elastic APM documents: transactions, spans and errors as they lie in Elasticsearch, and as agents send them (a file of the
intake protocol: one object in another a line). The times of spans are starts."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, object_of, objects_of, with_rest
from logtrace.units import NS

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


def read_sent(record: dict[str, Any]) -> list[Told] | None:
    """The transaction, span or error of an event that an agent sends; None where it names no trace."""
    if "error" in record:
        return read_sent_error(record)
    sent = object_of(record.get("transaction")) or object_of(record.get("span"))
    if not isinstance(sent.get("trace_id"), str):
        return None
    started, took = sent.get("timestamp"), sent.get("duration")
    context = object_of(sent.get("context"))
    told: Told = {
        "trace": sent["trace_id"],
        "span": sent.get("id"),
        "parent": sent.get("parent_id"),
        "service": object_of(context.get("service")).get("name"),
        "name": sent.get("name"),
        "kind": kind_of(object_of(sent.get("otel")).get("span_kind")),
        "start": started * 1_000 if isinstance(started, int) else None,
        "duration": round(took * NS["ms"]) if isinstance(took, int | float) else None,
    }
    if sent.get("outcome") in _OUTCOMES:
        told["status"] = _OUTCOMES[sent["outcome"]]
    shown = {key: sent.get(key) for key in ("type", "subtype", "action", "result")}
    return [
        with_rest(told, object_of(context.get("tags")), *shown.items(), ("http", context.get("http")), ("db", context.get("db")))
    ]


def read_sent_error(record: dict[str, Any]) -> list[Told] | None:
    """The line of the span or transaction in which an agent captured an error; None where it names no trace."""
    sent = object_of(record.get("error"))
    if not isinstance(sent.get("trace_id"), str):
        return None
    raised = object_of(sent.get("exception"))
    ids = {name: {"id": sent.get(f"{name}_id")} for name in ("trace", "parent", "transaction")}
    service = object_of(object_of(sent.get("context")).get("service"))
    error = {**sent, "exception": [raised] if raised else []}
    return read_error({"error": error, "timestamp": {"us": sent.get("timestamp")}, "service": service, **ids})


_OUTCOMES = {"success": "ok", "failure": "error"}

SENT = Format(
    "apm-intake",
    "Elastic APM's intake protocol, as its agents send it",
    example='{"transaction":{"id":"a3ce929d0e0e4736","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","name":"GET /",'
    '"type":"request","duration":250.25,"timestamp":1704897000000000,"outcome":"success","span_count":{"started":0}}}',
    marks=(
        ("transaction.trace_id", "transaction.duration", "transaction.id"),
        ("span", "span.trace_id", "span.transaction_id", "span.duration", "span.id"),
        ("error.trace_id", "error.exception", "error.id"),
        ("error.trace_id", "error.log", "error.id"),
    ),
    read=read_sent,
)


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
