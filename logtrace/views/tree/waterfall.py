"""A trace as a tree with bars on one time axis: the main thing people look at.

    trace     4bf92f3577b34da6a3ce929d0e0e4736
    request   POST /api/v1/tasks, edge-mcp
    ...
                                              0            2s           4s
    edge-mcp: POST /api/v1/tasks     5.2s ✓   ────────────────────────────────
    ├── ValidateRequest              10ms ✓   ╸
    └── CreateTask                   4.8s ⚠    ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
          slow: 92 % of the trace, 4.8s of its own
          db.statement: INSERT INTO tasks…

    path ━    CreateTask 4.8s (92 %) · AuthorizeUser 200ms (4 %) · 3 more 200ms (4 %)

Bars are heavy on the critical path, light beside it; a parent's own time stands beside its duration where there is room.

Order of work: nodes (what the options keep, folded) → rows (within the limit) → columns (widths) → lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from logtrace.analysis.traces.findings import Findings, findings
from logtrace.analysis.traces.slow import slow_spans
from logtrace.model import Trace
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import ASCII, UNICODE, Glyphs
from logtrace.views.elements.text import wrap
from logtrace.views.tree.bars import Axis
from logtrace.views.tree.columns import own_texts, plan
from logtrace.views.tree.details import told_below
from logtrace.views.tree.findings import findings_lines
from logtrace.views.tree.footer import footer
from logtrace.views.tree.header import header
from logtrace.views.tree.nodes import Node, tree_nodes
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.path_marks import path_marks
from logtrace.views.tree.picture import Picture, axis_line, loose_line, row_lines
from logtrace.views.tree.rows import Row, limited_rows

NO_HISTORY: Mapping[tuple[str, str], tuple[int, int]] = {}
DEFAULTS = WaterfallOptions()


def waterfall(
    trace: Trace,
    history: Mapping[tuple[str, str], tuple[int, int]] = NO_HISTORY,
    options: WaterfallOptions = DEFAULTS,
    found: Findings | None = None,
) -> Waterfall:
    """The trace for a console of any width from 40 cells; no line is wider, no duration and no error is cut.

    history     (service, operation) → (samples, p99_ns): what is slow for an operation
    found       the findings about the trace, where they are known
    """
    made = Waterfall(trace, slow_spans(trace, history), options)
    if found is not None:
        made.findings = found
    return made


@dataclass
class Waterfall:
    """A renderable: the layout is made when the width is known.

    first   spans that come before others, beside errors and slow ones, where rows are limited
    """

    trace: Trace
    slow: Mapping[int, str]
    options: WaterfallOptions
    first: Collection[int] = ()

    @property
    def glyphs(self) -> Glyphs:
        return ASCII if self.options.ascii else UNICODE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines(options.max_width):
            line.rstrip()
            yield from line.render(console, end="\n")  # lines fit already: no second wrapping

    @cached_property
    def findings(self) -> Findings:
        return findings(self.trace)

    @cached_property
    def nodes(self) -> list[Node]:
        return tree_nodes(self.trace, self.slow.keys(), self.options)

    @cached_property
    def rows(self) -> list[Row]:
        return limited_rows(self.nodes, {*self.slow, *self.first}, None if self.options.all else self.options.max_rows)

    def lines(self, width: int) -> Iterator[Text]:
        """Header, axis, rows, lines without a span, footer."""
        yield from header(self.trace, width, self.options.zone, self.glyphs)
        yield Text()
        if self.rows:
            yield from (line for block in self.tree(width) for line in block)
        yield from self._loose_lines(width)
        told = list(findings_lines(self.findings, width, self.glyphs))
        yield from [Text()] * bool(told) + told
        notes = list(footer(self.trace, self.nodes, self.rows, self.options))
        yield from [Text()] * bool(notes)
        for note in notes:
            yield from (Text(line, palette.DIM) for line in wrap(note, width))

    def _loose_lines(self, width: int) -> Iterator[Text]:
        """The log lines without a span: with the spans' own lines, or where there is nothing else to show."""
        lines = self.trace.lines if self.options.logs or not self.trace.spans else ()
        limit = len(lines) if self.options.all else self.options.max_rows
        if lines and self.trace.spans:
            yield from (Text(), Text("log lines without a span", palette.DIM))
        yield from (loose_line(line, self.trace.start_ns, width, self.glyphs) for line in lines[:limit])
        if len(lines) > limit:
            yield Text(f"{len(lines) - limit:,} more lines: --all shows them", palette.DIM)

    def tree(self, width: int) -> Iterator[list[Text]]:
        """The line of the axis, where there is one; then for each row its line and the lines under it."""
        start_ns, duration_ns = self.trace.start_ns, self.trace.duration_ns
        own = own_texts(self.rows, self.findings, self.glyphs)
        columns = plan(self.rows, self.slow, own, width, duration_ns is not None, self.glyphs)
        axis = Axis(start_ns or 0, duration_ns or 0, columns.bars)
        if columns.bars:
            yield [axis_line(axis, columns, self.glyphs)]
        heavy = path_marks(self.trace, self.rows, self.findings.path)
        told = told_below(self.rows)
        picture = Picture(self.rows, self.slow, told, columns, axis, heavy, own, self.options, self.glyphs, start_ns)
        yield from (list(row_lines(picture, place)) for place in range(len(self.rows)))
