"""The answer of Grafana Loki's HTTP API to a query: streams with their labels, each with its lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._loki import peeled
from logtrace.ingest.envelopes._values import object_of
from logtrace.units import instant_ns


def peel_many(record: dict[str, Any]) -> list[Peeled] | None:
    """Each `[nanoseconds, line, metadata?]` of each stream. A body for Loki's push API has the same streams at its top."""
    data = record if "streams" in record else object_of(record.get("data"))
    streams = data.get("streams") if "streams" in record else data.get("result")
    if not isinstance(streams, list) or data.get("resultType", "streams") != "streams":
        return None
    if not all(isinstance(stream, dict) and isinstance(stream.get("values"), list) for stream in streams):
        return None
    return [line for stream in streams for line in _lines(stream)]


def _lines(stream: dict[str, Any]) -> Iterator[Peeled]:
    labels = object_of(stream.get("stream"))
    for value in stream["values"]:
        if isinstance(value, list) and len(value) >= 2 and isinstance(value[1], str):
            metadata = object_of(value[2]) if len(value) > 2 else {}
            told = {**object_of(metadata.get("structuredMetadata")), **metadata}
            yield peeled(value[1], instant_ns(value[0]), labels, told)


ENVELOPE = Envelope(
    name="loki_query",
    example='{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"payments"},"values":'
    '[["1741944413301550123","{\\"msg\\":\\"Task created\\"}"]]}],"stats":{}}}',
    inner='{"msg":"Task created"}',
    peel_many=peel_many,
    signs=(frozenset({"data", "status"}), frozenset({"streams"})),
)
