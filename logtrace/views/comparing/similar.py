"""Similar requests as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.traces.similar import Match, Similar
from logtrace.views.elements import palette
from logtrace.views.elements.grid import Column, grid, roomy
from logtrace.views.elements.ids import IdLength, prefix_length, significant_id
from logtrace.views.elements.labelled import zone_name
from logtrace.views.elements.names import took
from logtrace.views.elements.ratios import percent
from logtrace.views.lists.tables import MIN_REQUEST, WHOLE_IDS_WIDTH, request_of, second


def similar_table(found: Similar, zone: tzinfo, id_length: IdLength = prefix_length) -> RenderableType:
    """The matches in their order, and what they were chosen from."""
    return SimilarTable(found, zone, id_length)


@dataclass(frozen=True)
class SimilarTable:
    """A renderable: laid out when the width is known."""

    found: Similar
    zone: tzinfo
    id_length: IdLength = prefix_length

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.found.matches:
            yield Text("no other request in the store begins with the same operation", palette.DIM)
            return
        ids = [significant_id(each.summary.trace_id) for each in self.found.matches]
        narrow = options.max_width < WHOLE_IDS_WIDTH
        length = self.id_length(ids) if options.max_width < 130 else max(map(len, ids))
        rows = [self._cells(i[:length], each, narrow) for i, each in zip(ids, self.found.matches, strict=True)]
        yield from grid(*roomy(list(self._columns()), rows, options.max_width, MIN_REQUEST), options.max_width, cut=True)
        if self.found.looked_at < self.found.known:
            told = f"{self.found.looked_at:,} of {self.found.known:,} requests with this beginning were looked at"
            yield Text(f"{told}: the nearest in status, size and time", palette.DIM)

    def _columns(self) -> Iterator[Column]:
        yield Column("like", right=True)
        yield Column("calls", right=True, spare=1)
        yield Column("errors", right=True, spare=2)
        yield Column("trace")
        yield Column(f"start ({zone_name(self.zone)})")
        yield Column("took", right=True)
        yield Column("spans", right=True, spare=3)
        yield Column("err", right=True)
        yield Column("request")

    def _cells(self, trace_id: str, each: Match, narrow: bool) -> tuple[Text, ...]:
        summary = each.summary
        return (
            Text(percent(each.likeness, 1), palette.LABEL),
            Text(percent(each.same_paths, 1)),
            Text(percent(each.same_errors, 1)),
            Text(trace_id),
            Text(second(summary.start_ns, self.zone, short=narrow)),
            Text(took(summary)),
            Text(f"{summary.spans:,}"),
            Text(f"{summary.errors:,}" if summary.errors else "", palette.ERROR),
            request_of(summary),
        )
