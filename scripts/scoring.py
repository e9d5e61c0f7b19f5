"""How near inferred trees come to true ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SpanId = tuple[str, str]
"""(trace id, span id)"""


class Guess(NamedTuple):
    """A span as it was found: its parent's span id, None for a root; confidence 0 to 100, 100 where a line names it."""

    parent: str | None
    confidence: int
    inferred: bool


class Score(NamedTuple):
    """Shares from 0 to 1.

    edges        spans with the right parent, roots included
    exact        traces all of whose spans have it
    roots        traces with just the right roots
    ancestors    F1 of the pairs (span, ancestor)
    sure         inferred edges that are stated 80 % confident or more
    sure_right   of those, the right ones
    error        expected calibration error of the inferred edges, in ten bins
    """

    spans: int
    edges: float
    exact: float
    roots: float
    ancestors: float
    sure: float
    sure_right: float
    error: float


def score(truth: Mapping[SpanId, str | None], found: Mapping[SpanId, Guess]) -> Score:
    """Scores the spans of the truth; one that was not found has no right parent."""
    right = {key: key in found and found[key].parent == parent for key, parent in truth.items()}
    traces = {trace for trace, _ in truth}
    wrong = {key[0] for key, ok in right.items() if not ok}
    true_above, found_above = _ancestors(truth), _ancestors({key: guess.parent for key, guess in found.items()})
    common = len(true_above & found_above)
    edges = [(guess.confidence / 100, right[key]) for key, guess in found.items() if guess.inferred and key in truth]
    sure = [ok for stated, ok in edges if stated >= 0.8]
    roots = {key for key, parent in truth.items() if parent is None}
    wrong_roots = {trace for trace, _ in roots ^ {key for key, guess in found.items() if guess.parent is None}}
    return Score(
        spans=len(truth),
        edges=sum(right.values()) / max(1, len(right)),
        exact=1 - len(wrong) / max(1, len(traces)),
        roots=1 - len(wrong_roots & traces) / max(1, len(traces)),
        ancestors=2 * common / max(1, len(true_above) + len(found_above)),
        sure=len(sure) / max(1, len(edges)),
        sure_right=sum(sure) / max(1, len(sure)),
        error=_calibration_error(edges),
    )


def _ancestors(parents: Mapping[SpanId, str | None]) -> set[tuple[SpanId, str]]:
    pairs = set()
    for key in parents:
        at, seen = parents[key], 0
        while at is not None and seen < 1000:
            pairs.add((key, at))
            at, seen = parents.get((key[0], at)), seen + 1
    return pairs


def _calibration_error(edges: list[tuple[float, bool]]) -> float:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for stated, ok in edges:
        bins.setdefault(min(int(stated * 10), 9), []).append((stated, ok))
    return sum(abs(sum(ok for _, ok in found) - sum(stated for stated, _ in found)) for found in bins.values()) / max(
        1, len(edges)
    )
