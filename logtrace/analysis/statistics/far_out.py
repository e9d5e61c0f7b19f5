"""Times far from all others: what a clock that jumped leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logtrace.columns import MISSING
from logtrace.units import NS

if TYPE_CHECKING:
    from logtrace.columns import Ints

_INNER = (0.01, 0.99)
_FAR = 30
_LEAST_NS = NS["d"]


def far_out(start_ns: Ints) -> tuple[int, int, int]:
    """(from, to, how many are outside): where times lie, without those that are thirty times as far out as the inner
    98 % are apart, and a day at least. (0, 0, 0) where there is no time."""
    known = start_ns[start_ns != MISSING]
    if not len(known):
        return 0, 0, 0
    low, high = np.quantile(known, _INNER, method="nearest").tolist()
    margin = max(_LEAST_NS, (high - low) * _FAR)
    inside = known[(known >= low - margin) & (known <= high + margin)]
    return int(inside.min()), int(inside.max()), len(known) - len(inside)
