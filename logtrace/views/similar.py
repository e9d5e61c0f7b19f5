"""Similar requests as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.similar import Match, Similar
from logtrace.views import palette
from logtrace.views.findings import percent
from logtrace.views.grid import Column, grid
from logtrace.views.header import zone_name
from logtrace.views.ids import prefix_length, significant_id
from logtrace.views.labels import took
from logtrace.views.tables import request_of, second


def similar_table(found: Similar, zone: tzinfo) -> RenderableType:
    """The matches in their order, and what they were chosen from."""
    return SimilarTable(found, zone)


@dataclass(frozen=True)
class SimilarTable:
    """A renderable: laid out when the width is known."""

    found: Similar
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.found.matches:
            yield Text("no other request in the store begins with the same operation", palette.DIM)
            return
        ids = [significant_id(each.summary.trace_id) for each in self.found.matches]
        length = prefix_length(ids) if options.max_width < 130 else max(map(len, ids))
        titles = ("like", "calls", "errors", "trace", f"start ({zone_name(self.zone)})", "took", "spans", "err", "request")
        columns = [Column(title, title in ("like", "calls", "errors", "took", "spans", "err")) for title in titles]
        rows = [self._cells(i[:length], each) for i, each in zip(ids, self.found.matches, strict=True)]
        yield from grid(columns, rows, options.max_width, cut=True)
        if self.found.looked_at < self.found.known:
            told = f"{self.found.looked_at:,} of {self.found.known:,} requests with this beginning were looked at"
            yield Text(f"{told}: the nearest in status, size and time", palette.DIM)

    def _cells(self, trace_id: str, each: Match) -> tuple[Text, ...]:
        summary = each.summary
        return (
            Text(percent(each.likeness, 1), palette.LABEL),
            Text(percent(each.same_paths, 1)),
            Text(percent(each.same_errors, 1)),
            Text(trace_id),
            Text(second(summary.start_ns, self.zone)),
            Text(took(summary)),
            Text(f"{summary.spans:,}"),
            Text(f"{summary.errors:,}" if summary.errors else "", palette.ERROR),
            request_of(summary),
        )
