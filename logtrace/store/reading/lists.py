"""Lists: traces, services, columns of spans. Nothing here builds a Trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logtrace.ids import TraceId
from logtrace.model import TraceSummary
from logtrace.store.reading.protocol import Filter
from logtrace.store.reading.reader import FragmentReader

if TYPE_CHECKING:
    from logtrace.account import ServiceRow

ORDER_BY = {
    "newest": "t.start_ns DESC, t.high, t.low",
    "oldest": "t.start_ns IS NULL, t.start_ns, t.high, t.low",
    "slowest": "t.duration_ns DESC, t.start_ns, t.high, t.low",
    "errors": "t.errors DESC, t.start_ns DESC, t.high, t.low",
    "spans": "t.spans DESC, t.start_ns DESC, t.high, t.low",
}

SPAN_COLUMNS = {
    "trace_low": "s.trace_low",
    "trace_high": "s.trace_high",
    "span_key": "s.span_key",
    "parent_key": "coalesce(s.parent_key, 0)",
    "service": "o.service",
    "operation": "o.name",
    "kind": "o.kind",
    "start_ns": "s.start_ns",
    "duration_ns": "s.duration_ns",
    "error": "s.error",
    "flags": "s.flags",
}
"""What `columns` can give of a span, by name; values as in model.Span."""


_SUMMARY = """
SELECT t.low, t.high, x.text, o.service, o.name, t.start_ns, t.duration_ns, t.spans, t.services, t.errors, t.inferred, t.lines,
    t.partial, t.lower_bound
FROM trace t LEFT JOIN operation o ON o.id = t.root_id LEFT JOIN opaque_trace x ON x.low = t.low AND x.high = t.high"""

_HAS_SERVICE = """EXISTS (SELECT 1 FROM span s WHERE s.trace_low = t.low
    AND (s.trace_high = t.high OR (s.trace_high = 0 AND t.short))
    AND +s.operation_id IN (SELECT id FROM operation WHERE service = :service))"""
"""The plus keeps the planner from walking all spans of the service."""


def _where(wanted: Filter) -> tuple[str, dict[str, Any]]:
    """The condition on `trace t`, and its values."""
    conditions = [
        (wanted.since_ns is not None, "t.start_ns >= :since_ns"),
        (wanted.until_ns is not None, "t.start_ns < :until_ns"),
        (wanted.errors, "t.errors > 0"),
        (wanted.after_document > 0, "t.low IN (SELECT low FROM document WHERE id > :after_document)"),
        (bool(wanted.service), _HAS_SERVICE),
    ]
    return " AND ".join(["1", *(sql for asked, sql in conditions if asked)]), wanted._asdict()


def summaries(reader: FragmentReader, wanted: Filter) -> list[TraceSummary]:
    """The list rows of traces. See Filter."""
    where, values = _where(wanted)
    sql = f"{_SUMMARY} WHERE {where} ORDER BY {ORDER_BY[wanted.order]} LIMIT coalesce(:limit, -1)"
    return [_summary(row) for row in reader.stream(sql, values)]


def summaries_of(reader: FragmentReader, lows: Sequence[int]) -> dict[tuple[int, int], TraceSummary]:
    """The list rows of the traces with these low halves, by (low, high)."""
    values = {"lows": orjson.dumps(list(lows)).decode()}
    rows = summary_rows(reader, "WHERE t.low IN (SELECT value FROM json_each(:lows))", values)
    return {row.trace[:2]: row.summary for row in rows}


def summary_of(reader: FragmentReader, trace: TraceId) -> TraceSummary | None:
    """The list row of one trace; None where no assembly has seen it yet."""
    found = reader.run(f"{_SUMMARY} WHERE t.low = ? AND t.high = ?", trace[:2])
    return _summary(found[0]) if found else None


class SummaryRow(NamedTuple):
    """A list row with the id it is kept under."""

    trace: TraceId
    summary: TraceSummary


def summary_rows(reader: FragmentReader, clauses: str, values: dict[str, Any]) -> list[SummaryRow]:
    """The list rows of traces (`t` in the clauses: WHERE, ORDER BY, LIMIT) with their ids."""
    rows = reader.stream(f"{_SUMMARY} {clauses}", values)
    return [SummaryRow(TraceId(row[0], row[1], row[2] or ""), _summary(row)) for row in rows]


def _summary(row: tuple[Any, ...]) -> TraceSummary:
    return TraceSummary._make((str(TraceId(row[0], row[1], row[2] or "")), *row[3:-2], bool(row[-2]), bool(row[-1])))


def columns(reader: FragmentReader, names: Sequence[str], wanted: Filter) -> dict[str, list[Any]]:
    """Columns of the spans of some traces. See Reader."""
    where, values = _where(wanted)
    chosen = ", ".join(SPAN_COLUMNS[name] for name in names)
    rows = reader.stream(
        f"SELECT {chosen} FROM trace t CROSS JOIN span s ON s.trace_low = t.low"
        " AND (s.trace_high = t.high OR (s.trace_high = 0 AND t.short)) CROSS JOIN operation o ON o.id = s.operation_id"
        f" WHERE s.span_key <> 0 AND {where} ORDER BY {ORDER_BY[wanted.order]}, s.id",
        values,
    )
    found = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: list(column) for name, column in zip(names, found, strict=True)}


_SERVICES = """
SELECT o.service, sum(n), sum(n > 0), sum(e), min(a), max(b) FROM (
    SELECT operation_id, sum(span_key <> 0) AS n, sum(error > 0 AND span_key <> 0) AS e, min(start_ns) AS a, max(start_ns) AS b
    FROM span {window} GROUP BY +operation_id
) s JOIN operation o ON o.id = s.operation_id GROUP BY o.service ORDER BY o.service"""
_WINDOW = "WHERE start_ns >= coalesce(:since, start_ns) AND start_ns < coalesce(:until, 1 << 62)"


def services(reader: FragmentReader, since_ns: int | None, until_ns: int | None) -> list[ServiceRow]:
    """Services by name, with their spans that start in the window. Services with lines alone have 0 spans."""
    from logtrace.account import ServiceRow

    window = "" if since_ns is None and until_ns is None else _WINDOW
    return [ServiceRow(*row) for row in reader.stream(_SERVICES.format(window=window), {"since": since_ns, "until": until_ns})]


def service_names(reader: FragmentReader) -> list[str]:
    """All services of the store, sorted."""
    return [name for (name,) in reader.run("SELECT DISTINCT service FROM operation WHERE service <> '' ORDER BY service")]


def newest_ns(reader: FragmentReader) -> int | None:
    """When the newest trace starts; None where no trace has a time."""
    found: int | None = reader.run("SELECT max(start_ns) FROM trace")[0][0]
    return found
