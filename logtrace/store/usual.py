"""The rows of usual spans, made straight from columns.

A usual span is a start line, maybe one line in between, and an end line with a duration that agrees; or a single line
with a duration. Its row is made here without a record or a Fragment, many times as fast; a property test holds that it
is the row that the Fragment gives. What the lines of some kinds have in common is worked out once (`_Sort`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.model import Attribute, Rank, Record, Role
from logtrace.reconstruct.bounds import CONFLICT_NS, MAX_DURATION_NS
from logtrace.reconstruct.run_collector import RunCollector
from logtrace.reconstruct.runs import NONE, Bundle, Numbers, Run, Template, Truths, number_of
from logtrace.store.packed import NOTHING, Packed, packed, unpacked
from logtrace.store.rows import SOURCES, OperationKey, Row, attribute_text

_START, _END, _POINT, _COMPLETE = int(Role.START), int(Role.END), int(Role.POINT), int(Role.COMPLETE)
_TIMES = SOURCES.index("duration") << 20 | SOURCES.index("record") << 24
_AGREEING, _NEAR = 1, 7
_ALONE = {_COMPLETE: 3, _END: 2}
_EXPLICIT, _ROOT, _NO_PARENT = (SOURCES.index(name) << 16 for name in ("explicit", "root", "none"))


class Names(Protocol):
    """Who knows the numbers of names (jobs.work.Encoder). Negative numbers stand for new names.

    texts   known attributes as they stand in a row when the span's end gave them: their number times 4
    """

    texts: dict[Attribute, str]

    def operation(self, key: OperationKey) -> int: ...
    def attribute(self, attribute: Attribute) -> int | None: ...
    def body(self, body: str) -> str:
        """A message as it stands in a row."""


class Made(NamedTuple):
    """ready, pending: rows of known names, and rows with new ones; odd: positions of the lines of all other spans."""

    ready: Packed
    pending: list[Row]
    odd: list[int]


_NO_OTHERS: tuple[tuple[Attribute, ...], ...] = ((), ())


class _Sort:
    """What spans have in common whose lines are of certain kinds. All but the numbers of names is final.

    number   of the operation; None until it is known
    facts    without the parent and the form
    end      the attributes of the last line's kind; others: those that only the first line's kind has, and the middle one's
    fits     by the keys of a bundle: whether `end` has none of them
    """

    __slots__ = ("end", "facts", "fits", "flags", "form", "key", "number", "others")

    def __init__(self, kinds: list[Template]) -> None:
        records, last = [kind.record for kind in kinds], kinds[-1]
        kind = next((record.kind for record in records if record.kind), "")
        self.key = (last.record.service, last.record.name, kind)
        self.number: int | None = None
        worst = max(record.severity for record in records)
        self.facts = last.record.service_rank | last.record.name_rank << 4 | _TIMES | worst << 28
        self.form = _ALONE.get(last.record.role, 0) if len(kinds) == 1 else 0
        self.flags = int(np.bitwise_or.reduce([record.flags for record in records]))
        self.end = Bundle.of(last.attributes)
        self.others = tuple(
            tuple([each for kind_of in earlier for each in kind_of.attributes if each not in last.attributes])
            for earlier in (kinds[:1], kinds[1:-1])
        )
        self.fits: dict[frozenset[str] | None, bool] = {None: False}

    def has_none_of(self, keys: frozenset[str] | None) -> bool:
        """Whether `end` has none of the keys of a bundle."""
        fits = self.fits[keys] = keys is not None and keys.isdisjoint(self.end.keys or ())
        return fits


def _are_usual(records: list[Record]) -> bool:
    """Whether lines of such records make a usual span, as far as their kinds tell."""
    roles, last = [record.role for record in records], records[-1]
    return (
        (roles in ([_START, _END], [_START, _POINT, _END]) or (len(roles) == 1 and roles[0] in _ALONE))
        and bool(last.name) and last.name_rank < Rank.WEAK
        and len({(r.service, r.service_rank, r.name, r.name_rank) for r in records}) == 1
        and len({record.kind for record in records} - {""}) < 2
        and not any(r.error or r.links or r.start_ns is not None or r.end_ns is not None for r in records)
    )  # fmt: skip


def usual_rows(found: RunCollector, names: Names) -> Made:
    """The rows of all usual spans among those of which all lines came in runs."""
    run = found.run
    order, starts, ends = found.spans()
    if run is None or not len(order):
        return Made(NOTHING, [], [])
    counts = ends - starts
    first, last = order[starts], order[ends - 1]
    middle = np.where(counts == 3, order[np.minimum(starts + 1, len(order) - 1)], last)
    usual = (counts <= 3) & _alike(run, order, first, counts)
    sorts, sort_of = _sorts(run, first, middle, last, counts)
    usual &= np.array([sort is not None for sort in sorts], np.bool_)[sort_of]
    first_ns, end_ns, durations = run.times[first], run.times[last], run.durations[last]
    usual &= (first_ns != NONE) & (end_ns != NONE) & (durations >= 0) & (durations <= MAX_DURATION_NS)
    start_ns = end_ns - np.where(usual, durations, 0)
    pairs = counts > 1
    with np.errstate(over="ignore"):
        usual &= ~pairs | ((first_ns <= end_ns) & (np.abs(first_ns - start_ns) <= CONFLICT_NS) & _differ(run, first, last))
        between = run.times[middle]
        usual &= (counts < 3) | (
            (first_ns <= between) & (between <= end_ns) & _differ(run, first, middle) & _differ(run, middle, last)
        )
    texts = _attributes(run, usual, [sorts[number] for number in sort_of.tolist()], (first, middle, last), names)
    usual &= np.array([text is not None for text in texts], np.bool_)
    ready, pending = _rows(found, usual, sorts, sort_of, texts, start_ns, names)
    return Made(ready, pending, order[np.repeat(~usual, counts)].tolist())


def _alike(run: Run, order: Numbers, first: Numbers, counts: Numbers) -> Truths:
    """Of which spans all lines name the same trace and the same parent."""
    own = np.repeat(first, counts)
    odd = (run.lows[order] != run.lows[own]) | (run.highs[order] != run.highs[own])
    odd |= (run.parents[order] != run.parents[own]) | (run.told[order] != run.told[own])
    alike: Truths = ~np.logical_or.reduceat(odd, np.cumsum(counts) - counts)
    return alike


def _differ(run: Run, a: Numbers, b: Numbers) -> Truths:
    """Which pairs of lines are no copies of one another."""
    different: Truths = (run.times[a] != run.times[b]) | (run.hashes[a] != run.hashes[b])
    return different


def _sorts(run: Run, first: Numbers, middle: Numbers, last: Numbers, counts: Numbers) -> tuple[list[_Sort | None], Numbers]:
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
        sorts.append(_sort([a, m, b][:: 1 if count == 3 else 2] if count > 1 else [b]) if count < 4 else None)
    return sorts, sort_of


def _sort(kinds: list[Template]) -> _Sort | None:
    """The sort of spans whose lines are of these kinds, remembered with the first; None where they are not usual."""
    notes, others = kinds[0].notes, tuple(kind.number for kind in kinds[1:])
    if others not in notes:
        made = _Sort(kinds) if _are_usual([kind.record for kind in kinds]) else None
        notes[others] = None if made is None or made.end.keys is None else made
    return notes[others]  # type: ignore[no-any-return]


def _attributes(
    run: Run, usual: Truths, sorts: list[_Sort | None], lines: tuple[Numbers, Numbers, Numbers], names: Names
) -> list[str | None]:
    """The attributes of each usual span as they stand in its row; None where one key has two values."""
    bundles = run.bundles
    same = np.fromiter(map(id, bundles), np.int64, len(bundles))
    first, middle, last = lines
    several = (same[first] != same[last]) | (same[middle] != same[last])
    texts: list[str | None] = [None] * len(last)
    chosen = np.flatnonzero(usual)
    for at, line, more in zip(chosen.tolist(), last[chosen].tolist(), several[chosen].tolist(), strict=True):
        own, sort = bundles[line], sorts[at]
        assert sort is not None  # of usual spans
        if not (sort.fits[own.keys] if own.keys in sort.fits else sort.has_none_of(own.keys)):
            continue
        text = own.text
        if text is None:
            text = _text(own, names)
        if sort.end.attributes:
            end = sort.end.text or _text(sort.end, names)
            text = f"{end},{text}" if text else end
        if more or sort.others != _NO_OTHERS:
            extra = _beyond(sort, bundles[first[at]], bundles[middle[at]], own, names)
            if extra is None:
                continue
            text = f"{text},{extra}" if text and extra else text or extra
        texts[at] = text
    return texts


def _text(bundle: Bundle, names: Names) -> str:
    """The attributes of a bundle as they stand in a row, given by a span's end; remembered once it is final."""
    texts = list(map(names.texts.get, bundle.attributes))
    if None in texts:
        numbers = [names.attribute(attribute) for attribute in bundle.attributes]
        text = ",".join([attribute_text(a, 0, number) for a, number in zip(bundle.attributes, numbers, strict=True)])
        if any(number is not None and number < 0 for number in numbers):
            return text
    else:
        text = ",".join(texts)  # type: ignore[arg-type]
    bundle.text = text
    return text


def _beyond(sort: _Sort, first: Bundle, middle: Bundle, own: Bundle, names: Names) -> str | None:
    """What earlier lines have beyond the last, as it stands in a row; None where a key has two values."""
    last, end = own.attributes, sort.end.attributes
    found: dict[Attribute, int] = {}
    for rank, kinds, bundle in ((1, sort.others[0], first), (2, sort.others[1], middle)):
        if kinds or bundle is not own:
            for each in kinds + bundle.attributes:
                if each not in last and each not in end:
                    found.setdefault(each, rank)
    keys = [each.key for each in found]
    if len(set(keys)) < len(keys) or any(key in own.keys or key in sort.end.keys for key in keys):  # type: ignore[operator]
        return None
    return ",".join([attribute_text(each, rank, names.attribute(each)) for each, rank in found.items()])


def _rows(
    found: RunCollector, usual: Truths, sorts: list[_Sort | None], sort_of: Numbers, texts: list[str | None], start_ns: Numbers,
    names: Names,
) -> tuple[Packed, list[Row]]:  # fmt: skip
    """(rows of known names, rows with new ones) of the usual spans."""
    run = found.run
    assert run is not None
    order, starts, ends = found.spans()
    chosen = np.flatnonzero(usual)
    starts, ends, own = starts[chosen], ends[chosen], sort_of[chosen]
    counts = ends - starts
    first, last = order[starts], order[ends - 1]
    first_ns, start_ns = run.times[first], start_ns[chosen]
    durations = run.times[last] - start_ns
    told = [(0, 0, 0, 0) if sort is None else (_number(sort, names), sort.facts, sort.form, sort.flags) for sort in sorts]
    operations, facts, forms, flags = np.array(told, np.int64)[own].T
    forms = np.where(forms > 0, forms, np.where(first_ns == start_ns, _AGREEING, _NEAR))
    parents = np.where(run.told[first], np.where(run.parents[first] != NO_SPAN, _EXPLICIT, _ROOT), _NO_PARENT)
    attributes = [f"[{texts[at]}]" for at in chosen.tolist()]
    lines = _lines(found, order[np.repeat(usual, found.spans().ends - found.spans().starts)], first_ns, start_ns, counts, names)
    columns = [
        run.lows[first], run.highs[first], run.spans[first], run.parents[first], operations, start_ns, durations,
        facts | forms << 8 | parents, flags, counts,
    ]  # fmt: skip
    new = np.array([text.startswith("[-") or ",-" in text for text in attributes], np.bool_) | (operations < 0)
    if not new.any():
        return packed(columns, attributes, lines), []
    parts = [
        packed(
            [column[wanted] for column in columns],
            *([texts[at] for at in np.flatnonzero(wanted)] for texts in (attributes, lines)),
        )
        for wanted in (~new, new)
    ]
    return parts[0], list(unpacked(parts[1]))


def _number(sort: _Sort, names: Names) -> int:
    """The number of the operation of a sort of spans, remembered once it is final."""
    if sort.number is not None:
        return sort.number
    number = names.operation(sort.key)
    if number >= 0:
        sort.number = number
    return number


def _lines(
    found: RunCollector, order: Numbers, first_ns: Numbers, start_ns: Numbers, counts: Numbers, names: Names
) -> list[str]:  # fmt: skip
    """The lines of each span as they stand in its row (see rows)."""
    run = found.run
    assert run is not None
    offsets = run.times[order] - np.repeat(first_ns, counts)
    places = order.tolist()
    texts = [
        f"[{chunk},{line},{offset},{severity},{text_hash},{body}]"
        for chunk, line, offset, severity, text_hash, body in zip(
            found.chunks[order].tolist(), run.indexes[order].tolist(), offsets.tolist(),
            [run.templates[at].record.severity for at in places], run.hashes[order].tolist(),
            [names.body(run.bodies[at]) for at in places], strict=True,
        )
    ]  # fmt: skip
    bases = ["[" if same else f"[{base}," for same, base in zip((first_ns == start_ns).tolist(), first_ns.tolist(), strict=True)]
    ends = np.cumsum(counts).tolist()
    return [f"{base}{','.join(texts[start:end])}]" for base, (start, end) in zip(bases, pairwise([0, *ends]), strict=True)]
