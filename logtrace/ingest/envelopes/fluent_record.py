"""Records of Fluentd and Fluent Bit: the line under `log` (or `message`), or its keys merged beside those of the shipper."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled, Steady
from logtrace.ingest.envelopes._kubernetes import pod_of
from logtrace.ingest.envelopes._values import dumped, inner_of, known, object_of, text_of
from logtrace.units import instant_ns

_OWN = frozenset({"date", "stream", "_p", "log", "kubernetes", "docker", "container_id", "container_name", "source"})
"""Keys that shippers add; all others of a record are the line's own, merged into it."""

_MERGED = ("log_processed", "log_parsed", "message_parsed")
"""Where lines are put that were merged under a key of their own, as the documentation's examples name it."""

_OF_ECS = frozenset({"level", "logger", "offset", "file", "origin", "syslog", "flags", "original"})
"""What stands under `log` in the records of Elastic's loggers and shippers."""


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of a record that has something which only a shipper adds."""
    kubernetes = object_of(record.get("kubernetes"))
    if not _is_shipped(record, kubernetes):
        return None
    inner = _inner(record)
    if inner is None:
        return None
    pod, service = pod_of(kubernetes)
    container = text_of(record.get("container_name")).lstrip("/")
    stream = text_of(record.get("stream"))
    resource = known(("log.iostream", stream), ("container.name", container), ("container.id", record.get("container_id")))
    return Peeled(inner, instant_ns(record.get("date", record.get("time"))), service or container, resource + pod, stream=stream)


def _is_shipped(record: dict[str, Any], kubernetes: dict[str, Any]) -> bool:
    log = record.get("log")
    if "source_type" in record or "agent" in record or (isinstance(log, dict) and _OF_ECS.issuperset(log)):
        return False  # Vector's, Filebeat's
    if "pod_name" in kubernetes or "namespace_name" in kubernetes:
        return True
    dated = record.get("date").__class__ is float
    streamed = record.get("stream") in ("stdout", "stderr")
    return (
        (dated or streamed or "container_id" in record)
        if text_of(log) or isinstance(log, dict)
        else dated and (streamed or "_p" in record)
    )


def _inner(record: dict[str, Any]) -> str | None:
    for key in _MERGED:
        if isinstance(record.get(key), dict):
            return dumped(record[key])
    own = {key: value for key, value in record.items() if key not in _OWN}
    log = record.get("log")
    if isinstance(log, dict):
        return dumped(log if own.keys() <= {"time"} else {**own, **log})
    if own.keys() <= {"time"} or (isinstance(log, str) and log.lstrip()[:1] == "{"):
        return inner_of(log)
    if own.keys() <= {"time", "message"} and "message" in own:
        return inner_of(own["message"])
    return dumped(own if log is None or not {"message", "msg"}.isdisjoint(own) else {**own, "message": inner_of(log)})


ENVELOPE = Envelope(
    name="fluent_record",
    example='{"date":1741944413.301550,"stream":"stdout","_p":"F","log":"{\\"msg\\":\\"Task created\\"}\\n",'
    '"kubernetes":{"pod_name":"payments-6d4c-abc","namespace_name":"shop","container_name":"payments","labels":{"app":"payments"}}}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(
        frozenset({"kubernetes"}),
        frozenset({"date", "log"}),
        frozenset({"date", "stream"}),
        frozenset({"date", "_p"}),
        frozenset({"log", "stream"}),
        frozenset({"log", "container_id"}),
    ),
    steady=Steady("log", ("date", "time")),
)
