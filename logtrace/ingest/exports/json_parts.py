"""A JSON text of any size, cut at those of its parts that are wanted, without holding more of it than one part.

    {"data":[{"spans":[{…},{…}],"processes":{…}}]}       wanted: data * spans *  and  data * processes
                       ^^^ ^^^              ^^^

Brackets are found many at a time; only those that are not inside a part are looked at one by one. What stands around the parts
is kept without them and has to be JSON, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import numpy as np
import orjson

from logtrace.patterns import lazy_pattern

Path = tuple[str, ...]
"""Keys from the top of a document; * for a member of an array."""

Read = Callable[[int], bytes]

MOST = 64 << 20
"""Bytes of a part; what is larger is no span."""

_CHUNK = 1 << 20
_SPACE = b" \t\r\n\x1e"
_QUOTE, _OPEN = ord('"'), frozenset(b"{[")
_STRUCTURE = np.zeros(256, np.bool_)
_STRUCTURE[list(b'"{}[]')] = True
_DEPTH = np.zeros(256, np.int64)
_DEPTH[list(b"{[")], _DEPTH[list(b"}]")] = 1, -1
_KEY = lazy_pattern(rb'"((?:[^"\\]|\\.)*)"\s*:\s*$', re.DOTALL)
_PARTNER = {ord("{"): ord("}"), ord("["): ord("]")}


class BrokenError(Exception):
    """What is no JSON, or ends too early: why, and at which byte."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class Part(NamedTuple):
    """A wanted part; or, where there is no text, the end of what stands at `path` and is worth knowing."""

    path: Path
    text: bytes | None
    at: int


def parts(read: Read, wanted: Collection[Path], ends: Collection[Path] = ()) -> Iterator[Part]:
    """The parts at wanted paths, and the ends of those in `ends`, in order; documents may follow one another.

    Raises BrokenError for what is no JSON.
    """
    walk = _Walk(frozenset(wanted), frozenset(ends))
    scan = _Scan(walk.deepest)
    while data := read(_CHUNK):
        for at, sign, depth in scan.signs(data):
            if (found := walk.sign(scan, at, sign, depth)) is not None:
                yield found
        walk.outside(scan)
    walk.finished(scan)


class _Scan:
    """The bytes that are still needed, and where brackets are in them."""

    def __init__(self, deepest: int) -> None:
        self._deepest = deepest
        self._in_string = False
        self._late = b""
        self._depth = 0
        self.text = b""
        self.start = 0
        """The place in the file of the first of the bytes that are held."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def signs(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """(place in the file, bracket, how deep it opens or what it closes lay) of the next bytes, as deep as parts go."""
        data = self._late + data
        slashes = len(data) - len(data.rstrip(b"\\"))
        self._late = data[len(data) - slashes :] if slashes else b""
        data = data[: len(data) - slashes]
        base = self.end
        self.text += data
        plain = data.replace(rb"\\", b"__").replace(rb"\"", b"__") if b"\\" in data else data
        signs = np.frombuffer(plain, np.uint8)
        places = np.flatnonzero(_STRUCTURE[signs])
        kinds = signs[places]
        quotes = np.cumsum(kinds == _QUOTE)
        bare = (kinds != _QUOTE) & ((quotes + self._in_string) % 2 == 0)
        self._in_string = bool((int(quotes[-1] if len(quotes) else 0) + self._in_string) % 2)
        places, kinds = places[bare], kinds[bare]
        steps = _DEPTH[kinds]
        after = self._depth + np.cumsum(steps)
        self._depth = int(after[-1]) if len(after) else self._depth
        depth = np.where(steps > 0, after, after + 1)
        near = depth <= self._deepest
        yield from zip((places[near] + base).tolist(), kinds[near].tolist(), depth[near].tolist(), strict=True)

    def between(self, start: int, end: int) -> bytes:
        """Held bytes by their places in the file."""
        return self.text[start - self.start : end - self.start]

    def forget(self, before: int) -> None:
        """Lets go of what stands before a place."""
        self.text, self.start = self.text[before - self.start :], before


class _Walk:
    """Where in a document the reading is."""

    def __init__(self, wanted: frozenset[Path], ends: frozenset[Path]) -> None:
        self._wanted = wanted
        self._ends = ends
        self.deepest = max(map(len, wanted)) + 1
        self._stack: list[tuple[int, Path]] = []
        self._part: tuple[int, int, Path] | None = None  # depth, place and path of the part that is open
        self._from = 0
        self._around: list[bytes] = []

    def sign(self, scan: _Scan, at: int, sign: int, depth: int) -> Part | None:
        """Takes the next bracket; what it ends, if anything that matters."""
        if self._part is not None:
            if depth > self._part[0] or sign in _OPEN:
                return None
            return self._ended(scan, at)
        return self._opened(scan, at, sign, depth) if sign in _OPEN else self._closed(scan, at, sign)

    def _opened(self, scan: _Scan, at: int, sign: int, depth: int) -> Part | None:
        before = scan.between(self._from, at)
        path = self._path(before, at)
        if sign == ord("{") and path in self._wanted:
            self._around.append(before + b"0")
            self._part = depth, at, path
        else:
            self._around.append(before + bytes((sign,)))
            self._stack.append((sign, path))
        self._from = at + 1
        return None

    def _path(self, before: bytes, at: int) -> Path:
        if not self._stack:
            if before.strip(_SPACE):
                raise BrokenError("what stands there is no JSON", at - len(before.lstrip(_SPACE)))
            return ()
        kind, above = self._stack[-1]
        if kind == ord("["):
            return (*above, "*")
        found = _KEY.search(before)
        if found is None:
            raise BrokenError("a key is missing", at)
        return (*above, found[1].decode("utf-8", "replace"))

    def _ended(self, scan: _Scan, at: int) -> Part:
        """The part that closes at a place."""
        assert self._part is not None
        _, start, path = self._part
        self._part, self._from = None, at + 1
        if not self._stack:
            self._around.clear()
        text = scan.between(start, at + 1)
        try:
            orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BrokenError(f"the JSON that begins there is broken ({error})", start) from error
        return Part(path, text, start)

    def _closed(self, scan: _Scan, at: int, sign: int) -> Part | None:
        if not self._stack or _PARTNER[self._stack[-1][0]] != sign:
            raise BrokenError("a bracket closes what is not open", at)
        _, path = self._stack.pop()
        self._around.append(scan.between(self._from, at + 1))
        self._from = at + 1
        if not self._stack:
            self._check(at)
        return Part(path, None, at) if path in self._ends else None

    def _check(self, at: int) -> None:
        """Whether what stands around the parts of a document is JSON."""
        text, self._around = b"".join(self._around), []
        try:
            orjson.loads(text.strip(_SPACE))
        except orjson.JSONDecodeError as error:
            raise BrokenError(f"the JSON that ends there is broken ({error})", at) from error

    def outside(self, scan: _Scan) -> None:
        """Lets go of what is not needed any longer."""
        self._around = [b"".join(self._around)] if self._around else []
        if self._part is not None:
            if scan.end - self._part[1] > MOST:
                raise BrokenError(f"what begins there is larger than {MOST >> 20} MB", self._part[1])
            scan.forget(self._part[1])
        elif scan.end - self._from > MOST:
            raise BrokenError(f"what begins there is larger than {MOST >> 20} MB", self._from)
        else:
            scan.forget(self._from)

    def finished(self, scan: _Scan) -> None:
        """Raises BrokenError where something is still open at the end."""
        if self._stack or self._part is not None:
            raise BrokenError("it is cut off", scan.end)
        if scan.text.strip(_SPACE):
            raise BrokenError("what stands there is no JSON", self._from)
