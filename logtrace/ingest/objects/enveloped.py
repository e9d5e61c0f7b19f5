"""What envelopes know, put on records where those know nothing themselves."""

from __future__ import annotations

from functools import lru_cache

from logtrace.ingest.envelopes import Outer, Resource
from logtrace.ingest.vocabulary.mend import dumped
from logtrace.model import Attribute, Rank, Record


def with_outer(record: Record, outer: Outer) -> Record:
    """The record with what its envelopes knew."""
    if not outer.layers:
        return record
    extra = _attributes(outer.resource) if outer.resource else ()
    if record.attributes and extra:
        known = {attribute.key for attribute in record.attributes}
        extra = tuple([attribute for attribute in extra if attribute.key not in known])
    told = outer.service and record.service_rank > Rank.DERIVED
    return record._replace(
        severity=record.severity or outer.severity,
        time_ns=outer.time_ns if record.time_ns is None else record.time_ns,
        service=outer.service if told else record.service,
        service_rank=int(Rank.DERIVED) if told else record.service_rank,
        attributes=record.attributes + extra,
    )


@lru_cache(maxsize=4_096)
def _attributes(resource: Resource) -> tuple[Attribute, ...]:
    return tuple([Attribute(key, dumped(value).decode()) for key, value in resource])
