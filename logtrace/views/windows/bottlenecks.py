"""What decided how long many requests took, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.statistics.path_times import OnPath, WindowBottlenecks
from logtrace.units import counted, format_duration
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.ids import IdLength, prefix_length, significant_id
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.ratios import share_text
from logtrace.views.elements.remarks import notes_lines
from logtrace.views.elements.text import clean
from logtrace.views.windows.stats import operation_cell, window_text


def window_bottlenecks_view(
    found: WindowBottlenecks, most: int, zone: tzinfo, glyphs: Glyphs, id_length: IdLength = prefix_length
) -> RenderableType:
    """The first `most` operations, and call paths; the ids of examples are cut where id_length says."""
    return WindowBottlenecksView(found, most, zone, glyphs, id_length)


@dataclass(frozen=True)
class WindowBottlenecksView:
    """A renderable: laid out when the width is known."""

    found: WindowBottlenecks
    most: int
    zone: tzinfo
    glyphs: Glyphs
    id_length: IdLength

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        found, width = self.found, options.max_width
        if found.since_ns is not None and found.until_ns is not None:
            yield from labelled("window", window_text(found.since_ns, found.until_ns, self.zone), width)
        average = f", {format_duration(found.total_ns // found.requests)} on average" if found.requests else ""
        without = f"; {found.without:,} more have no known length" if found.without else ""
        yield from labelled("requests", self.glyphs.plain(f"{found.requests:,}{average}{without}"), width)
        yield from notes_lines(found.notes, width)
        if not found.requests:
            return
        yield Text()
        titles = ("share", "a request", "gained", "in", "example")
        columns = [Column(title, right=title != "example") for title in titles]
        yield from self._table([*columns, Column("operation")], found.operations, width)
        yield Text()
        yield from self._table([*columns, Column("call path")], found.paths, width)
        yield Text()
        gained = "gained: of that time, what would surely be, for nothing else ran beside it; a request: on average of all"
        yield from labelled("", gained, width, palette.DIM)

    def _table(self, columns: Sequence[Column], rows: Sequence[OnPath], width: int) -> Iterator[Text]:
        yield from grid(columns, [tuple(self._cells(each)) for each in rows[: self.most]], width, cut=False)
        if rest := rows[self.most :]:
            yield Text(
                f"{counted(len(rest), 'more row')}: {share_text(sum(each.share for each in rest)) or 'nothing'}", palette.DIM
            )

    def _cells(self, each: OnPath) -> Iterator[Text]:
        found = self.found
        yield Text(share_text(each.share), palette.LABEL)
        for ns in (each.path_ns, each.gain_ns):
            yield Text(self.glyphs.plain(format_duration(ns // found.requests)))
        yield Text(share_text(each.requests / found.requests))
        example = significant_id(each.example)
        yield Text(example[: self.id_length([example])])
        above = Text("".join(f"{clean(name) or '(not named)'} {self.glyphs.arrow} " for _, name in each.path))
        yield above.append_text(operation_cell(each.operation.service, each.operation.name))
