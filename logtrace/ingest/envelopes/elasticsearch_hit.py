"""A hit of Elasticsearch or OpenSearch, as searches, elasticdump and Kibana write it: the document under `_source`."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes import logstash
from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import dumped, known


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer. Where a search asked for `fields` instead, each of them is a list. A document whose message is an object in text
    (a shipper sent the line as it was) is a layer as well."""
    source, fields = record.get("_source"), record.get("fields")
    if "_index" not in record:
        return None
    if not isinstance(source, dict):
        if not isinstance(fields, dict):
            return None
        source = {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in fields.items()}
    resource = known(("elasticsearch.index", record.get("_index")))
    return logstash.line_in(source, resource) or Peeled(dumped(source), resource=resource)


ENVELOPE = Envelope(
    name="elasticsearch_hit",
    example='{"_index":"logs-2025.03.14","_id":"a1","_score":1,"_source":{"msg":"Task created"}}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"_index", "_source"}), frozenset({"_index", "fields"})),
)
