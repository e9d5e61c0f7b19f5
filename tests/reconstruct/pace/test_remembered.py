from __future__ import annotations

import numpy as np
import pytest

from logtrace.reconstruct.forest.columns import Ints
from logtrace.reconstruct.pace import remembered
from logtrace.reconstruct.pace.remembered import Remembered


def _sums_of_rows(at: Ints, of: Ints) -> Ints:
    """As those do that fill in what they find: for rows of places alone."""
    found = np.zeros(len(at), np.int64)
    found[np.arange(len(at))] += 10 * at + of
    return found


@pytest.mark.parametrize("most", [remembered.MOST, 0])
def test_what_is_too_much_to_be_kept_is_worked_out_alike(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(remembered, "MOST", most)
    table = Remembered(3, 4, _sums_of_rows, np.int64)
    for _ in range(2):
        assert table(np.array([[0, 5], [11, 5], [7, 0]])).tolist() == [[0, 11], [23, 11], [13, 0]]
