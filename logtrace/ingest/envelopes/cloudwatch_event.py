"""Single events of AWS CloudWatch Logs: those of an answer one by one, rows of the console's export, one record asked for."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import inner_of, known, object_of, text_of
from logtrace.units import instant_ns

_EVENT = frozenset({"id", "timestamp", "message", "ingestionTime", "eventId", "logStreamName", "logGroupName"})
_ROW = frozenset({"@timestamp", "@message", "@logStream", "@log", "@ptr", "@ingestionTime", "@entity"})


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of an object that has the keys of an event, or of a row with its message, and no others."""
    if "logRecord" in record:
        found = object_of(record["logRecord"])
        record = {key: value for key, value in found.items() if key in _ROW}
    if _ROW.issuperset(record):
        inner, time = inner_of(record.get("@message")), record.get("@timestamp")
        group, stream = text_of(record.get("@log")).partition(":")[2], record.get("@logStream")
    elif _EVENT.issuperset(record) and record.get("timestamp").__class__ is int:
        inner, time = inner_of(record.get("message")), record["timestamp"]
        group, stream = text_of(record.get("logGroupName")), record.get("logStreamName")
    else:
        return None
    if inner is None:
        return None
    resource = known(("aws.log.group.name", group), ("aws.log.stream.name", stream))
    return Peeled(inner, instant_ns(time, UTC), group.rpartition("/")[2], resource)


ENVELOPE = Envelope(
    name="cloudwatch_event",
    example='{"logStreamName":"2025/03/14/[$LATEST]0a","timestamp":1741944413301,"message":"{\\"msg\\":\\"Task created\\"}\\n",'
    '"ingestionTime":1741944414201,"eventId":"3884"}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(
        frozenset({"ingestionTime", "message"}),
        frozenset({"eventId", "message"}),
        frozenset({"id", "message", "timestamp"}),
        frozenset({"@message", "@timestamp"}),
        frozenset({"logRecord"}),
    ),
)
