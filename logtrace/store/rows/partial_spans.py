"""Spans that are told in part, as columns: which of them agree in themselves, and their times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from logtrace.model import Flag, Role
from logtrace.reconstruct.spans.bounds import CONFLICT_NS, MAX_DURATION_NS
from logtrace.reconstruct.spans.runs import NONE, Numbers, Run, Template, Truths, number_of
from logtrace.store.rows.of_fragments import SOURCES
from logtrace.store.rows.partial_kinds import Kinds, Sort, kinds_of

_END, _COMPLETE = int(Role.END), int(Role.COMPLETE)
LINES = SOURCES.index("lines")
_RECORD, _DURATION = SOURCES.index("record"), SOURCES.index("duration")
_LOWER_BOUND, _OPEN = int(Flag.LOWER_BOUND), int(Flag.OPEN)
_OF_LINES, _OF_START, _OF_END, _OF_COMPLETE, _AGREEING, _UNTOLD, _NEAR = 0, 6, 2, 3, 1, 5, 7


class Facts(NamedTuple):
    """What the Sort of each span tells."""

    starts: Numbers
    ends: Numbers
    facts: Numbers
    flags: Numbers
    weak: Numbers
    several: Numbers


_FACTS = attrgetter(*Facts._fields)


class Spans(NamedTuple):
    """Spans by their lines: where the lines of each begin and end in the order of all, what kinds those are."""

    begins: Numbers
    ends: Numbers
    kinds: list[Kinds]
    facts: Facts

    def bounds(self) -> Iterator[tuple[int, int]]:
        return zip(self.begins.tolist(), self.ends.tolist(), strict=True)

    def only(self, wanted: Truths) -> Spans:
        kinds = list(compress(self.kinds, wanted.tolist()))
        return Spans(self.begins[wanted], self.ends[wanted], kinds, Facts._make(column[wanted] for column in self.facts))


def spans_of(run: Run, order: Numbers, templates: Sequence[Template]) -> Spans:
    """The spans of which the lines agree, are in order, and are of fitting kinds."""
    spans = run.spans[order]
    begins = np.flatnonzero(np.r_[True, spans[1:] != spans[:-1]])
    ends = np.r_[begins[1:], len(order)]
    plain = _agree(run, order, begins)
    begins, ends = begins[plain], ends[plain]
    numbers = list(map(number_of, templates))
    kinds = [kinds_of(templates[a:b], numbers[a:b]) for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]
    fitting = np.array([each.sort is not None for each in kinds], np.bool_)
    kinds = list(compress(kinds, fitting.tolist()))
    sorts: list[Sort] = [each.sort for each in kinds]  # type: ignore[misc]
    places = {sort: at for at, sort in enumerate(dict.fromkeys(sorts))}
    told = np.array(list(map(_FACTS, places)), np.int64).reshape(-1, len(Facts._fields))
    return Spans(begins[fitting], ends[fitting], kinds, Facts(*told[list(map(places.__getitem__, sorts))].T))


def _agree(run: Run, order: Numbers, begins: Numbers) -> Truths:
    """Of which spans the lines name one trace and one parent, are in the order of their times, and are no copies; of which no
    field tells a start or an end."""
    times = run.times[order]
    differs = np.zeros(len(order), np.bool_)
    for column in (run.lows, run.highs, run.parents, run.told):
        differs[1:] |= column[order[1:]] != column[order[:-1]]
    differs[1:] |= times[1:] < times[:-1]
    differs[begins] = False
    differs |= (times == NONE) | (run.starts[order] != NONE) | (run.ends[order] != NONE)
    differs |= _copies(np.repeat(begins, np.diff(np.r_[begins, len(order)])), times, run.hashes[order])
    agreeing: Truths = ~np.logical_or.reduceat(differs, begins)
    return agreeing


def _copies(span: Numbers, times: Numbers, hashes: Numbers) -> Truths:
    """Which lines have the time and the text of another of their span."""
    near = np.lexsort((hashes, times, span))
    same = np.ones(len(span) - 1, np.bool_)
    for column in (span, times, hashes):
        same &= column[near[1:]] == column[near[:-1]]
    found = np.zeros(len(span), np.bool_)
    found[near[1:][same]] = True
    return found


class Times(NamedTuple):
    """Start and duration of spans (NONE: it has none yet), the form of their marks, the sources of start and end, and flags,
    as `bounds` finds them; fitting: of which spans nothing conflicts."""

    start_ns: Numbers
    duration_ns: Numbers
    form: Numbers
    sources: Numbers
    flags: Numbers
    fitting: Truths

    def only(self, wanted: Truths) -> Times:
        return Times._make(column[wanted] for column in self)


def times_of(run: Run, order: Numbers, spans: Spans) -> Times:
    first, last = order[spans.begins], order[spans.ends - 1]
    first_ns, last_ns, stated = run.times[first], run.times[last], run.durations[last]
    started, ended = spans.facts.starts > 0, spans.facts.ends > 0
    told = (stated >= 0) & (stated <= MAX_DURATION_NS)
    untold = started & (spans.facts.ends == _END) & (stated == NONE)
    start_ns = np.where(ended & ~untold, last_ns - np.where(told, stated, 0), first_ns)
    at_end = np.where(spans.facts.ends == _COMPLETE, _OF_COMPLETE, _OF_END)
    of_end = np.where(started, np.where(untold, _UNTOLD, np.where(first_ns == start_ns, _AGREEING, _NEAR)), at_end)
    fine = (spans.facts.flags & Flag.INVALID_DURATION) == 0  # see bounds.of_lines
    lasted, source = last_ns - first_ns, np.where(started, _RECORD, LINES)
    flags = np.where(started | (lasted == 0), _OPEN, 0) | np.where(lasted == 0, 0, _LOWER_BOUND)
    return Times(
        start_ns,
        np.where(untold, lasted, np.where(ended, stated, np.where(lasted == 0, NONE, lasted))),
        np.where(ended, of_end, np.where(started, _OF_START, _OF_LINES)),
        np.where(ended, np.where(untold, _RECORD, _DURATION) | _RECORD << 4, source | np.where(lasted == 0, 0, LINES << 4)),
        np.where(ended, 0, flags),
        np.where(
            ended & ~untold, told & fine & (~started | (np.abs(start_ns - first_ns) <= CONFLICT_NS)), lasted <= MAX_DURATION_NS
        ),
    )
