"""A numeric attribute added up: what requests cost, by operation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, ClassVar, NamedTuple

from logtrace.analysis.tabular import Tables, Tabular
from logtrace.query.values import number

_EXACT = Context(prec=60)


class Sum(NamedTuple):
    """The sum of the values that the spans of an operation have."""

    service: str
    operation: str
    spans: int
    total: float
    largest: float

    @property
    def mean(self) -> float:
        """The average of a span."""
        return self.total / self.spans


@dataclass(frozen=True)
class Sums(Tabular):
    """operations: the largest sum first.

    without, no_number  spans that lack the key; that have it with something that is no number
    several     requests in which more than one span has it: each of their values counts
    """

    TABLES: ClassVar[Tables] = {"operations": Sum}

    key: str
    operations: tuple[Sum, ...]
    total: float
    spans: int
    requests: int
    without: int
    no_number: int
    several: int
    notes: tuple[str, ...] = ()


def amount(value: Any) -> float | int | None:
    """The finite number that a value is or spells."""
    found = number(value)
    return None if found is None or found != found or abs(found) > 1e300 else found


def exact_sum(counted: Iterable[tuple[float | int, int]]) -> float | int:
    """The sum of values, each so many times, as decimals: 0.1 ten times is 1."""
    total, whole = Decimal(0), True
    for value, count in counted:
        whole = whole and isinstance(value, int)
        total = _EXACT.add(total, _EXACT.multiply(Decimal(repr(value)), Decimal(count)))
    return int(total) if whole else float(total)
