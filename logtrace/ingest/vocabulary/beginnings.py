"""How the lines of a block begin: what tells, at a glance, that none of many lines needs a closer look.

One pass for the ends of lines tells where they begin; what is asked about them then needs no further pass for each text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 1 << 16
"""Bytes of a block for which numpy is not worth its import."""

WIDTH = 6
"""Bytes of each line that are looked at."""


def beginnings(data: bytes) -> set[bytes]:
    """The first WIDTH bytes of the lines of a block, each once; less of shorter lines, maybe with what follows them."""
    if len(data) < FEW:
        return {line[:WIDTH] for line in data.split(b"\n")}
    import numpy as np

    starts, _ = bounds(data)
    inside = starts[starts <= len(data) - _WORD]
    distinct = np.unique(words(data)[inside] & _MASK)
    found = {int(word).to_bytes(_WORD, "little")[:WIDTH] for word in distinct.tolist()}
    return found | {data[start : start + WIDTH] for start in starts[len(inside) :].tolist()}


def bounds(data: bytes) -> tuple[NDArray[Any], NDArray[Any]]:
    """Where the lines of a block begin and end; what follows the last newline is one where there is something."""
    import numpy as np

    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    if not data.endswith(b"\n"):
        ends = np.r_[ends, len(data)]
    return np.r_[0, ends[:-1] + 1], ends


def words(data: bytes) -> NDArray[Any]:
    """The eight bytes at each place of a block as a number, little-endian."""
    import numpy as np

    return np.ndarray((len(data) - _WORD + 1,), "<u8", data, strides=(1,))


def word(text: bytes) -> int:
    """The number of eight bytes, as `words` has it."""
    return int.from_bytes(text, "little")


_NEWLINE = ord("\n")
_WORD = 8
_MASK = (1 << 8 * WIDTH) - 1
