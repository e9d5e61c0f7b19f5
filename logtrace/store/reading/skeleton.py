"""A trace without attributes and lines, straight from its rows: what a picture of very many spans needs, in a fraction of the
time that putting them together takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from logtrace.ids import NO_SPAN, TraceId, parse_span_id, span_id_text
from logtrace.model import UNKNOWN, Evidence, Rank, Span, Trace
from logtrace.reconstruct.trace import rebuild, to_trace, warnings
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.of_fragments import SOURCES

_SURE = frozenset({"explicit", "root"})
_ROWS = """
SELECT s.span_key, coalesce(s.parent_key, 0), s.confidence, s.operation_id, s.start_ns, s.duration_ns, s.facts, s.error,
    s.flags, CASE WHEN s.error THEN json_extract(s.extra, '$.failure[2]', '$.failure[3]') END, s.id
FROM trace t CROSS JOIN span s ON s.trace_low = t.low AND (s.trace_high = t.high OR (s.trace_high = 0 AND t.short))
WHERE t.low = ? AND t.high = ? AND s.span_key <> 0"""
_WAITING = "SELECT max(id) > (SELECT value FROM meta WHERE key = 'assembled') FROM span WHERE trace_low = ?"


def skeleton(reader: FragmentReader, trace_id: TraceId) -> Trace | None:
    """The trace as its last assembly left it; None where there is none, or rows of it are new since."""
    if reader.run(_WAITING, (trace_id.low,))[0][0]:
        return None
    rows = reader.run(_ROWS, trace_id[:2])
    if not rows:
        return None
    keys = {row[0] for row in rows}
    missing = sorted({row[1] for row in rows} - keys - {NO_SPAN})
    texts = reader.opaque_spans(keys.union(missing))
    shown = str(trace_id)
    evidence = _Evidence()
    shifts = _shifts(reader, [(row[10], row[3], row[4]) for row in rows])
    spans = [_span(reader, shown, row, texts, evidence, shift) for row, shift in zip(rows, shifts, strict=True)]
    spans += [_phantom(shown, key, texts, rows) for key in missing]
    spans.sort(key=lambda span: (span.start_ns is None, span.start_ns or 0, -(span.duration_ns or 0), span.key))
    return Trace(shown, tuple(spans), warnings=tuple(warnings(spans)))


def _shifts(reader: FragmentReader, rows: Sequence[tuple[int, int, int | None]]) -> list[tuple[int, int]]:
    """What the clock of each row needs added, plus or minus what; rows: (id, operation, start)."""
    clocks = reader.clocks()
    if not clocks:
        return [(0, 0)] * len(rows)
    domains = reader.domains([row_id for row_id, _, _ in rows], [operation for _, operation, _ in rows])
    return [(0, 0) if at is None else clocks.correction(domain, at) for (_, _, at), domain in zip(rows, domains, strict=True)]


class _Evidence(dict[tuple[str, int], Evidence]):
    """Each evidence once."""

    def __missing__(self, key: tuple[str, int]) -> Evidence:
        made = self[key] = Evidence(*key)
        return made


def span_alone(reader: FragmentReader, trace_id: TraceId, span_id: str) -> Span | None:
    """One span with all that is known of it, its parent as the last assembly left it. None as for `skeleton`, and where no line
    tells of the span."""
    if reader.run(_WAITING, (trace_id.low,))[0][0]:
        return None
    rows = reader.rows_of_span(trace_id.low, parse_span_id(span_id)[0])
    if len(rows) != 1:
        return None
    row_id, row, fragment = rows[0]
    key, parent, confidence, facts, flags = row[2], row[3] or NO_SPAN, row[4], row[8], row[10]
    texts = reader.opaque_spans({key, parent})
    (made,) = [span for span in to_trace(rebuild([fragment]), str(trace_id), texts).spans if not span.phantom]
    source = SOURCES[facts >> 16 & 15]
    ((shift, unsure),) = _shifts(reader, [(row_id, row[5], row[6])])
    return replace(
        made, key=key, span_id=span_id, parent_key=parent, start_ns=row[6], duration_ns=row[7], flags=flags,
        parent_span_id=(texts.get(parent) or span_id_text(parent)) if parent else None,
        parent=Evidence(source, 100 if source in _SURE else confidence or 0),
        start=_bound(made.start, facts >> 20 & 15), end=_bound(made.end, facts >> 24 & 15), skew_ns=shift,
        skew_unsure_ns=unsure,
    )  # fmt: skip


def _bound(alone: Evidence, source: int) -> Evidence:
    """The evidence of a bound: what the span's own lines say, unless its children told more."""
    return alone if alone.source == SOURCES[source] else Evidence(SOURCES[source], 0)


def _span(
    reader: FragmentReader,
    trace_id: str,
    row: tuple[Any, ...],
    texts: dict[int, str],
    evidence: _Evidence,
    shift: tuple[int, int],
) -> Span:
    key, parent, confidence, operation, start_ns, duration_ns, facts, error, flags, failure, _ = row
    source = SOURCES[facts >> 16 & 15]
    error_type, message = orjson.loads(failure) if failure else ("", "")
    service, name, kind = reader.operation(operation)
    return Span(
        trace_id=trace_id, span_id=texts.get(key) or span_id_text(key), key=key,
        parent_span_id=(texts.get(parent) or span_id_text(parent)) if parent else None, parent_key=parent,
        parent=evidence[source, 100 if source in _SURE else confidence or 0], service=service, service_rank=facts & 15,
        name=name, name_rank=facts >> 4 & 15, kind=kind, start_ns=start_ns, duration_ns=duration_ns,
        start=evidence[SOURCES[facts >> 20 & 15], 0], end=evidence[SOURCES[facts >> 24 & 15], 0], error=error,
        error_type=error_type or "", error_message=message or "", severity=facts >> 28, flags=flags, skew_ns=shift[0],
        skew_unsure_ns=shift[1],
    )  # fmt: skip


def _phantom(trace_id: str, key: int, texts: dict[int, str], rows: list[tuple[Any, ...]]) -> Span:
    """What stands in for a parent that left no line: it lasts as long as its children."""
    times = [(row[4], row[4] + (row[5] or 0)) for row in rows if row[1] == key and row[4] is not None]
    start_ns = min((start for start, _ in times), default=None)
    duration_ns = None if start_ns is None else max(end for _, end in times) - start_ns
    return Span(
        trace_id=trace_id, span_id=texts.get(key) or span_id_text(key), key=key, parent_span_id=None, parent_key=NO_SPAN,
        parent=UNKNOWN, service="", service_rank=Rank.NONE, name="", name_rank=Rank.NONE, kind="", start_ns=start_ns,
        duration_ns=duration_ns, start=UNKNOWN, end=UNKNOWN, error=0, error_type="", error_message="", severity=0, phantom=True,
    )  # fmt: skip
