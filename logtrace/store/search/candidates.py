"""Requests that may be like another: those that begin with the same operation, by how close they are to it."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from logtrace.ids import TraceId
from logtrace.model import ErrorLevel, TraceSummary
from logtrace.store.reading.lists import SummaryRow, summary_rows
from logtrace.store.reading.reader import FragmentReader

MOST_SPANS = 200_000
"""So many spans of candidates are read at most."""


class Wanted(NamedTuple):
    """What candidates have in common, and what the nearest ones are close to.

    service, name       of the root
    spans, start_ns     of the request: the nearest in size come first, then the nearest in time
    failed              whether it failed: those that did as well (or did not either) come before all others
    healthy             only requests without any error, all of whose parents are known
    """

    service: str
    name: str
    spans: int
    start_ns: int | None
    failed: bool
    healthy: bool


class CandidateSpan(NamedTuple):
    """A span of a candidate, as far as similarity needs it."""

    key: int
    parent_key: int
    service: str
    name: str
    failed: bool
    error_type: str
    error_message: str


class Candidates(NamedTuple):
    """traces: the candidates nearest first, each with its spans; known: how many there are besides the request itself."""

    traces: list[tuple[TraceSummary, list[CandidateSpan]]]
    known: int


_WHERE = """t.root_id IN (SELECT id FROM operation WHERE service = :service AND name = :name)
    AND NOT (t.low = :low AND t.high = :high) AND (NOT :healthy OR (t.errors = 0 AND NOT t.partial))"""
_NEAREST = "(t.errors > 0) <> :failed, abs(t.spans - :spans), abs(t.start_ns - coalesce(:start_ns, t.start_ns)), t.high, t.low"


def candidates(reader: FragmentReader, asked: Wanted, trace: TraceId, limit: int) -> Candidates:
    """At most `limit` candidates for a trace, which is none itself."""
    values = {**asked._asdict(), "low": trace.low, "high": trace.high, "limit": limit}
    (known,) = reader.run(f"SELECT count(*) FROM trace t WHERE {_WHERE}", values)[0]
    found = summary_rows(reader, f"WHERE {_WHERE} ORDER BY {_NEAREST} LIMIT :limit", values)
    total = 0
    chosen: list[SummaryRow] = []
    for row in found:
        total += row.summary.spans
        if total > MOST_SPANS and chosen:
            break
        chosen.append(row)
    spans = _spans(reader, [row.trace for row in chosen])
    return Candidates([(row.summary, spans.get(row.trace[:2], [])) for row in chosen], known)


def has_candidates(reader: FragmentReader, asked: Wanted, trace: TraceId) -> bool:
    """Whether there is any."""
    values = {**asked._asdict(), "low": trace.low, "high": trace.high}
    return bool(reader.run(f"SELECT 1 FROM trace t WHERE {_WHERE} LIMIT 1", values))


def _spans(reader: FragmentReader, traces: list[TraceId]) -> dict[tuple[int, int], list[CandidateSpan]]:
    """The spans of traces by (low, high)."""
    highs = {trace.low: trace.high for trace in traces}
    found: dict[tuple[int, int], list[CandidateSpan]] = {}
    rows = reader.stream(
        "SELECT s.trace_low, s.trace_high, s.span_key, coalesce(s.parent_key, 0), o.service, o.name, s.error,"
        " CASE WHEN s.error > 0 THEN json_extract(s.extra, '$.failure') END"
        " FROM json_each(?) j CROSS JOIN span s ON s.trace_low = j.value CROSS JOIN operation o ON o.id = s.operation_id"
        " WHERE s.span_key <> 0",
        (orjson.dumps(list(highs)).decode(),),
    )
    for low, high, key, parent, service, name, error, failure in rows:
        _, _, error_type, message = orjson.loads(failure) if failure else (0, 0, "", "")
        span = CandidateSpan(key, parent, service, name, error == ErrorLevel.HARD, error_type, message)
        found.setdefault((low, high or highs[low]), []).append(span)
    return found
