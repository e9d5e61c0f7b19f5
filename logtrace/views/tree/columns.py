"""The columns of a waterfall row: how wide each is, and the short texts in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from logtrace.analysis.traces.findings import Findings
from logtrace.analysis.traces.folding import Fold
from logtrace.model import ErrorLevel, Flag, LineRef, Span
from logtrace.units import format_duration
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import ASCII, Glyphs
from logtrace.views.elements.names import duration_text
from logtrace.views.tree.labels import TreeColumn, count_text, fold_text, label
from logtrace.views.tree.rows import Row

MIN_BARS_WIDTH = 60
WORDS_WIDTH = 100
MIN_TREE = 12
BAR_GAP = 2
OWN_TITLE = "self"


class Columns(NamedTuple):
    """Widths in cells: the whole line, the tree, durations, self times and bars (0: none); whether marks have words."""

    width: int
    tree: TreeColumn
    duration: int
    own: int
    words: bool
    bars: int


class Mark(NamedTuple):
    """The sign of a row, with its word where there is room, and its style; `urgent` colours the duration too."""

    text: str
    style: str
    urgent: bool


def mark(span: Span, slow: bool, glyphs: Glyphs, words: bool) -> Mark:
    """Error before slow before well; nothing for a span whose end is unknown."""
    if span.error == ErrorLevel.HARD:
        return Mark(glyphs.error + " ERROR" * words, palette.ERROR, True)
    if slow:
        return Mark(glyphs.slow + " SLOW" * words, palette.SLOW, True)
    if span.error:
        return Mark(glyphs.soft + " error line" * words, palette.SOFT_ERROR, True)
    return Mark("" if span.duration_ns is None or span.phantom else glyphs.ok, palette.DIM, False)


def own_texts(rows: Sequence[Row], found: Findings, glyphs: Glyphs) -> dict[int, str]:
    """Span key → its self time, for spans with children that are shown: all of a leaf's time is its own."""
    parents = [rows[row.parent].item for row in rows if row.parent >= 0 and not isinstance(row.item, LineRef)]
    spans = {item.key: item for item in parents if isinstance(item, Span) and not item.flags & Flag.LOWER_BOUND}
    times = {key: found.self_ns(span) for key, span in spans.items() if not span.phantom}
    return {key: glyphs.plain(format_duration(ns)) for key, ns in times.items() if ns is not None}


def plan(
    rows: Sequence[Row], slow: Mapping[int, str], own: Mapping[int, str], width: int, timed: bool, glyphs: Glyphs
) -> Columns:
    """Column widths for a line of `width` cells: names shrink first, then bars; durations and marks never.

    own     see own_texts: they have a column from 100 cells on
    """
    spans = [row.item for row in rows if isinstance(row.item, Span)]
    duration = max((cell_len(duration_text(span, glyphs)) for span in spans), default=1)
    words = width >= WORDS_WIDTH and glyphs is not ASCII
    sign = max((len(mark(span, span.key in slow, glyphs, words).text) for span in spans), default=0)
    self_cells = max([len(OWN_TITLE), *map(cell_len, own.values())]) if own and width >= WORDS_WIDTH else 0
    left = max(MIN_TREE, width - duration - sign - 2 - self_cells - bool(self_cells))
    bars = timed and width >= MIN_BARS_WIDTH
    most = (left - BAR_GAP) * 11 // 20 if bars else left
    depth = max((row.depth for row in rows if not isinstance(row.item, LineRef)), default=0)
    unit = 4 if depth * 4 <= most * 2 // 5 else 2
    tree = TreeColumn(unit, max(2, most * 2 // 5 // unit), len(str(depth)), most)
    needed = max(MIN_TREE, needed_tree(rows, tree, width - left, glyphs))
    tree = tree._replace(cells=min(most, needed))
    return Columns(width, tree, duration, self_cells, words, left - BAR_GAP - tree.cells if bars else 0)


def needed_tree(rows: Sequence[Row], tree: TreeColumn, beside: int, glyphs: Glyphs) -> int:
    """Cells that the widest label takes, at most the tree's; a fold's numbers have `beside` cells after it."""
    widest = 0
    for place, row in enumerate(rows):
        if widest >= tree.cells:
            break
        if isinstance(row.item, Fold):
            wide = tree._replace(cells=tree.cells + beside)
            widest = max(widest, label(rows, place, wide, glyphs, fold_text(row, row.item, glyphs)).cell_len - beside)
        elif isinstance(row.item, Span):
            widest = max(widest, label(rows, place, tree, glyphs, count_text(row, glyphs)).cell_len)
    return widest
