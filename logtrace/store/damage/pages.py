"""The rows of an SQLite file straight from its pages, where its schema or its trees are too damaged for SQL.

Only leaves of tables with a row id are looked at, each by itself; a page that makes no sense is passed.
Format: https://www.sqlite.org/fileformat2.html, sections 1.6 and 2.1.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_LEAF = 0x0D
_PAGE_SIZES = {1 << power for power in range(9, 17)}
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MAX_VARINT = 9
_FLOAT = 7
_FIRST_TEXT = 12


class Cell(NamedTuple):
    """Where a row lies: its id, the bytes of its record, the offset of those that lie in its own page, how many those are,
    and the page on which it goes on (0: none)."""

    row_id: int
    size: int
    at: int
    here: int
    more: int


class Pages:
    """The pages of a file that is not changed meanwhile; close it."""

    def __init__(self, path: Path, usual_size: int) -> None:
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        told = int.from_bytes(self._data[16:18], "big")
        told = 1 << 16 if told == 1 else told
        self._size = told if told in _PAGE_SIZES else usual_size

    def close(self) -> None:
        """Lets go of the file."""
        self._data.close()

    def cells(self) -> Iterator[Cell]:
        """The rows of all leaves, page by page."""
        for base in range(0, len(self._data) - self._size + 1, self._size):
            head = base + (100 if base == 0 else 0)
            if self._data[head] != _LEAF:
                continue
            (count,) = struct.unpack_from(">H", self._data, head + 3)
            for pointer in range(head + 8, min(head + 8 + 2 * count, base + self._size - 1), 2):
                (offset,) = struct.unpack_from(">H", self._data, pointer)
                cell = self._cell(base, offset)
                if cell is not None:
                    yield cell

    def _cell(self, base: int, offset: int) -> Cell | None:
        end = base + self._size
        size, at = self._varint(base + offset, end)
        row_id, at = self._varint(at, end)
        here = self._local(size)
        whole = here == size
        if not 0 < offset < self._size or at + here + (0 if whole else 4) > end or size > len(self._data):
            return None
        more = 0 if whole else struct.unpack_from(">I", self._data, at + here)[0]
        return Cell(row_id, size, at, here, more)

    def _local(self, size: int) -> int:
        """How many bytes of a record lie in the page of its row."""
        most = self._size - 35
        if size <= most:
            return size
        least = (self._size - 12) * 32 // 255 - 23
        found = least + (size - least) % (self._size - 4)
        return found if found <= most else least

    def values(self, cell: Cell, *, many: int) -> list[Any] | None:
        """The values of a row; None where it has another number of them, or no sense. The first, its id, is None in the file."""
        return _values(self._record(cell), many) if self._head(cell, many) else None

    def begins_with(self, cell: Cell, magic: bytes) -> bool:
        """Whether a row is (id, bytes that begin so)."""
        head = self._head(cell, 2)
        at = cell.at + len(head)
        return bool(head) and self._data[at : at + len(magic)] == magic

    def _head(self, cell: Cell, many: int) -> bytes:
        """The head of a record, which says of what types its values are; b"" where it has another number of them."""
        data = self._data[cell.at : cell.at + min(cell.here, 200)]
        size, _ = _varint(data, 0)
        head = data[:size]
        return head if 0 < size == len(head) and len(_types(head)) == many else b""

    def _record(self, cell: Cell) -> bytes:
        parts, page, left = [self._data[cell.at : cell.at + cell.here]], cell.more, cell.size - cell.here
        while left > 0 and 0 < page <= len(self._data) // self._size:
            base = (page - 1) * self._size
            parts.append(self._data[base + 4 : base + 4 + min(left, self._size - 4)])
            left -= self._size - 4
            (page,) = struct.unpack_from(">I", self._data, base)
        return b"".join(parts)

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        data = self._data[at : min(end, at + _MAX_VARINT)]
        value, used = _varint(data, 0)
        return value, at + used


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(a number, where it ends); what is cut off ends the data."""
    value = 0
    for index in range(_MAX_VARINT):
        if at + index >= len(data):
            return value, len(data)
        byte = data[at + index]
        if index == _MAX_VARINT - 1:
            return (value << 8) | byte, at + _MAX_VARINT
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + index + 1
    return value, at + _MAX_VARINT


def _types(head: bytes) -> list[int]:
    types, at = [], _varint(head, 0)[1]
    while at < len(head):
        kind, at = _varint(head, at)
        types.append(kind)
    return types


def _values(record: bytes, many: int) -> list[Any] | None:
    head, _ = _varint(record, 0)
    types = _types(record[:head])
    if len(types) != many:
        return None
    found, at = [], head
    for kind in types:
        value, size = _value(kind, record, at)
        found.append(value)
        at += size
    return found if at == len(record) else None


def _value(kind: int, record: bytes, at: int) -> tuple[Any, int]:
    """(a value, how many bytes it takes)."""
    if kind in _INTEGERS:
        return int.from_bytes(record[at : at + _INTEGERS[kind]], "big", signed=True), _INTEGERS[kind]
    if kind >= _FIRST_TEXT:
        size = (kind - _FIRST_TEXT) // 2
        data = record[at : at + size]
        return (data.decode(errors="replace") if kind % 2 else data), size
    if kind == _FLOAT:
        return (struct.unpack(">d", record[at : at + 8])[0] if len(record) >= at + 8 else None), 8
    return {8: 0, 9: 1}.get(kind), 0
