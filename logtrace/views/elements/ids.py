"""Trace ids as lists show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from logtrace.views.elements.text import clean

MIN_ID = 8

IdLength = Callable[[Sequence[str]], int]
"""Trace ids → the length at which the beginning of each means one trace: of a list (prefix_length), of a store."""


def significant_id(trace_id: str) -> str:
    """A trace id, clean, without the zeros that fill a 64-bit id up to 128 bits."""
    return clean(trace_id[16:] if len(trace_id) == 32 and trace_id.startswith("0" * 16) else trace_id)


def prefix_length(ids: Sequence[str]) -> int:
    """The shortest length, at least 8, at which the prefixes of different ids differ."""
    distinct = set(ids)
    longest = max(map(len, distinct), default=MIN_ID)
    fitting = (n for n in range(MIN_ID, longest) if len({i[:n] for i in distinct}) == len(distinct))
    return next(fitting, longest)


def whole_length(ids: Sequence[str]) -> int:
    """The length of the longest: where nothing tells what else begins like them."""
    return max(map(len, ids), default=MIN_ID)
