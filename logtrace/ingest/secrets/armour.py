"""Private keys as OpenSSL and OpenSSH write them: a text over many lines, which a log keeps as lines of its own, each maybe
in an envelope, or as one line with escaped ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logtrace.patterns import lazy_pattern

PATTERN = rb"-----(?:BEGIN|END) [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
_MARK = lazy_pattern(PATTERN)
_ESCAPED = lazy_pattern(rb"(?:\\+[nrt])+")
_CHAR = rb"(?:[A-Za-z0-9+/]|\\+/)"
_LONG = lazy_pattern(rb"(?<![A-Za-z0-9+/=_\\-])" + _CHAR + rb"{40,}={0,2}")
_REST = lazy_pattern(rb"(?m)(?:^|(?<=[\"'\s]))" + _CHAR + rb"{2,}={0,2}(?=\r?$)")
_OF_A_TRACE = lazy_pattern(rb"[0-9a-fA-F]{16}|[0-9a-fA-F]{32}")
_MOST = 16 * 1024


def armoured(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The places of the code of a private key, one of whose marks stands from `start` to `end`. No line end is in them, and
    no id of a trace."""
    if data.startswith(b"-----BEGIN", start):
        limit = min(len(data), end + _MOST)
        closing = _MARK.search(data, end, limit)
        if closing is not None:
            return sorted({*_code(data, end, closing.start(), _LONG), *_code(data, end, closing.start(), _REST)})
        return sorted(_code(data, end, _goes_to(data, end, limit), _LONG))
    return sorted(_code(data, max(_comes_from(data, start), start - _MOST), start, _LONG))


def _goes_to(data: bytes, start: int, limit: int) -> int:
    """Where code without an end mark ends: at the first line that has none."""
    at = start
    while at < limit:
        stop = data.find(b"\n", at, limit)
        stop = limit if stop < 0 else stop
        if at > start and _LONG.search(data, at, stop) is None:
            return at
        at = stop + 1
    return limit


def _comes_from(data: bytes, end: int) -> int:
    """Where code begins whose first lines are not there: behind the last line before it that has none."""
    at = data.rfind(b"\n", 0, end) + 1
    while at > max(0, end - _MOST):
        before = data.rfind(b"\n", 0, at - 1) + 1
        if _LONG.search(data, before, at) is None:
            return at
        at = before
    return at


def _code(data: bytes, start: int, end: int, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    """Code between two places; escaped line ends stay."""
    begin = start
    for stop, after in [*(mark.span() for mark in _ESCAPED.finditer(data, start, end)), (end, end)]:
        for found in pattern.finditer(data[begin:stop]):
            if not _OF_A_TRACE.fullmatch(found[0]):
                yield begin + found.start(), begin + found.end()
        begin = after
