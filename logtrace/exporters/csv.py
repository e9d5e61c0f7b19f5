"""Traces → CSV, one span a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from logtrace.carried import INFERRED
from logtrace.exporters.csv_cells import csv_row
from logtrace.exporters.inferred import doubts
from logtrace.exporters.json_text import json_bytes
from logtrace.exporters.leaving import Leaving, leaving
from logtrace.exporters.names import Event, attributes_of, resource_of
from logtrace.ids import NO_SPAN, span_id_text
from logtrace.model import Link, Trace
from logtrace.units import format_instant

COLUMNS = (
    "trace_id", "span_id", "parent_span_id", "service", "operation", "kind", "start_time", "start_ns", "duration_ns", "status",
    "error_type", "error_message", "inferred", "resource", "attributes", "events", "links",
)  # fmt: skip


def csv_pieces(traces: Iterable[Trace]) -> Iterator[bytes]:
    """A head, then the spans of each trace in span order. What has several values is JSON in its cell; unknown times are empty;
    `inferred` says what no line tells."""
    yield csv_row(COLUMNS).encode()
    for trace in traces:
        yield from (csv_row(_cells(each)).encode("utf-8", "replace") for each in leaving(trace))


def _cells(each: Leaving) -> Iterator[Any]:
    span = each.span
    yield from (span.trace_id, span.span_id, span.parent_span_id, span.service, span.name, span.kind)
    yield from (None if span.start_ns is None else format_instant(span.start_ns, digits=9), span.start_ns, span.duration_ns)
    yield from (span.status, span.error_type or None, span.error_message or None)
    inferred = {key.removeprefix(INFERRED): value for key, value in doubts(span).told().items()}
    told = {key: value for key, value in attributes_of(span).items() if not key.startswith(INFERRED)}
    yield from map(
        _json, (inferred, resource_of(span), told, [_event(event) for event in each.events()], list(map(_link, each.links)))
    )


def _event(event: Event) -> dict[str, Any]:
    return {"name": event.name, "time_ns": event.time_ns, **event.attributes}


def _link(link: Link) -> dict[str, Any]:
    return {"trace_id": str(link.trace), "span_id": span_id_text(link.span) if link.span != NO_SPAN else None}


def _json(value: Any) -> str | None:
    return json_bytes(value).decode() if value else None
