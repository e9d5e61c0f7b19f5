"""What a store holds, for `logtrace status`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.account import RejectedLine, SourceStatus, StoreStatus
from logtrace.units import counted, format_bytes, format_instant
from logtrace.views.elements.grid import Column, grid, roomy
from logtrace.views.elements.labelled import labelled, zone_name
from logtrace.views.elements.text import clean, wrap
from logtrace.views.lists.tables import second
from logtrace.views.upkeep.account import lines_text, rejected_lines

MIN_SOURCE = 40
"""Cells that the path of a source has at least, where there are columns that may go for it."""


def store_status(status: StoreStatus, zone: tzinfo) -> RenderableType:
    """Where the store is, what it holds, what was rejected and why, and its sources."""
    return StatusView(status, zone)


@dataclass(frozen=True)
class StatusView:
    """A renderable: wrapped when the width is known."""

    status: StoreStatus
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        for label, value in self._facts():
            yield from labelled(label, value, width)
        yield from rejected_lines(self.status.rejected_by_reason, (), width)
        for note in self.status.notes:
            yield from labelled("note", clean(note), width)
        if self.status.sources:
            yield Text()
            rows = [self._cells(source) for source in self.status.sources]
            yield from grid(*roomy(list(self._columns()), rows, width, MIN_SOURCE), width, cut=False)

    def _facts(self) -> Iterator[tuple[str, str]]:
        s = self.status
        yield "store", f"{clean(s.path)} ({format_bytes(s.size_bytes)})"
        yield "holds", f"{counted(s.traces, 'trace')}, {counted(s.spans, 'span')}"
        if s.start_ns is not None and s.end_ns is not None:
            start, end = format_instant(s.start_ns, self.zone), format_instant(s.end_ns, self.zone)
            yield "from", f"{start} to {end} ({zone_name(self.zone)})"
        yield "lines", lines_text(s.lines_read, f"{s.lines_used:,} used", s.lines_without_trace, s.lines_rejected)

    def _columns(self) -> Iterator[Column]:
        yield Column("read", right=True, spare=1)
        yield Column("lines", right=True)
        yield Column("rejected", right=True, spare=0 if self.status.lines_rejected else 2)
        yield Column(f"newest line ({zone_name(self.zone)})")
        yield Column("source")

    def _cells(self, source: SourceStatus) -> tuple[Text, ...]:
        rejected = f"{source.lines_rejected:,}" if source.lines_rejected else ""
        when = second(source.newest_ns, self.zone)
        return tuple(map(Text, (format_bytes(source.bytes_read), f"{source.lines_read:,}", rejected, when, clean(source.path))))


def rejected_places(lines: tuple[RejectedLine, ...], width: int) -> Iterator[Text]:
    """Each rejected line as `file:line: reason`, for `status --rejected`."""
    for line in lines:
        yield from (Text(text) for text in wrap(f"{clean(line.path)}:{line.line}: {clean(line.reason)}", width))
