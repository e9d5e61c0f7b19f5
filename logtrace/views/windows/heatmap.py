"""Heat maps for people: time from left to right, durations from bottom to top, more spans darker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from math import ceil, log

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.statistics.heatmap import Heatmap, bound_ms
from logtrace.units import NS, counted, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import ASCII, Glyphs
from logtrace.views.elements.labelled import labelled, zone_name
from logtrace.views.elements.remarks import notes_lines

MOST_ROWS = 24
MARGIN = 9
SHADES, ASCII_SHADES = " ░▒▓█", " .:*#"
STYLES = ("", "color(24)", "color(31)", "color(178)", "color(208)")


@dataclass(frozen=True)
class HeatmapView:
    """A renderable as wide as there is room. of: what the spans are, clean."""

    found: Heatmap
    of: str
    zone: tzinfo
    glyphs: Glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        found, width = self.found, options.max_width
        grid, wide = self._grid(max(1, width - MARGIN - 1))
        step = format_duration(found.step_ns * wide)
        yield from labelled("spans", f"{found.spans:,} of {self.of}, a column each {step}", width)
        if found.left_out:
            yield from labelled("left out", f"{counted(found.left_out, 'span')} of unknown length", width)
        yield from notes_lines(found.notes, width)
        if not found.cells:
            return
        yield Text()
        largest = max(map(max, grid))
        yield from (self._line(number, row, largest, len(grid)) for number, row in enumerate(grid))
        yield self._axis(len(grid[0]))
        shades = "  ".join(f"{self._shades()[level]} {least:,}" for level, least in _least(largest))
        yield Text(f"{'':<{MARGIN}}spans from: {shades}, at most {largest:,}", palette.DIM)

    def _shades(self) -> str:
        return ASCII_SHADES if self.glyphs is ASCII else SHADES

    def _grid(self, cells: int) -> tuple[list[list[int]], int]:
        """Counts, the longest durations in the first row; and how many steps a column has."""
        buckets, wide, high = self.found.buckets, -(-self.found.steps // cells), self._high()
        grid = [[0] * -(-self.found.steps // wide) for _ in range(-(-len(buckets) // high))]
        for cell in self.found.cells:
            row = (cell.bucket - buckets.start) // high
            grid[-1 - row][(cell.start_ns - self.found.since_ns) // self.found.step_ns // wide] += cell.spans
        return grid, wide

    def _high(self) -> int:
        """How many buckets a row has."""
        return max(1, -(-len(self.found.buckets) // MOST_ROWS))

    def _line(self, number: int, row: list[int], largest: int, rows: int) -> Text:
        high = self._high()
        bound = bound_ms(self.found.buckets.start + (rows - 1 - number) * high)
        label = self.glyphs.plain(format_duration(round(bound * NS["ms"])))
        text = Text(f"{label:>{MARGIN - 2}} ", palette.DIM, no_wrap=True).append(self.glyphs.rail, palette.DIM)
        for count in row:
            level = _level(count, largest)
            text.append(self._shades()[level], STYLES[level])
        return text

    def _axis(self, columns: int) -> Text:
        first, last = (
            format_instant(ns, self.zone, 0)[:16].replace("T", " ") for ns in (self.found.since_ns, self.found.until_ns)
        )
        zone = f" ({zone_name(self.zone)})"
        gap = max(2, columns - len(first) - len(last) - len(zone))
        return Text(f"{'':<{MARGIN}}{first}{' ' * gap}{last}{zone}", palette.DIM, no_wrap=True)


def _level(count: int, largest: int) -> int:
    """0 for nothing, 1 to 4 by the logarithm of a count: few slow ones are what one looks for."""
    if not count:
        return 0
    return 1 if largest == 1 else 1 + min(3, int(log(count) / log(largest) * 4 - 1e-9))


def _least(largest: int) -> Iterator[tuple[int, int]]:
    """(level, its least count) of the levels that there are up to the largest count."""
    least = (1, *(ceil(largest ** (level / 4) + 1e-9) for level in (1, 2, 3)))
    yield from ((level, count) for level, count in enumerate(least, 1) if count <= largest and _level(count, largest) == level)


def heatmap_view(found: Heatmap, of: str, zone: tzinfo, glyphs: Glyphs) -> RenderableType:
    """Time and durations as a map in characters."""
    return HeatmapView(found, of, zone, glyphs)
