"""The tree column: rails and connectors, then service, name and what is said about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from logtrace.analysis.traces.folding import Fold
from logtrace.model import LineRef, Rank, Span
from logtrace.units import format_duration
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.names import SURE, span_name
from logtrace.views.elements.text import clean, fit
from logtrace.views.tree.rows import Row


class TreeColumn(NamedTuple):
    """How the tree is drawn: cells per level (4 or 2), levels at most, digits of the deepest level, the column's width."""

    unit: int
    levels: int
    digits: int
    cells: int


def rails(rows: Sequence[Row], place: int, column: TreeColumn, glyphs: Glyphs, numbered: bool = True) -> str:
    """A rail for each ancestor (and the row) that has a later sibling, before them the number of levels without room."""
    signs: list[str] = []
    hidden = 0
    while place >= 0 and rows[place].depth > 0:
        if len(signs) == column.levels:
            hidden = rows[place].depth
            break
        signs.append((" " if rows[place].last else glyphs.rail).ljust(column.unit))
        place = rows[place].parent
    head = f"{hidden:>{column.digits}}{glyphs.ellipsis} " if hidden else ""
    return (head if numbered else " " * len(head)) + "".join(reversed(signs))


def prefix(rows: Sequence[Row], place: int, column: TreeColumn, glyphs: Glyphs) -> str:
    """The rails of a row's ancestors and its own connector; nothing for a root."""
    row = rows[place]
    if row.depth == 0:
        return ""
    sign = glyphs.corner if row.last else glyphs.tee
    return rails(rows, row.parent, column._replace(levels=column.levels - 1), glyphs) + sign + _arm(row, column.unit, glyphs)


def _arm(row: Row, unit: int, glyphs: Glyphs) -> str:
    """The horizontal part of a connector, with the blank after it."""
    parent = span_of(row).parent
    length = unit - 2 if unit > 2 else 1
    if parent.observed:
        return glyphs.dash * length + " "
    if parent.confidence >= SURE:
        return glyphs.guess * length + " "
    return glyphs.guess * (length - 1) + "? "


def span_of(row: Row) -> Span:
    """The span a row shows: of a fold its first. Rows of log lines have none."""
    assert not isinstance(row.item, LineRef)
    return row.item.first if isinstance(row.item, Fold) else row.item


def label(rows: Sequence[Row], place: int, column: TreeColumn, glyphs: Glyphs, after: str) -> Text:
    """The tree column of a row in at most its cells, `after` at its end: the name gives way first, then the service."""
    row = rows[place]
    span = span_of(row)
    before = prefix(rows, place, column, glyphs) + (f"{row.gap}{glyphs.ellipsis} " if row.gap else "")
    service, name = _shared(_service(rows, row), span_name(span), column.cells - cell_len(before + after), glyphs)
    colour = palette.service_style(span.service)
    text = Text(before, no_wrap=True)
    text.append(service, f"bold {colour}")
    text.append(name, f"{_name_style(span)} {colour}")
    text.append(after)
    text.truncate(column.cells)
    return text


def _shared(service: str, name: str, cells: int, glyphs: Glyphs) -> tuple[str, str]:
    """`service: ` and the name in so many cells together; a long service leaves the name two thirds."""
    if service and cell_len(service) + 2 + cell_len(name) > cells:
        service = fit(service, max(cells // 3, cells - 2 - cell_len(name)), glyphs.ellipsis)
    service = f"{service}: " if service else ""
    return service, fit(name, max(0, cells - cell_len(service)), glyphs.ellipsis, middle="/" in name)


def fold_numbers(fold: Fold, glyphs: Glyphs) -> str:
    """`p50 1.2ms  max 30ms`; "" where no duration is known."""
    if fold.p50_ns is None or fold.max_ns is None:
        return ""
    return glyphs.plain(f"p50 {format_duration(fold.p50_ns)}  max {format_duration(fold.max_ns)}")


def fold_text(row: Row, fold: Fold, glyphs: Glyphs) -> str:
    """A fold's count and its numbers."""
    numbers = fold_numbers(fold, glyphs)
    return count_text(row, glyphs) + (f"  {numbers}" if numbers else "")


def count_text(row: Row, glyphs: Glyphs) -> str:
    """What follows a name: a fold's count, the spans left out under it."""
    text = ""
    if isinstance(row.item, Fold):
        text = f" {glyphs.times} {row.item.count:,}"
        text += f" (+{row.item.spans - row.item.count:,} below)" if row.item.spans > row.item.count else ""
    return text + (f" (+{row.omitted:,})" if row.omitted else "")


def _service(rows: Sequence[Row], row: Row) -> str:
    """The service in text where it differs from the parent's."""
    service = span_of(row).service
    above = span_of(rows[row.parent]).service if row.parent >= 0 else ""
    return clean(service) if service != above else ""


def _name_style(span: Span) -> str:
    return palette.DIM if span.phantom else "italic" if span.name_rank > Rank.DERIVED else ""
