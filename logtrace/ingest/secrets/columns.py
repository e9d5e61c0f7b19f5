"""Values of an SQL statement that names its columns: INSERT INTO users (name, password) VALUES ('ada', '…')."""

from __future__ import annotations

from logtrace.patterns import lazy_pattern

_LIST = lazy_pattern(rb"(?i)\b(?:insert|replace|merge)\s[^()]{0,200}\(([^()]*)$")
_VALUES = lazy_pattern(rb"(?i)[^()]{0,2000}\)\s*values\s*")
_ROW = lazy_pattern(rb"\(((?:[^()']|'[^'\n]*')*)\)\s*,?\s*")
_CELL = lazy_pattern(rb"\s*('[^'\n]*'|[^,']*)\s*(?:,|$)")
_BEFORE = 500


def values_of(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The places of the texts that go into the column whose name stands from start to end; none where it is no such column."""
    names = _LIST.search(data, max(0, start - _BEFORE), start)
    values = _VALUES.match(data, end) if names is not None else None
    if names is None or values is None:
        return []
    found, number, at = [], names[1].count(b","), values.end()
    while row := _ROW.match(data, at):
        cells = list(_CELL.finditer(data, row.start(1), row.end(1)))
        if number < len(cells) and cells[number][1].startswith(b"'"):
            found.append((cells[number].start(1) + 1, cells[number].end(1) - 1))
        at = row.end()
    return found
