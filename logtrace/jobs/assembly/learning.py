"""What a store teaches of who calls whom: its model, from a sample of its traces and from what it was told to learn.

The sample is the same for the same traces, in whatever order and in however many runs they came: those whose ids have
the smallest hashes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from logtrace.distinct import distinct
from logtrace.jobs.assembly.owned import own_rows
from logtrace.jobs.assembly.planted import planted
from logtrace.jobs.assembly.timekeeping import clocks_of_rows, synchronised
from logtrace.reconstruct.evidence.priors import Model
from logtrace.reconstruct.evidence.shared import no_ids
from logtrace.reconstruct.forest.columns import NO_FOREST, Spans, forest_of
from logtrace.reconstruct.forest.peers import NO_PEER
from logtrace.reconstruct.learning.lessons import NO_LESSON, Lesson, lesson
from logtrace.reconstruct.learning.selftaught import taught
from logtrace.reconstruct.spans.clocks import Clocks
from logtrace.reconstruct.spans.naming import OperationKey
from logtrace.reconstruct.spans.runs import Numbers
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.spanrows import SpanRows

SAMPLE, CLOCK_SAMPLE, MOST_SPANS = 1_000, 300, 30_000
"""So many traces are looked at, for calls and for clocks, as long as they have no more spans than that."""

_AT_ONCE = 20_000
_ODD, _ANY_HASH = np.uint64(0x9E3779B97F4A7C15), np.uint64((1 << 64) - 1)


def model_of(reader: FragmentReader, more: Iterable[int] = ()) -> Model:
    """The model of a store. more: low halves of traces that have no trace row yet."""
    rows = _whole(reader, sample(chain(reader.lows(), more), SAMPLE))
    clocks = clocks_of_rows(rows.starting(CLOCK_SAMPLE), reader)
    forest = planted(rows, reader, Clocks(clocks)).forest if len(rows.id) else NO_FOREST
    return taught(forest, [_lesson(reader)], clocks)


def clocks_differ(reader: FragmentReader, more: Iterable[int] = ()) -> bool:
    """Whether some clock of a store needs a correction. more: as above."""
    return bool(clocks_of_rows(_whole(reader, sample(chain(reader.lows(), more), CLOCK_SAMPLE)), reader))


def sample(low_halves: Iterable[int], many: int) -> list[int]:
    """So many low halves, those with the smallest hashes, in the order of these. Only some are in memory at once: a follower
    asks every second, of a store that grows."""
    left, chosen, most = iter(low_halves), np.array([], np.int64), _ANY_HASH
    while len(some := np.fromiter(islice(left, _AT_ONCE), np.int64)):
        lows = distinct(np.append(chosen, some[_hashes(some) <= most]))
        chosen = lows[np.lexsort((lows, _hashes(lows)))[:many]]
        if len(chosen) == many:
            most = _hashes(chosen[-1:]).max(initial=0)
    found: list[int] = chosen.tolist()
    return found


def _hashes(lows: Numbers) -> npt.NDArray[np.uint64]:
    mixed = (lows.view(np.uint64) ^ (lows.view(np.uint64) >> np.uint64(29))) * _ODD
    hashes: npt.NDArray[np.uint64] = (mixed ^ (mixed >> np.uint64(32))) * _ODD
    return hashes


def _whole(reader: FragmentReader, lows: list[int]) -> SpanRows:
    """The rows of those traces that need no rebuild and no span that was never seen, in the order of the ids."""
    found: list[SpanRows] = []
    spans = 0
    for rows in reader.span_rows(lows):
        owned = own_rows(rows, reader)
        found.append(owned.rows.take(~owned.partial))
        spans += len(found[-1].id)
        if spans > MOST_SPANS:
            break
    return SpanRows.joined(found).up_to(MOST_SPANS)


def _lesson(reader: FragmentReader) -> Lesson:
    """What learned spans teach. Where the store has the same trace, its own operations are what is learned about:
    a span's parent is the nearest above that logged."""
    rows = reader.learned()
    if not rows:
        return NO_LESSON
    low, _, key, parent, service, name, kind, start, duration = map(list, zip(*rows, strict=True))
    traces, trace = np.unique(np.array(low, np.int64), return_inverse=True)
    numbers: dict[OperationKey, int] = {}
    operation = [numbers.setdefault(of, len(numbers)) for of in zip(service, name, kind, strict=True)]
    starts = np.array([ns or 0 for ns in start], np.int64)
    columns = Spans(
        trace=trace.astype(np.int64),
        start=starts,
        end=starts + np.array([ns or 0 for ns in duration], np.int64),
        key=np.array(key, np.int64),
        operation=np.array(operation, np.int64),
        parent=np.array(parent, np.int64),
        root=np.array(parent, np.int64) == 0,
        open_end=np.zeros(len(rows), bool),
        late=np.zeros(len(rows), bool),
        grain=np.zeros(len(rows), np.int64),
        thread=no_ids(len(rows)),
        request=no_ids(len(rows)),
        unsure=np.zeros(len(rows), np.int64),
        clock=np.zeros(len(rows), np.int64),
        peer=np.full(len(rows), NO_PEER),
    )
    forest, _ = forest_of(synchronised(columns, list(numbers)), list(numbers))
    return _joined(
        lesson(forest), _own_lesson(reader, traces.tolist(), dict(zip(zip(low, key, strict=True), parent, strict=True)))
    )


def _own_lesson(reader: FragmentReader, lows: list[int], above: dict[tuple[int, int], int]) -> Lesson:
    """The lesson of the store's own spans of learned traces."""
    own = _whole(reader, lows)
    logged = set(zip(own.low.tolist(), own.key.tolist(), strict=True))
    own = own.take(np.array([pair in above for pair in zip(own.low.tolist(), own.key.tolist(), strict=True)], np.bool_))
    if not len(own.id):
        return NO_LESSON
    parents = [_nearest(low, key, logged, above) for low, key in zip(own.low.tolist(), own.key.tolist(), strict=True)]
    forest = planted(own._replace(parent=np.array(parents, np.int64)), reader, Clocks(())).forest
    return lesson(forest._replace(named=np.where(forest.named == -1, -2, forest.named)))


def _nearest(low: int, key: int, logged: set[tuple[int, int]], above: dict[tuple[int, int], int]) -> int:
    """The nearest span above that the store has, 0 where there is none."""
    at, seen = above[low, key], {key}
    while at and (low, at) not in logged and at not in seen:
        seen.add(at)
        at = above.get((low, at), 0)
    return at if (low, at) in logged else 0


def _joined(a: Lesson, b: Lesson) -> Lesson:
    """Both lessons; edges between operations that both know count once, as the store tells them, and the spans are those
    that it logs."""
    return Lesson({**a.edges, **b.edges}, {**a.holds, **b.holds}, b.forest if len(b.forest.key) else a.forest)
