"""The answer of a CloudWatch Logs Insights query (`aws logs get-query-results`): rows of `{field, value}`."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import dumped, inner_of, is_id, known, object_of, text_of
from logtrace.units import instant_ns


def peel_many(record: dict[str, Any]) -> list[Peeled] | None:
    """The layer of each row: its `@message`, or its fields as an object where the query did not ask for the message."""
    rows = record.get("results")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    return [_peeled({text_of(cell.get("field")): cell.get("value") for cell in map(object_of, row)}) for row in rows]


def _peeled(row: dict[str, Any]) -> Peeled:
    """A row; its `@timestamp` is UTC and says no zone."""
    group = text_of(row.get("@log")).partition(":")[2]
    message = inner_of(row.get("@message"))
    ids = tuple((key, value) for key, value in row.items() if is_id(key))
    return Peeled(
        dumped({key: value for key, value in row.items() if key[:1] != "@"}) if message is None else message,
        instant_ns(row.get("@timestamp"), UTC),
        group.rpartition("/")[2],
        known(("aws.log.group.name", group), ("aws.log.stream.name", row.get("@logStream"))),
        fields=() if message is None or message[:1] == "{" else ids,
    )


ENVELOPE = Envelope(
    name="cloudwatch_insights",
    example='{"results":[[{"field":"@timestamp","value":"2025-03-14 09:26:53.301"},'
    '{"field":"@message","value":"{\\"msg\\":\\"Task created\\"}"}]],"statistics":{},"status":"Complete"}',
    inner='{"msg":"Task created"}',
    peel_many=peel_many,
    signs=(frozenset({"results", "status"}), frozenset({"results", "statistics"})),
)
