"""Lines of Grafana Loki one by one: `logcli -o jsonl` (`{labels, line, timestamp}`), and what Grafana's Explore downloads."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled, Steady
from logtrace.ingest.envelopes._loki import peeled
from logtrace.ingest.envelopes._values import object_of
from logtrace.units import instant_ns

_KEYS = frozenset({"labels", "line", "timestamp", "fields", "date", "id", "structuredMetadata", "parsed"})


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of an object of a line, its time and its labels (Grafana says `fields`) and nothing else."""
    line, labels = record.get("line"), record.get("labels", record.get("fields"))
    if not isinstance(line, str) or not isinstance(labels, dict) or not _KEYS.issuperset(record):
        return None
    return peeled(line, instant_ns(record.get("timestamp")), labels, object_of(record.get("structuredMetadata")))


ENVELOPE = Envelope(
    name="loki_line",
    example='{"labels":{"app":"payments"},"line":"{\\"msg\\":\\"Task created\\"}","timestamp":"2025-03-14T09:26:53.301550123Z"}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"labels", "line", "timestamp"}), frozenset({"fields", "line", "timestamp"})),
    steady=Steady("line", ("timestamp",), passed=("date", "id")),
)
