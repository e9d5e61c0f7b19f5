"""What envelopes know, put on records where those know nothing themselves."""

from __future__ import annotations

import orjson

from logtrace.ingest.envelopes import Outer
from logtrace.model import Attribute, Rank, Record


def with_outer(record: Record, outer: Outer) -> Record:
    """The record with what its envelopes knew."""
    if not outer.layers:
        return record
    known = {attribute.key for attribute in record.attributes}
    extra = tuple(Attribute.of(key, orjson.dumps(value).decode()) for key, value in outer.resource if key not in known)
    told = outer.service and record.service_rank > Rank.DERIVED
    if not record.severity and outer.severity:
        record = record._replace(severity=outer.severity)
    return record._replace(
        time_ns=outer.time_ns if record.time_ns is None else record.time_ns,
        service=outer.service if told else record.service,
        service_rank=int(Rank.DERIVED) if told else record.service_rank,
        attributes=record.attributes + extra,
    )
