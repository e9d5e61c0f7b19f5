"""A function of two numbers that is asked for the same ones again and again, as a table that fills as it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from logtrace.distinct import distinct
from logtrace.reconstruct.forest.columns import Ints

MOST = 1 << 24
"""A table of more numbers is not kept: each is worked out each time."""


class Remembered:
    """What `of(at // columns, at % columns)` gives, for at below rows times columns, in any shape; `of` is asked for a row of
    them."""

    def __init__(self, rows: int, columns: int, of: Callable[[Ints, Ints], npt.NDArray[Any]], kind: npt.DTypeLike) -> None:
        self._columns, self._of = columns, of
        many = rows * columns if rows * columns <= MOST else 0
        # a system gives memory to what is touched of zeros
        self._known, self._values = np.zeros(many, np.bool_), np.zeros(many, kind)

    def __call__(self, at: Ints) -> npt.NDArray[Any]:
        if not len(self._known):
            return self._of(*np.divmod(at.ravel(), self._columns)).reshape(at.shape)
        known = self._known[at]
        if not known.all():
            new = distinct(at[~known])
            self._values[new] = self._of(*np.divmod(new, self._columns))
            self._known[new] = True
        return self._values[at]
