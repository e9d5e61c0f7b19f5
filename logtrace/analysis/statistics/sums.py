"""A numeric attribute added up: what requests cost, by operation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, ClassVar, NamedTuple

from logtrace.analysis.statistics.tabular import Tables, Tabular

_EXACT = Context(prec=700)
"""Enough digits for the largest amount beside the smallest float."""


class Sum(NamedTuple):
    """The sum of the values that the spans of an operation have."""

    service: str
    operation: str
    spans: int
    total: int | float
    largest: int | float

    @property
    def mean(self) -> float:
        """The average of a span."""
        return self.total / self.spans


@dataclass(frozen=True)
class Sums(Tabular):
    """operations: the largest sum first.

    without, no_number  spans that lack the key; that have it with something that is no number (values.amount)
    odd         the first few of what is no number
    several     requests in which more than one span has it: each of their values counts
    """

    TABLES: ClassVar[Tables] = {"operations": Sum}

    key: str
    operations: tuple[Sum, ...]
    total: int | float
    spans: int
    requests: int
    without: int
    no_number: int
    odd: tuple[Any, ...]
    several: int
    notes: tuple[str, ...] = ()


def exact_sum(counted: Iterable[tuple[int | float, int]]) -> int | float:
    """The sum of values, each so many times: of integers the integer, however large; else of decimals, where 0.1 ten times
    is 1, and only the result is rounded."""
    total, parts, whole = 0, Decimal(0), True
    for value, count in counted:
        if isinstance(value, int):
            total += value * count
        else:
            whole = False
            parts = _EXACT.add(parts, _EXACT.multiply(Decimal(repr(value)), Decimal(count)))
    return total if whole else float(_EXACT.add(parts, Decimal(total)))
