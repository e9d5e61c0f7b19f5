"""The rows of spans that are not told in full, made straight from columns.

    start line, lines                  the end was not logged, or stands in another block
    lines, end line with a duration    so did the start
    lines                              as services write them that log no spans
    start line, lines, end line        a usual span with many lines in between, with a duration or without

Like `usual`, it makes no records and no Fragment; a property test holds that a row is the one the Fragment gives. Spans of
which any line is odd (another parent, a time out of order, a copy) are left to the Fragment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.model import Attribute, Rank, Role
from logtrace.reconstruct.spans.naming import masked
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.reconstruct.spans.runs import NONE, Bundle, Numbers, Run, Template, Truths
from logtrace.store.rows.failed import Failed, failures_of
from logtrace.store.rows.kept_lines import kept_lines
from logtrace.store.rows.of_fragments import SOURCES, Row, attribute_text
from logtrace.store.rows.partial_kinds import Sort
from logtrace.store.rows.partial_spans import LINES, Spans, Times, spans_of, times_of
from logtrace.store.rows.sorts import Names

_GUESS, _NO_NAME = int(Rank.GUESS), int(Rank.NONE)
_EXPLICIT, _ROOT, _NO_PARENT = (SOURCES.index(name) << 16 for name in ("explicit", "root", "none"))
_RANKS = {int(Role.END): 0, int(Role.COMPLETE): 0, int(Role.START): 1, int(Role.POINT): 2}


class Partial(NamedTuple):
    """ready, pending: rows of known names, and rows with new ones; odd: positions of the lines of all other spans."""

    ready: list[Row]
    pending: list[Row]
    odd: list[int]


def partial_rows(found: RunCollector, positions: Sequence[int], names: Names) -> Partial:
    """The rows of spans that are told in part. positions: of all their lines, span by span, as `RunCollector.spans` orders
    them."""
    run = found.run
    if run is None or not positions:
        return Partial([], [], list(positions))
    order = np.array(positions, np.int64)
    templates = list(map(run.templates.__getitem__, positions))
    spans = spans_of(run, order, templates)
    times = times_of(run, order, spans)
    texts = _attributes(run, positions, templates, spans, names)
    fitting = times.fitting & np.array([text is not None for text in texts], np.bool_)
    if not fitting.all():
        spans, times, texts = spans.only(fitting), times.only(fitting), list(compress(texts, fitting.tolist()))
    made = Partial([], [], order[_others(spans, len(order))].tolist())
    for row, is_new in _rows(found, order, templates, spans, times, texts, names):  # type: ignore[arg-type]
        (made.pending if is_new else made.ready).append(row)
    return made


def _others(spans: Spans, count: int) -> Truths:
    """Which of so many lines are of no such span."""
    steps = np.zeros(count + 1, np.int64)
    steps[spans.begins] += 1
    steps[spans.ends] -= 1
    outside: Truths = np.cumsum(steps[:-1]) == 0
    return outside


def _rows(
    found: RunCollector, order: Numbers, templates: Sequence[Template], spans: Spans, times: Times,
    texts: Sequence[tuple[str, bool]], names: Names,
) -> Iterator[tuple[Row, bool]]:  # fmt: skip
    """(row, whether a name in it is new) of spans, each with its attributes (see _attributes)."""
    run = found.run
    assert run is not None
    first = order[spans.begins]
    first_ns, bodies = run.times[first], names.bodies(list(map(run.bodies.__getitem__, order.tolist())))
    at = _named(spans, run.times[order], templates)
    told = [
        _operation(kinds.sort, templates[line].record.name, bodies[begin:end], names)  # type: ignore[arg-type]
        for line, kinds, (begin, end) in zip(at, spans.kinds, spans.bounds(), strict=True)
    ]
    operations, ranks = np.array(told, np.int64).reshape(-1, 2).T
    parents = np.where(run.told[first], np.where(run.parents[first] != NO_SPAN, _EXPLICIT, _ROOT), _NO_PARENT)
    facts = spans.facts.facts | ranks << 4 | times.form << 8 | parents | times.sources << 20
    counts = spans.ends - spans.begins
    columns = [
        run.lows[first], run.highs[first], run.spans[first], run.parents[first], operations, times.start_ns, facts,
        spans.facts.flags | times.flags, counts,
    ]  # fmt: skip
    stated = ((times.sources & 15) != LINES) & (first_ns == times.start_ns)
    inside = np.repeat(spans.begins - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
    own = bodies if len(inside) == len(bodies) else list(map(bodies.__getitem__, inside.tolist()))
    lines = kept_lines(found, order[inside], own, counts, stated, names.messages)
    failed = failures_of(run, order, spans.begins, spans.ends)
    extras = _extras(spans, times, run.times[order[at]], failed)
    lasted = [None if each == NONE else each for each in times.duration_ns.tolist()]
    confidence = [None if each else 0 for each in run.told[first].tolist()]
    rest = zip(confidence, lasted, (its.level for its in failed), texts, lines, extras, strict=True)
    for numbers, (sure, duration_ns, error, (text, is_final), its_lines, extra) in zip(
        zip(*(column.tolist() for column in columns), strict=True), rest, strict=True
    ):
        low, high, span, parent, operation, start_ns, its_facts, flags, count = numbers
        yield (
            (low, high, span, parent, sure, operation, start_ns, duration_ns, its_facts, error, flags, count, text, its_lines,
             extra),
            operation < 0 or not is_final,
        )  # fmt: skip


def _named(spans: Spans, times: Numbers, templates: Sequence[Template]) -> list[int]:
    """Which of all lines gives each span its name: the first that has one; of several at that time the first in the alphabet."""
    at = spans.begins + np.array([kinds.named for kinds in spans.kinds], np.int64)
    found: list[int] = at.tolist()
    behind = np.minimum(at + 1, spans.ends - 1)
    for number in np.flatnonzero((spans.facts.several > 0) & (behind > at) & (times[behind] == times[at])).tolist():
        some = range(found[number], int(spans.ends[number]))
        alike = [line for line in some if times[line] == times[some[0]] and templates[line].record.name]
        found[number] = min(alike, key=lambda line: templates[line].record.name)
    return found


def _operation(sort: Sort, name: str, bodies: Sequence[str], names: Names) -> tuple[int, int]:
    """(number of the operation, rank of its name): without a name, the first message stands in."""
    if not name:
        body = next(filter(None, bodies), "")
        return names.operation((sort.service, masked(body), sort.kind)), _GUESS if body else _NO_NAME
    number = sort.numbers.get(name)
    if number is None:
        number = names.operation((sort.service, name, sort.kind))
        if number >= 0:
            sort.numbers[name] = number
    return number, sort.name_rank


def _extras(spans: Spans, times: Times, named_ns: Numbers, failed: Sequence[Failed]) -> list[str | None]:
    """What each row has in `extra`: its error, the time of the line that gave a weak name, the flags as logged where more were
    found."""
    weak, logged, more = spans.facts.weak.tolist(), spans.facts.flags, times.flags
    flagged = ((logged | more) != logged).tolist()
    found: list[str | None] = []
    told = zip(failed, weak, flagged, named_ns.tolist(), logged.tolist(), strict=True)
    for its, is_weak, is_flagged, name_ns, flags in told:
        parts = [its.extra] * bool(its.level)
        parts += [f'"name_ns":{name_ns}'] * is_weak + [f'"flags":{flags}'] * is_flagged
        found.append(f"{{{','.join(parts)}}}" if parts else None)
    return found


def _attributes(
    run: Run, positions: Sequence[int], templates: Sequence[Template], spans: Spans, names: Names
) -> list[tuple[str, bool] | None]:
    """(the attributes of each span as they stand in its row, whether that is final); None where a key has two values."""
    bundles = list(map(run.bundles.__getitem__, positions))
    has_some = np.r_[0, np.cumsum([bool(bundle.attributes) for bundle in bundles])]
    bare = (has_some[spans.ends] == has_some[spans.begins]).tolist()
    found: list[tuple[str, bool] | None] = []
    for kinds, is_bare, (begin, end) in zip(spans.kinds, bare, spans.bounds(), strict=True):
        if is_bare and kinds.text is not None:
            found.append((kinds.text, True))
            continue
        made = _text(list(zip(templates[begin:end], bundles[begin:end], strict=True)), names)
        if is_bare and made is not None and made[1]:
            kinds.text = made[0]
        found.append(made)
    return found


def _text(lines: Sequence[tuple[Template, Bundle]], names: Names) -> tuple[str, bool] | None:
    """As `_attributes`, of lines in order."""
    found: dict[Attribute, int] = {}
    seen: set[int] = set()
    for kind, bundle in sorted(lines, key=_rank):
        for holder in (kind, bundle):
            if id(holder) not in seen:
                seen.add(id(holder))
                for each in holder.attributes:
                    found.setdefault(each, _RANKS[kind.record.role])
    if len({each.key for each in found}) < len(found):
        return None
    numbers = [names.attribute(each) for each in found]
    text = ",".join(map(attribute_text, found, found.values(), numbers))
    return f"[{text}]", all(number is None or number >= 0 for number in numbers)


def _rank(line: tuple[Template, Bundle]) -> int:
    return _RANKS[line[0].record.role]
