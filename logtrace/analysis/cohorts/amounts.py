"""Numbers under the keys of two populations of requests: amounts, of which it is asked whether they grew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from logtrace.analysis.cohorts.attributes import Carried
from logtrace.analysis.cohorts.measured import ATTRIBUTE, Cohorts, Sample
from logtrace.analysis.traces.attributes import is_code_key, is_id_key, tells_status, unit_of
from logtrace.columns import Operation
from logtrace.query.values import amount, canonical
from logtrace.units import counted

if TYPE_CHECKING:
    from logtrace.columns import Floats

LEAST_CONSTANT = 3
"""So many requests of a side with one number under a key: it is a constant there, not chance."""

MOST_MIXED = 3
"""So many keys with values of several kinds are named."""

_EXAMPLE = 28


def amounts(cohorts: Cohorts, carried: Carried) -> Iterator[Sample]:
    """The numbers that the spans of each operation have under a key, one value a request."""
    keys = sorted({key for key, _ in carried.pairs})
    place_of = {key: place for place, key in enumerate(keys)}
    numbers = np.array([_amount_of(key, value) for key, value in carried.pairs], np.float64)
    key_of = np.array([place_of[key] for key, _ in carried.pairs], np.int64)
    if not len(numbers):
        return
    chosen = ~np.isnan(numbers[carried.code])
    span, value, key = carried.place[chosen], numbers[carried.code[chosen]], key_of[carried.code[chosen]]
    what = cohorts.spans.operation[span] * len(keys) + key
    for which, root, traces, sums, counts in cohorts.cells(what, cohorts.trace[span], value):
        each, after = sums / counts, cohorts.after[traces]
        name = keys[which % len(keys)]
        if len(np.unique(each)) > 2 or _is_constant_moved(name, each[~after], each[after]):
            operation = cohorts.spans.operations[which // len(keys)]
            yield Sample(ATTRIBUTE, cohorts.spans.operations[root], operation, Operation("", name), each[~after], each[after])


def _is_constant_moved(key: str, before: Floats, after: Floats) -> bool:
    """Whether a key has one number in all requests before, and another in all after: an amount that moved, unless it looks
    like a flag. Two numbers that both sides have are names for two sorts."""
    if min(len(before), len(after)) < LEAST_CONSTANT or before.min() != before.max() or after.min() != after.max():
        return False
    values = {float(before[0]), float(after[0])}
    return len(values) == 2 and (values != {0.0, 1.0} or bool(unit_of(key)))


def mixed_notes(carried: Carried) -> Iterator[str]:
    """Sentences about keys that hold a number here and something else there: as amounts only the numbers are compared."""
    counts = np.bincount(carried.code, minlength=len(carried.pairs)).tolist()
    kinds: dict[str, list[int]] = {}
    example: dict[str, str] = {}
    for (key, value), count in zip(carried.pairs, counts, strict=True):
        if count and value is not None and not (is_id_key(key) or is_code_key(key) or tells_status(key)):
            kinds.setdefault(key, [0, 0])[amount(value) is not None] += count
            if amount(value) is None:
                example.setdefault(key, canonical(value)[:_EXAMPLE])
    mixed = sorted((other, key, numbers) for key, (other, numbers) in kinds.items() if other and numbers)[::-1]
    for other, key, numbers in mixed[:MOST_MIXED]:
        told = f"{key} is a number in {counted(numbers, 'span')} and something else in {other:,}, such as {example[key]}"
        yield f"{told}: numbers alone are compared as amounts"
    if len(mixed) > MOST_MIXED:
        yield f"so it is with {counted(len(mixed) - MOST_MIXED, 'more attribute')}"


def _amount_of(key: str, value: Any) -> float:
    """The number that is an amount; NaN for ids, codes and what is no number."""
    found = None if is_id_key(key) or is_code_key(key) or tells_status(key) else amount(value)
    return float("nan") if found is None else float(found)
