"""What AWS CloudWatch Logs hands to a subscription, as Lambda, Kinesis and Firehose hold it: gzip in base64, in objects of their
own. Under each is a document of log events (see `cloudwatch_events`)."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import object_of

MAX_BYTES = 16 << 20
"""What the data of one object may come to; more is left as it is."""

_GZIP = 16 + zlib.MAX_WBITS


def peel_many(record: dict[str, Any]) -> list[Peeled] | None:
    """The layer of each piece of data; None where one is no gzip in base64, or all come to too much."""
    found: list[Peeled] = []
    left = MAX_BYTES
    for data in _data(record):
        text = _unpacked(data, left)
        if text is None:
            return None
        left -= len(text)
        found.append(Peeled(text.decode("utf-8", "replace")))
    return found or None


def _data(record: dict[str, Any]) -> Iterator[object]:
    if "awslogs" in record:
        yield object_of(record["awslogs"]).get("data")
    many = record.get("Records", record.get("records"))
    for each in many if isinstance(many, list) else ():
        yield object_of(object_of(each).get("kinesis", each)).get("data")


def _unpacked(data: object, most: int) -> bytes | None:
    if not most:  # which zlib would take for no limit
        return None
    try:
        packed = b64decode(data, validate=True) if isinstance(data, str) else b""
        inflating = zlib.decompressobj(_GZIP)
        text = inflating.decompress(packed, most) if packed else b""
    except (ValueError, zlib.error):
        return None
    return text if text and inflating.eof else None


ENVELOPE = Envelope(
    name="cloudwatch_data",
    example='{"awslogs":{"data":"H4sIAAAAAAACA6tWyi1OV7JSCkkszlZILkpNLElNUaoFAAHfFv4WAAAA"}}',
    inner='{"msg":"Task created"}',
    peel_many=peel_many,
    signs=(
        frozenset({"awslogs"}),
        frozenset({"Records"}),
        frozenset({"records", "deliveryStreamArn"}),
        frozenset({"records", "requestId", "timestamp"}),
    ),
)
