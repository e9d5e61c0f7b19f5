"""The moulds of a run: the names of many lines at once, by one pattern for all that are alike up to their last name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from logtrace.ingest.texts.mould import NAMES, QUICK, ROOM, Piece, mould_of, pattern_of, pattern_of_any

_MOST_HEADS, _MOST_TAILS = 8, 60

_NO_CONTROLS = bytes([ord("\n"), *range(32, 256)])
_DIGITS = b"0123456789abcdef "


Columns = tuple[Sequence[bytes], Sequence[bytes], Sequence[bytes]]
"""The trace, span and service of lines, b"" for none."""


class Moulds:
    """Those made so far; so few that no log makes reading slow."""

    def __init__(self) -> None:
        self._heads: list[_Head] = []

    def learn(self, line: bytes, keys: Mapping[bytes, str]) -> bool:
        """Makes the mould of a JSON object (see mould_of). Whether there was none like it."""
        mould = mould_of(line, keys)
        if mould is None:
            return False
        head = next((known for known in self._heads if (known.pieces, known.names) == (mould.head, mould.names)), None)
        if head is None and len(self._heads) < _MOST_HEADS:
            head = _Head(mould.head, mould.names)
            self._heads.append(head)
        return head is not None and head.add(mould.tail)

    def read(self, data: bytes, many: int, is_text: bool = False) -> Columns:
        """What so many lines with line ends name; the trace is b"" also where no mould fits. is_text: whether they are known to
        be UTF-8 without controls."""
        if not self._heads or not (is_text or _is_text(data)):
            return (nothing := [b""] * many), nothing, nothing
        first, *others = self._heads
        found = first.read(data, many)
        if others and (left := found[0].count(b"")):
            if 2 * left > many:  # the more lines fit the first, the fewer are read twice
                self._heads = [*others, first]
            return _filled(found, data.split(b"\n"), others)
        return found


class _Head:
    """Moulds that are alike up to the last name."""

    def __init__(self, pieces: tuple[Piece, ...], names: tuple[str, ...]) -> None:
        self.pieces = pieces
        self.names = names
        self._tails: list[tuple[Piece, ...]] = []
        self._compiled: dict[bool, re.Pattern[bytes]] = {}

    def add(self, tail: tuple[Piece, ...]) -> bool:
        """Whether such a mould was not known."""
        if tail in self._tails or len(self._tails) >= _MOST_TAILS:
            return False
        self._tails.append(tail)
        self._compiled.clear()
        return True

    def read(self, data: bytes, many: int) -> Columns:
        """As Moulds.read, of so many lines."""
        rows = self._pattern(quick=True).findall(data) if b"\\" not in data else []
        if len(rows) != many or not _are_ids(found := self._columns(rows)):
            found = self._columns(self._pattern(quick=False).findall(data))
        return found

    def _columns(self, rows: list[tuple[bytes, ...]]) -> Columns:
        columns = dict(zip(self._groups, zip(*rows, strict=True), strict=True))
        return columns["trace"], columns["span"], columns["service"]

    @property
    def _groups(self) -> tuple[str, ...]:
        return (*self.names, *[name for name in NAMES if name not in self.names])

    def _pattern(self, *, quick: bool) -> re.Pattern[bytes]:
        if quick not in self._compiled:
            room, others = QUICK if quick else ROOM, b"()" * (len(NAMES) - len(self.names))
            text = b"%b%b%b\n|[^\n]*\n" % (pattern_of(self.pieces, room), pattern_of_any(self._tails, room), others)
            self._compiled[quick] = re.compile(text)
        return self._compiled[quick]


def _filled(found: Columns, lines: Sequence[bytes], heads: Iterable[_Head]) -> Columns:
    """What was found, and what these heads find in lines that have fitted none so far."""
    columns = tuple(map(list, found))
    for head in heads:
        left = [at for at, trace in enumerate(columns[0]) if not trace]
        data = b"".join([lines[at] + b"\n" for at in left])
        for at, *names in zip(left, *head.read(data, len(left)), strict=True) if left else ():
            for column, name in zip(columns, names, strict=True):
                column[at] = name
    traces, spans, services = columns
    return traces, spans, services


def _are_ids(found: Columns) -> bool:
    """Whether all traces and spans are hexadecimal digits, and surely not only zeros."""
    traces, spans = b" ".join(found[0]), b" ".join(found[1])
    return not (traces.translate(None, _DIGITS) or spans.translate(None, _DIGITS) or b"0" * 32 in traces or b"0" * 16 in spans)


def _is_text(data: bytes) -> bool:
    """Whether what stands between quotes in any of these lines may be a text of JSON: UTF-8 without control characters."""
    if data.translate(None, _NO_CONTROLS):
        return False
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False
