"""The lines of a span as its row has them: as JSON, or packed where messages come again.

JSON (see of_fragments): a list of the time of the first line, in ns since 1970, left out where it is the span's start, then
[chunk, line, ns after the first, severity, hash, message] of each line.

Packed, big-endian: 8 bytes for the time of the first line, left out likewise; then of each line

    3 chunk   3 line in the chunk   6 ns after the first   1 severity   4 hash   3 message, its number in the table `body`

Packed lines take fewer bytes, and numpy makes those of many spans at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from struct import Struct
from typing import Any

import orjson

from logtrace.model import LineRef

BASE = 8
"""Bytes of the time of the first line."""

FIELDS = (("chunk", 3), ("line", 3), ("offset", 6), ("severity", 1), ("hash", 4), ("body", 3))
"""The fields of a packed line and their bytes, in order."""

SIZE = sum(size for _, size in FIELDS)

MOST_CHUNKS = 1 << 24
"""Lines of chunks with a higher number can't be packed: from some 16 TB on."""

MOST_NS = 1 << 48
"""Nor can lines so long after the first of their span, 78 hours."""

Body = Callable[[int, int], str]
"""Gives the message with a number among those of a chunk."""


def bodies_of(rows: Iterable[tuple[int, int, str]]) -> Body:
    """The messages that rows of the table `body` give."""
    known = {(chunk, number): text for chunk, number, text in rows}
    return lambda chunk, number: known[chunk, number]


def told(kept: str | bytes, body: Body) -> list[Any]:
    """The lines of a row as its JSON tells them. Raises ValueError for what are none."""
    if isinstance(kept, str):
        return orjson.loads(kept)  # type: ignore[no-any-return]
    base = len(kept) % SIZE
    if base not in (0, BASE):
        raise ValueError("packed lines of no possible length")
    found: list[Any] = [int.from_bytes(kept[:base], "big", signed=True)] if base else []
    for c, hunk, at, line, above, below, severity, text_hash, n, number in _PACKED.iter_unpack(kept[base:]):
        chunk = c << 8 | hunk
        found.append([chunk, at << 8 | line, above << 32 | below, severity, text_hash, body(chunk, n << 8 | number)])
    return found


_PACKED = Struct(">HBHBHIBIHB")
"""The fields of a packed line; those of 3 and 6 bytes in two numbers each."""


def joined(rows: Iterable[tuple[bytes, int]]) -> tuple[int, bytes] | None:
    """(the time of the first line, all lines packed from then on) of the packed lines of rows, each with the start of its span;
    None where a line comes twice, or too late to be packed."""
    parts = [(int.from_bytes(kept[:at], "big", signed=True) if (at := len(kept) % SIZE) else start_ns, kept[at:])
             for kept, start_ns in rows]  # fmt: skip
    first_ns = min(base for base, _ in parts)
    found, distinct = list[bytes](), set[tuple[int, bytes]]()
    for base, lines in parts:
        for line in (lines[at : at + SIZE] for at in range(0, len(lines), SIZE)):
            offset = int.from_bytes(line[_OFFSET], "big") + base - first_ns
            if offset >= MOST_NS:
                return None
            distinct.add((offset, line[_HASH]))
            found.append(line[: _OFFSET.start] + offset.to_bytes(6, "big") + line[_OFFSET.stop :])
    return (first_ns, b"".join(found)) if len(distinct) == len(found) else None


_OFFSET, _HASH = slice(6, 12), slice(13, 17)
"""Of a packed line."""


def chunks_of_lines(kept: str | bytes) -> list[int]:
    """The chunk of each line of a row."""
    return [line[0] for line in told(kept, no_body) if line.__class__ is not int]


def no_body(_chunk: int, _number: int) -> str:
    """For whoever needs no messages."""
    return ""


def packed_field(name: str, at: str) -> str:
    """SQL for a field of the line that is number `at` (an expression) of the row's packed lines, without functions of our own."""
    start = 1
    for field, size in FIELDS:
        if field == name:
            break
        start += size
    begin = f"(length(s.lines) % {SIZE} + {SIZE} * {at} + {start})"
    return _number(f"hex(substr(s.lines, {begin}, {size}))", 2 * size)


def packed_base() -> str:
    """SQL for the time of the first line of packed lines that tell it."""
    high, low = _number(f"hex(substr(s.lines, 1, {BASE}))", 8), _number(f"hex(substr(s.lines, {BASE // 2 + 1}, {BASE // 2}))", 8)
    return f"(({high}) << 32 | ({low}))"


def _number(text: str, digits: int) -> str:
    """SQL for the number that hexadecimal digits are."""
    parts = [f"(instr('0123456789ABCDEF', substr({text}, {at + 1}, 1)) - 1 << {4 * (digits - 1 - at)})" for at in range(digits)]
    return f"({' | '.join(parts)})"


def lines_of(found: list[Any], start_ns: int | None) -> tuple[int | None, dict[tuple[int | None, int], LineRef]]:
    """(time of the first line, all lines) of what `told` gives; start_ns: that of the span."""
    first_ns, lines = start_ns, {}
    if found and found[0].__class__ is int:
        first_ns, *found = found
    for chunk, line, offset, severity, text_hash, body in found:
        time_ns = None if offset is None else first_ns + offset
        lines[time_ns, text_hash] = LineRef(time_ns, text_hash, chunk, line, severity, body)
    return first_ns, lines
