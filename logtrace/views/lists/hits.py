"""Answers to a search: traces with the spans that matched, and spans of many traces in time order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import RenderableType
from rich.text import Text

from logtrace.model import ErrorLevel
from logtrace.query.found import Hit, Match
from logtrace.units import format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.grid import Column
from logtrace.views.elements.ids import IdLength, prefix_length, significant_id
from logtrace.views.elements.labelled import zone_name
from logtrace.views.elements.text import clean
from logtrace.views.lists.tables import Listing, TracesTable

MIN_WHAT = 40
"""Cells that what happened has at least in a timeline, where there are columns that may go for it."""


def hits_table(hits: Sequence[Hit], zone: tzinfo, id_length: IdLength = prefix_length) -> RenderableType:
    """Traces, one row each, in the order given; how many spans match and how long the longest of them took, where an
    expression asks about spans."""
    between = []
    if any(hit.matched for hit in hits):
        between = [
            (Column("match", right=True, spare=2), [Text(f"{hit.matched:,}") for hit in hits]),
            (Column("span took", right=True), [Text(_took(hit.longest)) for hit in hits]),
        ]
    return TracesTable([hit.summary for hit in hits], zone, [hit.soft_errors for hit in hits], between, id_length)


def timeline_table(entries: Sequence[Match], zone: tzinfo, id_length: IdLength = prefix_length) -> RenderableType:
    """Spans of many traces and lines of none, one row each, in the order given."""
    ids = [significant_id(entry.trace_id) for entry in entries]
    length = id_length(ids)
    start = f"start ({zone_name(zone)})"
    columns = [Column(start), Column("took", right=True), Column("trace"), Column("span", spare=1), Column("what")]
    rows = [_row(entry, trace_id[:length], zone) for entry, trace_id in zip(entries, ids, strict=True)]
    return Listing(columns, rows, MIN_WHAT)


def _row(entry: Match, trace_id: str, zone: tzinfo) -> tuple[Text, ...]:
    start = format_instant(entry.start_ns, zone)[:23].replace("T", " ") if entry.start_ns is not None else "(no time)"
    what = Text(f"{clean(entry.service)}: " if entry.service else "", palette.service_style(entry.service))
    what.append(clean(entry.operation) or "(not named)", "default")
    if entry.error:
        what.append("  ✗ error" if entry.error == ErrorLevel.HARD else "  soft error: a line of level error", palette.ERROR)
    return Text(start), Text(_took(entry)), Text(trace_id or "-"), Text(clean(entry.span_id) or "(line)"), what


def _took(match: Match | None) -> str:
    return "" if match is None or match.duration_ns is None else format_duration(match.duration_ns)
