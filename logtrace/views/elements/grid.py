"""Columns of text without frames, where numbers and ids are never cut: one last column takes what room is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from logtrace.views.elements import palette
from logtrace.views.elements.text import wrap

GAP = 2
MIN_LAST = 6
INDENT = 8


class Column(NamedTuple):
    """A column as wide as its widest cell; `right` aligns numbers. spare: it goes where the last column has little room,
    those with the highest number first; 0: it stays."""

    title: str
    right: bool = False
    spare: int = 0


def roomy(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int, least: int
) -> tuple[list[Column], list[list[Text]]]:
    """Columns and rows without those columns that may go, as far as the last one needs it to have `least` cells."""
    kept = list(range(len(columns)))
    widths = [max([cell_len(column.title), *(row[at].cell_len for row in rows)]) for at, column in enumerate(columns)]
    least = min(least, widths[-1])
    while width - sum(widths[at] + GAP for at in kept[:-1]) < least:
        spare = max(kept, key=lambda at: columns[at].spare)
        if not columns[spare].spare:
            break
        kept.remove(spare)
    return [columns[at] for at in kept], [[row[at] for at in kept] for row in rows]


def grid(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int, cut: bool, least: int = 0) -> Iterator[Text]:
    """The titles, then a line per row. The last column has the rest of the width: `cut` there, or else wrapped; where it
    would have less than `least` cells, it stands below its row."""
    widths = [max([cell_len(column.title), *(row[at].cell_len for row in rows)]) for at, column in enumerate(columns[:-1])]
    room = max(MIN_LAST, width - sum(widths) - GAP * len(widths))
    if room < least:
        yield from _below(columns, rows, widths, width)
        return
    yield _line(columns, widths, [Text(column.title, palette.DIM) for column in columns])
    for row in rows:
        first, *more = [_truncated(row[-1], room)] if cut else [Text(line, row[-1].style) for line in wrap(row[-1].plain, room)]
        yield _line(columns, widths, [*row[:-1], first])
        yield from (Text(" " * (sum(widths) + GAP * len(widths)), no_wrap=True).append_text(line) for line in more)


def _below(columns: Sequence[Column], rows: Sequence[Sequence[Text]], widths: Sequence[int], width: int) -> Iterator[Text]:
    """Each row with its last cell below it."""
    yield _line(columns, widths, [*(Text(column.title, palette.DIM) for column in columns[:-1]), Text()])
    for row in rows:
        yield _line(columns, widths, [*row[:-1], Text()])
        lines = wrap(row[-1].plain, width - INDENT)
        yield from (Text(" " * INDENT, no_wrap=True).append(line, row[-1].style) for line in lines)


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[Text]) -> Text:
    line = Text(no_wrap=True)
    for column, width, cell in zip(columns, widths, cells, strict=False):
        space = " " * (width - cell.cell_len)
        line.append(space if column.right else "").append_text(cell).append(("" if column.right else space) + " " * GAP)
    return line.append_text(cells[-1])


def _truncated(text: Text, cells: int) -> Text:
    short = text.copy()
    short.truncate(cells, overflow="ellipsis")
    return short
