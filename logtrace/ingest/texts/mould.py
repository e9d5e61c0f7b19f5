"""A mould: a JSON object as it is written, with room where its values are.

What fits it has the same keys in the same order, text where there is text, a number where there is one: it is an object of the
very shape of the line that the mould was made of, so that its names stand where they stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from logtrace.patterns import lazy_pattern

NAMES = ("trace", "span", "service")

Piece = bytes | str
"""Of a line: a pattern for what is always the same, or what there is room for."""

Room = Mapping[str, bytes]
"""Patterns for what there is room for."""

_TOKEN = lazy_pattern(
    rb'(?P<text>"[^"\\]*")(?P<key> *:)?|(?P<number>-?\d[-+.\deE]*)|(?P<word>true|false|null)|(?P<fixed>[{}\[\], ])'
)
_DEEPER = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_MOST_PIECES = 250

ROOM: Room = {
    "trace": rb'"((?!0{32})[0-9a-f]{32})"',
    "span": rb'"((?!0{16})[0-9a-f]{16})"',
    "service": rb'"([^"\\\n]++)"',
    "text": rb'"[^"\\\n]*+"',
    "number": rb"-?(?:0|[1-9]\d{0,14}+)(?:\.\d{1,15}+)?",
    "word": rb"(?:true|false|null)",
}
QUICK: Room = {
    **ROOM, "text": rb'"[^"]*+"', "trace": rb'"([^"]{32})"', "span": rb'"([^"]{16})"', "service": rb'"([^"]++)"',
}  # fmt: skip
"""Where no line has an escape; half as much time. A text that breaks off would go on in the next line: then there are fewer than
lines. Whether ids are digits is to be looked at afterwards."""


class Mould(NamedTuple):
    """The pieces of a line up to the last of its names, those behind it, and its names in the order they come."""

    head: tuple[Piece, ...]
    tail: tuple[Piece, ...]
    names: tuple[str, ...]


def mould_of(line: bytes, keys: Mapping[bytes, str]) -> Mould | None:
    """A JSON object taken apart; keys: those at its top that hold one of NAMES. None where such a value is no text, where there
    is an escape, where a key comes twice at the top or where there is no end of pieces."""
    pieces: list[Piece] = []
    top: list[bytes] = []
    for kind, text, depth in _tokens(line):
        if kind == "key" and depth == 1:
            top.append(text.rpartition(b'"')[0][1:])
        name = keys.get(top[-1], "") if kind == "text" and depth == 1 else ""
        pieces.append(re.escape(text) if kind in ("key", "fixed") else name or kind)
        if len(pieces) > _MOST_PIECES or not kind:
            return None
    names = tuple(piece for piece in pieces if piece in NAMES)
    if len(set(top)) < len(top) or sorted(names) != sorted(keys.values()):
        return None
    end = 1 + max(at for at, piece in enumerate(pieces) if piece in NAMES)
    return Mould(tuple(pieces[:end]), tuple(pieces[end:]), names)


def _tokens(line: bytes) -> Iterator[tuple[str, bytes, int]]:
    """(kind, text, how deep it is) of each part of a line; the kind is "" where it is no plain JSON."""
    at = depth = 0
    for token in _TOKEN.finditer(line):
        kind = token.lastgroup if token.start() == at else ""
        depth += _DEEPER.get(token[0], 0)
        yield kind or "", token[0], depth
        at = token.end()
    if at < len(line):
        yield "", line[at:], depth


def pattern_of(pieces: Iterable[Piece], room: Room) -> bytes:
    """The pattern of pieces that follow each other."""
    return b"".join([room[piece] if isinstance(piece, str) else piece for piece in pieces])


def pattern_of_any(ways: list[tuple[Piece, ...]], room: Room) -> bytes:
    """The pattern of different pieces, one of which there is; what they begin with alike is looked at once."""
    if len(ways) == 1:
        return pattern_of(ways[0], room)
    alike = 0
    while len({way[alike : alike + 1] for way in ways}) == 1:
        alike += 1
    parted: dict[tuple[Piece, ...], list[tuple[Piece, ...]]] = {}
    for way in ways:
        parted.setdefault(way[alike : alike + 1], []).append(way[alike:])
    return pattern_of(ways[0][:alike], room) + b"(?:%b)" % b"|".join([pattern_of_any(each, room) for each in parted.values()])
