"""Texts of one line that are UTF-8 without control characters: what can be looked at many at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np
import re2
import xxhash

from logtrace.reconstruct.spans.runs import Numbers

_TAB, _NEWLINE, _BLANK = b"\t\n "


def plain_lines(texts: Sequence[bytes]) -> tuple[Sequence[int], Sequence[bytes]]:
    """(positions, texts) of those that are such lines."""
    whole = b"\n".join(texts)
    if _is_plain(whole) and np.count_nonzero(np.frombuffer(whole, np.uint8) == _NEWLINE) == len(texts) - 1:
        return range(len(texts)), texts
    plain = [_is_plain(text) and b"\n" not in text for text in texts]
    return list(compress(range(len(texts)), plain)), list(compress(texts, plain))


def _is_plain(text: bytes) -> bool:
    letters = np.frombuffer(text, np.uint8)
    if ((letters < _BLANK) & (letters != _NEWLINE) & (letters != _TAB)).any() or b"\x7f" in text:
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def places_of(pattern: re2.Pattern[bytes], lines: Sequence[bytes]) -> tuple[set[int], set[int]]:
    """The positions of lines in which a pattern is found: with its first group, and without."""
    starts: tuple[list[int], list[int]] = [], []
    for match in pattern.finditer(b"\n".join(lines)):
        starts[match.lastindex is None].append(match.start())
    if not any(starts):
        return set(), set()
    ends = np.cumsum(np.fromiter(map(len, lines), np.int64, len(lines)) + 1)
    grouped, others = (set(np.searchsorted(ends, found, "right").tolist()) for found in starts)
    return grouped, others


def hashes_of(lines: Sequence[bytes]) -> Numbers:
    """The `text_hash` of each line."""
    return np.frombuffer(b"".join(map(xxhash.xxh3_64_digest, lines)), ">u4")[1::2].astype(np.int64)
