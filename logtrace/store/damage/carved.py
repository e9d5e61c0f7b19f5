"""Lines from the pages of a store's file, by what they look like: where SQLite can't follow the pages, or not even tell the
tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from logtrace.errors import StoreError
from logtrace.store.damage.pages import Cell, Pages
from logtrace.store.damage.salvage import Text, Wreck, fitting
from logtrace.store.file.database import PAGE_SIZE, bare_reader, version_of
from logtrace.store.writing.writer import SourceRow

_ZSTD = b"\x28\xb5\x2f\xfd"
_LOOKS: dict[str, tuple[str, ...]] = {
    "source": SourceRow._fields,
    "chunk": ("id", "source_id", "first_line", "lines", "used", "untraced", "min_ns", "max_ns", "size"),
    "note": ("id", "subject", "text", "written_ns"),
}


class Carved(Wreck):
    """A store of which SQLite can't even tell the tables: rows are told from the pages by their looks. What is not in the
    file itself (but in a write-ahead log) is not seen; what was deleted and not overwritten since is."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._pages = Pages(path, PAGE_SIZE)
        self._cells: dict[int, Cell] = {}
        self._found: dict[str, dict[int, list[Any]]] = {"source": {}, "chunk": {}, "chunk_data": {}, "note": {}}
        for cell in self._pages.cells():
            self._sort(cell)

    def _sort(self, cell: Cell) -> None:
        if self._pages.begins_with(cell, _ZSTD):
            self._cells[cell.row_id] = cell
            self._found["chunk_data"][cell.row_id] = [cell.row_id]
            return
        for table, columns in _LOOKS.items():
            values = self._pages.values(cell, many=len(columns))
            if values is not None and values[0] is None and fitting(table, columns)((cell.row_id, *values[1:])):
                self._found[table][cell.row_id] = [cell.row_id, *values[1:]]

    def close(self) -> None:
        self._pages.close()
        super().close()

    def is_overlong(self, chunk: int) -> bool:
        _, _, _, lines, used, untraced, *_ = self._found["chunk"].get(chunk, [0] * 9)
        return (lines, used, untraced) == (1, 0, 0) and chunk not in self._cells

    def packed(self, chunk: int) -> bytes | None:
        cell = self._cells.get(chunk)
        values = self._pages.values(cell, many=2) if cell else None
        return values[1] if values else None

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        known = _LOOKS.get(table, columns)
        places = [known.index(column) for column in columns]
        for _, row in sorted(self._found[table].items()):
            yield tuple(row[at] for at in places)

    def written(self, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        columns = _LOOKS.get(table, ())
        return list(columns), list(self.rows(table, columns)) if columns else []


class Patched(Wreck):
    """A store whose tables are known: a piece of text that SQLite does not get at (a page on the way to it is damaged, or in
    the place of another) is looked for in the pages."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._carved: Carved | None = None
        self._patched: set[int] = set()

    def close(self) -> None:
        if self._carved is not None:
            self._carved.close()
        super().close()

    def data(self, chunk: int) -> bytes | None:
        found = super().data(chunk)
        if found is None and not self.is_overlong(chunk):
            self._patched.add(chunk)
            found = super().data(chunk)
        return found

    def packed(self, chunk: int) -> bytes | None:
        if chunk not in self._patched:
            return super().packed(chunk)
        if self._carved is None:
            self._carved = Carved(self.path)
        return self._carved.packed(chunk)


def wreck_of(path: Path) -> tuple[Wreck, list[Text]]:
    """(a store as far as it can be read, its pieces of text): by its tables; where these lead to no text any more, by the looks
    of pages alone. Raises StoreError where it can't be opened at all, or is empty."""
    with closing(bare_reader(path)) as connection:
        if not path.stat().st_size:
            raise StoreError(f"{path} is empty", "ingest the logs into it")
        try:
            known = version_of(connection, path)
        except StoreError:
            known = 0
    if known:
        wreck = Patched(path)
        texts = list(wreck.texts())
        if any(text.state in ("whole", "gone") for text in texts):
            return wreck, texts
        wreck.close()
    carved = Carved(path)
    return carved, list(carved.texts())
