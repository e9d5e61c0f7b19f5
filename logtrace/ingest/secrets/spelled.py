"""Letters that JSON spells as escapes: `"p\u0061ssword"`. Few encoders write them so (.NET does + and ', Gson does =), and a
reader sees them all the same.

    p \u0061 ssword     in the bytes
    p a ssword          in the text; each byte of it knows where it begins
"""

from __future__ import annotations

from itertools import chain

from logtrace.patterns import lazy_pattern

PATTERN = rb"\\u00(?:2[7bBdDeEfF]|3[0-9dD]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF])"
"""Where a line is read as text: letters, digits, and what stands in keys and between them. What Go escapes (<, > and &) is no
reason to."""

_REASON = lazy_pattern(PATTERN)
_ESCAPE = lazy_pattern(rb"\\+u00(?:2[013-9a-fA-F]|[346][0-9a-fA-F]|5[0-9abdefABDEF]|7[0-9a-eA-E])")
"""All of ASCII but quotes and backslashes, which would be others in a text of JSON."""


def is_in(data: bytes, start: int, end: int) -> bool:
    """Whether a line has such escapes."""
    return data.find(b"\\u00", start, end) >= 0 and _REASON.search(data, start, end) is not None


def read(line: bytes) -> tuple[bytes, list[int]]:
    """(a line with such escapes read, where each of its bytes begins in the line; one more for its end)."""
    parts: list[bytes] = []
    places: list[range] = []
    at = 0
    for found in _ESCAPE.finditer(line):
        parts += [line[at : found.start()], bytes([int(found[0][-2:], 16)])]
        places += [range(at, found.start()), range(found.start(), found.start() + 1)]
        at = found.end()
    return b"".join([*parts, line[at:]]), [*chain(*places), *range(at, len(line) + 1)]
