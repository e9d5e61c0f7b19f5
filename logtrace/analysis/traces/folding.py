"""Runs of like siblings as one: 4,312 equal queries are one fact, not 4,312 rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from logtrace.model import Flag, Span

MIN_RUN = 5
MAX_SUBTREE = 4
"""A sibling folds with up to three spans under it: a call with its server side and one query."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A run of like siblings.

    first       the run's first span: it lends service, name and kind
    count       siblings in the run; `spans` counts the spans under them too
    p50_ns      over durations that are no lower bounds, as is max_ns; None where there is none
    start_ns    the first start; end_ns the last end; None where no time is known
    keys        of the siblings in the run
    """

    first: Span
    count: int
    spans: int
    p50_ns: int | None
    max_ns: int | None
    start_ns: int | None
    end_ns: int | None
    keys: tuple[int, ...] = ()


def foldable(preorder: Sequence[Span], marked: Collection[int]) -> dict[int, int]:
    """Span key → spans in its subtree, for spans that may fold: a small subtree without error or mark.

    `preorder` names parents before their children. Phantoms never fold, nor do spans without a service and name.
    """
    sizes = {span.key: 1 for span in preorder}
    for span in reversed(preorder):
        size = sizes[span.key]
        if span.error or span.phantom or span.key in marked or not span.name:
            size = sizes[span.key] = MAX_SUBTREE + 1
        if span.parent_key in sizes:
            sizes[span.parent_key] += size
    return {key: size for key, size in sizes.items() if size <= MAX_SUBTREE}


def fold(siblings: Sequence[Span], sizes: Mapping[int, int]) -> Sequence[Span | Fold]:
    """The siblings in order, with each run of at least five neighbours of one operation as a Fold.

    `sizes` comes from `foldable`; siblings that are not in it stay. Linear in the number of siblings.
    """
    if len(siblings) < MIN_RUN:
        return siblings
    result: list[Span | Fold] = []
    for (_, _, may_fold), group in groupby(siblings, lambda s: (s.service, s.name, s.key in sizes)):
        run = list(group)
        if may_fold and len(run) >= MIN_RUN:
            result.append(_folded(run, sizes))
        else:
            result.extend(run)
    return result


def _folded(run: Sequence[Span], sizes: Mapping[int, int]) -> Fold:
    durations = sorted(s.duration_ns for s in run if s.duration_ns is not None and not s.flags & Flag.LOWER_BOUND)
    return Fold(
        first=run[0],
        count=len(run),
        spans=sum(sizes[span.key] for span in run),
        p50_ns=durations[(len(durations) - 1) // 2] if durations else None,
        max_ns=durations[-1] if durations else None,
        start_ns=min(_known(span.start_ns for span in run), default=None),
        end_ns=max(_known(span.end_ns if span.end_ns is not None else span.start_ns for span in run), default=None),
        keys=tuple(span.key for span in run),
    )


def _known(times: Iterable[int | None]) -> list[int]:
    return [time for time in times if time is not None]
