"""The rows of usual spans, made straight from columns.

A usual span is a start line, maybe one line in between, and an end line, whose duration agrees where it has one; or a single
line with a duration. Its row is made here without a record or a Fragment, many times as fast; a property test holds that it
is the row that the Fragment gives. What the lines of some kinds have in common is worked out once (see `sorts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.model import Attribute, Flag
from logtrace.reconstruct.spans.bounds import CONFLICT_NS, MAX_DURATION_NS
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.reconstruct.spans.runs import NONE, Bundle, Numbers, Run, Truths, number_of
from logtrace.store.rows.failed import failures_of, with_failure
from logtrace.store.rows.kept_lines import kept_lines
from logtrace.store.rows.of_fragments import SOURCES, Row, attribute_text
from logtrace.store.rows.packed import NOTHING, Packed, packed, unpacked
from logtrace.store.rows.sorts import Names, Sort, number_of_operation, sort_of_kinds, text_of

_BY_DURATION, _BY_LINES = (SOURCES.index(start) << 20 | SOURCES.index("record") << 24 for start in ("duration", "record"))
_AGREEING, _UNTOLD, _NEAR = 1, 5, 7
_EXPLICIT, _ROOT, _NO_PARENT = (SOURCES.index(name) << 16 for name in ("explicit", "root", "none"))


class Made(NamedTuple):
    """ready, failed: rows of known names, the latter with errors; pending: rows with new names; odd: positions of the lines of
    all other spans."""

    ready: Packed
    failed: list[Row]
    pending: list[Row]
    odd: list[int]


def usual_rows(found: RunCollector, names: Names) -> Made:
    """The rows of all usual spans among those of which all lines came in runs."""
    run = found.run
    order, starts, ends = found.spans()
    if run is None or not len(order):
        return Made(NOTHING, [], [], [])
    counts = ends - starts
    first, last = order[starts], order[ends - 1]
    middle = np.where(counts == 3, order[np.minimum(starts + 1, len(order) - 1)], last)
    usual = (counts <= 3) & _alike(run, order, first, counts)
    sorts, sort_of = _sorts(run, first, middle, last, counts)
    usual &= np.array([sort is not None for sort in sorts], np.bool_)[sort_of]
    doubted = np.array([sort is not None and bool(sort.flags & Flag.INVALID_DURATION) for sort in sorts], np.bool_)[sort_of]
    first_ns, end_ns, durations = run.times[first], run.times[last], run.durations[last]
    usual &= ~doubted | (durations == NONE)  # see bounds.of_lines
    pairs = counts > 1
    durations = np.where(pairs & (durations == NONE), end_ns - first_ns, durations)
    usual &= (first_ns != NONE) & (end_ns != NONE) & (durations >= 0) & (durations <= MAX_DURATION_NS)
    start_ns = end_ns - np.where(usual, durations, 0)
    with np.errstate(over="ignore"):
        usual &= ~pairs | ((first_ns <= end_ns) & (np.abs(first_ns - start_ns) <= CONFLICT_NS) & _differ(run, first, last))
        between = run.times[middle]
        usual &= (counts < 3) | (
            (first_ns <= between) & (between <= end_ns) & _differ(run, first, middle) & _differ(run, middle, last)
        )
    texts, odd, new = _attributes(run, usual, sorts, sort_of, (first, middle, last), names)
    usual &= ~odd
    rows = _rows(found, usual, sorts, sort_of, texts, new, start_ns, names)
    return Made(*rows, order[np.repeat(~usual, counts)].tolist())


def _alike(run: Run, order: Numbers, first: Numbers, counts: Numbers) -> Truths:
    """Of which spans all lines name the same trace and the same parent, and no field tells a start or an end."""
    own = np.repeat(first, counts)
    odd = (run.starts[order] != NONE) | (run.ends[order] != NONE)
    odd |= (run.lows[order] != run.lows[own]) | (run.highs[order] != run.highs[own])
    odd |= (run.parents[order] != run.parents[own]) | (run.told[order] != run.told[own])
    alike: Truths = ~np.logical_or.reduceat(odd, np.cumsum(counts) - counts)
    return alike


def _differ(run: Run, a: Numbers, b: Numbers) -> Truths:
    """Which pairs of lines are no copies of one another."""
    different: Truths = (run.times[a] != run.times[b]) | (run.hashes[a] != run.hashes[b])
    return different


def _sorts(run: Run, first: Numbers, middle: Numbers, last: Numbers, counts: Numbers) -> tuple[list[Sort | None], Numbers]:
    """(the sorts of spans there are, None for those that are not usual; which of them each span is of)."""
    kinds = {kind.number: kind for kind in set(run.templates)}
    known = np.array(sorted(kinds), np.int64)
    places = np.searchsorted(known, np.fromiter(map(number_of, run.templates), np.int64, len(run.templates)))
    many = len(known)
    codes = (np.minimum(counts, 4) * many + places[first]) * many * many + places[middle] * many + places[last]
    distinct, sort_of = np.unique(codes, return_inverse=True)
    sorts = []
    for code in distinct.tolist():
        count, *found = code // many**3, code // many**2 % many, code // many % many, code % many
        a, m, b = (kinds[int(known[at])] for at in found)
        sorts.append(sort_of_kinds([a, m, b][:: 1 if count == 3 else 2] if count > 1 else [b]) if count < 4 else None)
    return sorts, sort_of


def _attributes(
    run: Run, usual: Truths, sorts: list[Sort | None], sort_of: Numbers, lines: tuple[Numbers, Numbers, Numbers], names: Names
) -> tuple[list[str], Truths, Truths]:
    """(the attributes of each usual span as they stand in its row, which spans have none because one key has two values, in
    which there are new names)."""
    bundles = run.bundles
    same = np.fromiter(map(id, bundles), np.int64, len(bundles))
    first, middle, last = lines
    several = (same[first] != same[last]) | (same[middle] != same[last])
    chosen = np.flatnonzero(usual)
    ends = [("", True) if sort is None or not sort.end.attributes else text_of(sort.end, names) for sort in sorts]
    texts = [""] * len(last)
    odd, new = [], []
    of_chosen = (column[chosen].tolist() for column in (last, sort_of, several))
    for at, line, number, more in zip(chosen.tolist(), *of_chosen, strict=True):
        own, sort, (end, final) = bundles[line], sorts[number], ends[number]
        assert sort is not None  # of usual spans
        fits = sort.fits.get(own.keys)
        if not (sort.has_none_of(own.keys) if fits is None else fits):
            odd.append(at)
            continue
        text, told = own.text, True
        if text is None:
            text, told = text_of(own, names)
        if sort.has_others or more:
            earlier = _more(bundles[first[at]], own), _more(bundles[middle[at]], own)
            extra = _beyond(sort, earlier, own, names)
            if extra is None:
                odd.append(at)
                continue
            text, told = f"{text},{extra[0]}" if text and extra[0] else text or extra[0], told and extra[1]
        texts[at] = f"[{end},{text}]" if end and text else f"[{end or text}]"
        if not (told and final):
            new.append(at)
    return texts, _marked(odd, len(last)), _marked(new, len(last))


def _more(earlier: Bundle, own: Bundle) -> Sequence[Attribute]:
    """What an earlier line has that the last has not: mostly one of them says what the other says, and more behind."""
    theirs, ours = earlier.attributes, own.attributes
    if theirs == ours[: len(theirs)]:
        return ()
    return theirs[len(ours) :] if theirs[: len(ours)] == ours else [each for each in theirs if each not in ours]


def _marked(places: list[int], count: int) -> Truths:
    marked = np.zeros(count, np.bool_)
    marked[places] = True
    return marked


def _beyond(sort: Sort, earlier: tuple[Sequence[Attribute], ...], own: Bundle, names: Names) -> tuple[str, bool] | None:
    """What earlier lines have beyond the last, as it stands in a row, and whether that is final; None where a key has two
    values. earlier: those of their bundles."""
    found: dict[Attribute, int] = {}
    for rank, kinds, more in zip((1, 2), sort.others, earlier, strict=True):
        for each in kinds:
            if each not in own.attributes:
                found.setdefault(each, rank)
        for each in more:
            if each not in sort.end.attributes:
                found.setdefault(each, rank)
    if not found:
        return "", True
    keys = {each.key for each in found}
    if len(keys) < len(found) or not (keys.isdisjoint(own.keys) and keys.isdisjoint(sort.end.keys)):  # type: ignore[arg-type]
        return None
    numbers = list(map(names.attribute, found))
    text = ",".join(map(attribute_text, found, found.values(), numbers))
    return text, all(number is None or number >= 0 for number in numbers)


def _rows(
    found: RunCollector, usual: Truths, sorts: list[Sort | None], sort_of: Numbers, texts: list[str], new: Truths,
    start_ns: Numbers, names: Names,
) -> tuple[Packed, list[Row], list[Row]]:  # fmt: skip
    """(rows of known names, such rows with errors, rows with new names) of the usual spans."""
    run = found.run
    assert run is not None
    order, starts, ends = found.spans()
    chosen = np.flatnonzero(usual)
    starts, ends, own = starts[chosen], ends[chosen], sort_of[chosen]
    counts = ends - starts
    first, last = order[starts], order[ends - 1]
    first_ns, start_ns = run.times[first], start_ns[chosen]
    durations = run.times[last] - start_ns
    told = [
        (0, 0, 0, 0) if sort is None else (number_of_operation(sort, names), sort.facts, sort.form, sort.flags) for sort in sorts
    ]
    operations, facts, forms, flags = np.array(told, np.int64)[own].T
    untold = run.durations[last] == NONE
    forms = np.where(forms > 0, forms, np.where(untold, _UNTOLD, np.where(first_ns == start_ns, _AGREEING, _NEAR)))
    times = np.where(untold, _BY_LINES, _BY_DURATION)
    parents = np.where(run.told[first], np.where(run.parents[first] != NO_SPAN, _EXPLICIT, _ROOT), _NO_PARENT)
    attributes = [texts[at] for at in chosen.tolist()]
    places = order[np.repeat(usual, found.spans().ends - found.spans().starts)]
    bodies = names.bodies(list(map(run.bodies.__getitem__, places.tolist())))
    lines = kept_lines(found, places, bodies, counts, first_ns == start_ns, names.messages)
    columns = [
        run.lows[first], run.highs[first], run.spans[first], run.parents[first], operations, start_ns, durations,
        facts | forms << 8 | parents | times, flags, counts,
    ]  # fmt: skip
    new = new[chosen] | (operations < 0)
    failures = failures_of(run, order, starts, ends)
    apart = new | np.array([each.level > 0 for each in failures], np.bool_)
    if not apart.any():
        return packed(columns, attributes, lines), [], []
    ready, others = (
        packed([column[wanted] for column in columns], list(compress(attributes, told)), list(compress(lines, told)))
        for wanted in (~apart, apart)
        for told in (wanted.tolist(),)
    )
    failed: list[Row] = []
    pending: list[Row] = []
    for at, is_new, row in zip(np.flatnonzero(apart).tolist(), new[apart].tolist(), unpacked(others), strict=True):
        (pending if is_new else failed).append(with_failure(row, failures[at]))
    return ready, failed, pending
