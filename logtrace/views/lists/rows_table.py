"""The rows of an SQL query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from logtrace.views.elements import palette
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.text import clean, value_text

MIN_QUERY_CELLS = 12
"""A column with less than this is no column."""


def rows_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> RenderableType:
    """The rows of a query under their column names; long values wrap, nothing is cut. NULL is shown dim.

    With more columns than fit, each row is a block of `column  value` lines instead.
    """
    return QueryRows([clean(name) for name in columns], [[_cell(value) for value in row] for row in rows])


@dataclass(frozen=True)
class QueryRows:
    """A renderable that decides between a table and blocks when the width is known."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Text]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if len(self.columns) * MIN_QUERY_CELLS <= options.max_width:
            yield self._table()
        else:
            yield from self._blocks(options.max_width)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=palette.DIM)
        for name in self.columns:
            table.add_column(Text(name), overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        return table

    def _blocks(self, width: int) -> Iterator[Text]:
        columns = [Column(""), Column("")]
        for number, row in enumerate(self.rows):
            yield Text(f"row {number + 1}", palette.DIM)
            named = [(Text(name, palette.DIM), value) for name, value in zip(self.columns, row, strict=True)]
            yield from list(grid(columns, named, width, cut=False))[1:]


def _cell(value: Any) -> Text:
    if value is None:
        return Text("NULL", palette.DIM)
    if isinstance(value, bytes):
        return Text(value.hex())
    return Text(value_text(value))
