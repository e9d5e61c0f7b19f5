"""The answer of Elasticsearch or OpenSearch to a search: its hits."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes import elasticsearch_hit
from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import object_of


def peel_many(record: dict[str, Any]) -> list[Peeled] | None:
    """The layer of each hit."""
    hits = object_of(record.get("hits")).get("hits")
    if not isinstance(hits, list):
        return None
    return [line for hit in hits if (line := elasticsearch_hit.peel_object(object_of(hit)))]


ENVELOPE = Envelope(
    name="elasticsearch_search",
    example='{"took":3,"timed_out":false,"hits":{"hits":[{"_index":"logs","_id":"a1","_source":{"msg":"Task created"}}]}}',
    inner='{"msg":"Task created"}',
    peel_many=peel_many,
    signs=(frozenset({"hits", "took"}),),
)
