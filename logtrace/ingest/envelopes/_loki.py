"""What a line of Grafana Loki carries: labels of its stream, and structured metadata, which may hold ids."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Peeled
from logtrace.ingest.envelopes._kubernetes import service_of_labels
from logtrace.ingest.envelopes._values import inner_of, is_id, labelled, text_of
from logtrace.ingest.vocabulary.levels import severity as severity_number


def peeled(line: str, time_ns: int | None, labels: dict[str, Any], metadata: dict[str, Any]) -> Peeled:
    """The layer of a line. Ids among labels and metadata count as the line's own, all else is resource."""
    told = {**labels, **metadata}
    ids = tuple((key, value) for key, value in told.items() if is_id(key) and isinstance(value, str))
    others = {key: value for key, value in told.items() if not is_id(key)}
    return Peeled(
        inner_of(line) or "",
        time_ns,
        service_of_labels(told) or text_of(told.get("container")),
        labelled("loki.label", others),
        severity=severity_number(told.get("detected_level", told.get("level"))),
        fields=ids,
    )
