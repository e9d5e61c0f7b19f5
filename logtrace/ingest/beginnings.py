"""How the lines of a block begin: what tells, at a glance, that none of many lines needs a closer look.

One pass for the ends of lines tells where they begin; what is asked about them then needs no further pass for each text.
"""

from __future__ import annotations

_FEW = 1 << 16
"""Bytes of a block for which numpy is not worth its import."""

WIDTH = 6
"""Bytes of each line that are looked at."""


def beginnings(data: bytes) -> set[bytes]:
    """The first WIDTH bytes of the lines of a block, each once; less of shorter lines, maybe with what follows them."""
    if len(data) < _FEW:
        return {line[:WIDTH] for line in data.split(b"\n")}
    import numpy as np

    starts = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE) + 1
    inside = starts[starts <= len(data) - _WORD]
    words = np.ndarray((len(data) - _WORD + 1,), "<u8", data, strides=(1,))  # the eight bytes at each place
    distinct = np.unique(words[inside] & _MASK)
    found = {int(word).to_bytes(_WORD, "little")[:WIDTH] for word in distinct.tolist()}
    return found | {data[:WIDTH]} | {data[start : start + WIDTH] for start in starts[len(inside) :].tolist() if start < len(data)}


_NEWLINE = ord("\n")
_WORD = 8
_MASK = (1 << 8 * WIDTH) - 1
