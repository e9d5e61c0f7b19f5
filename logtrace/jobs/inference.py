"""Parents that no line names, for the rows of many traces at once: the quick way through what `rebuild` does.

Only the numbers of rows are read, and only what was inferred is written. A property test holds that both ways agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.model import OBSERVED_SOURCES, UNKNOWN, Flag
from logtrace.reconstruct.clocks import Clocks
from logtrace.reconstruct.decide import SOURCES as INFERRED
from logtrace.reconstruct.decide import decide
from logtrace.reconstruct.forest import Forest, Spans, forest_of, grains
from logtrace.reconstruct.naming import OperationKey
from logtrace.reconstruct.priors import Model
from logtrace.reconstruct.repair import HULL, covering
from logtrace.reconstruct.tables import Tables
from logtrace.store.reader import FragmentReader, Outline
from logtrace.store.rows import SOURCES, shown_alone

_NUMBER = {source: number for number, source in enumerate(SOURCES)}
_OBSERVED = frozenset(_NUMBER[source] for source in OBSERVED_SOURCES.intersection(_NUMBER))
_NONE, _ROOT, _EXPLICIT, _HULL = (_NUMBER[source] for source in ("none", "root", "explicit", HULL.source))
_BY_DECISION = [_NUMBER[source] for source in INFERRED]
_PLAIN_PARENTS = frozenset({_NONE, _ROOT, _EXPLICIT, *_BY_DECISION})
_UNUSUAL = int(Flag.MANY_PARENTS | Flag.SELF_PARENT | Flag.CYCLE_CUT | Flag.SHARED_ID | Flag.REMOTE_SEGMENT)
_PARENT, _START, _END = 16, 20, 24
_SOURCES = 15 << _PARENT | 15 << _START | 15 << _END
_LOWER_BOUND = int(Flag.LOWER_BOUND)


class Inferred(NamedTuple):
    """What inference makes of some traces.

    rows    (parent_key, confidence, start_ns, duration_ns, facts, flags, row id) of rows that change
    traces  rows of `trace`
    """

    rows: list[tuple[Any, ...]]
    traces: list[tuple[Any, ...]]


def own_rows(rows: Sequence[Outline], reader: FragmentReader) -> list[Outline] | None:
    """The rows of a trace as their own lines tell them; None where the trace needs a rebuild from its fragments:
    other than one row for each span, a span without a time, parents that need repair."""
    keys = [row.key for row in rows]
    if len(set(keys)) != len(keys) or len({row.high for row in rows}) > 1:
        return None
    own = [_own(row, reader) for row in rows]
    parents = {row.key: row.parent for row in own}
    firsts = {row.key: row.start_ns or 0 for row in own}
    backward = False
    for row in own:
        if row.key == NO_SPAN:
            continue
        if row.flags & _UNUSUAL or row.facts >> _PARENT & 15 not in _PLAIN_PARENTS or row.facts >> _START & 15 == _NONE:
            return None
        if row.parent != NO_SPAN:
            if row.parent not in parents:
                return None
            backward = backward or firsts[row.parent] >= firsts[row.key]
    if backward and _has_cycle(parents):
        return None
    return own if len(own) > (NO_SPAN in keys) else None


def _has_cycle(parents: dict[int, int]) -> bool:
    """Whether some span is its own ancestor. Where no parent starts after its child, none is."""
    settled = {NO_SPAN}
    for key in parents:
        path, at = [], key
        while at not in settled:
            settled.add(at)
            path.append(at)
            at = parents[at]
        if path and at in path:
            return True
    return False


def _own(row: Outline, reader: FragmentReader) -> Outline:
    """A row without what was inferred before."""
    facts = row.facts
    if facts >> _START & 15 == _HULL or facts >> _END & 15 == _HULL:
        alone = shown_alone(reader.fragment(row.id))
        facts = facts & ~_SOURCES | _NUMBER[alone.start.source] << _START | _NUMBER[alone.end.source] << _END
        facts |= _NUMBER[alone.parent.source] << _PARENT
        return row._replace(
            parent=alone.parent_key, start_ns=alone.start_ns, duration_ns=alone.duration_ns, facts=facts, flags=alone.flags,
            confidence=None if alone.parent.observed else alone.parent.confidence,
        )  # fmt: skip
    if facts >> _PARENT & 15 in _BY_DECISION:
        return row._replace(parent=NO_SPAN, facts=facts & ~(15 << _PARENT), confidence=UNKNOWN.confidence)
    return row


class Planted(NamedTuple):
    """The forest of the spans of traces, by the common clock; for each place its row, and what was added to its times."""

    forest: Forest
    rows: list[Outline]
    skew_ns: list[int]


def planted(traces: Sequence[Sequence[Outline]], reader: FragmentReader, clocks: Clocks) -> Planted:
    """The forest of traces whose rows come as from own_rows."""
    rows = [row for trace in traces for row in trace if row.key != NO_SPAN]
    skew = np.zeros(len(rows), np.int64)
    if clocks:
        domains = reader.domains(rows)
        skew = np.array([clocks.shift_ns(domain, row.start_ns or 0) for domain, row in zip(domains, rows, strict=True)], np.int64)
    sizes = [sum(row.key != NO_SPAN for row in trace) for trace in traces]
    columns = list(zip(*rows, strict=True))
    key, parent, operation, start = (np.array(column, np.int64) for column in (columns[3], columns[4], columns[5], columns[6]))
    start = start + skew
    duration = np.array([ns or 0 for ns in columns[7]], np.int64)
    facts, error, lines = (np.array(columns[at], np.int64) for at in (8, 9, 11))
    open_end = ~np.isin(facts >> _END & 15, list(_OBSERVED))
    distinct, place = np.unique(operation, return_inverse=True)
    operations: list[OperationKey] = [reader.operation(number) for number in distinct.tolist()]
    spans = Spans(
        trace=np.repeat(np.arange(len(traces)), sizes),
        start=start,
        end=start + duration,
        key=key,
        operation=place.astype(np.int64),
        parent=parent,
        root=(facts >> _PARENT & 15) == _ROOT,
        open_end=open_end,
        late=(error > 0) & (lines == 1) & ((facts >> 8 & 15) == 0),
        grain=grains(start - skew, start - skew + duration, open_end),
    )
    forest, order = forest_of(spans, operations)
    return Planted(forest, [rows[at] for at in order.tolist()], skew[order].tolist())


def infer(
    stored: Sequence[Sequence[Outline]], own: Sequence[Sequence[Outline]], model: Model, tables: Tables, reader: FragmentReader
) -> Inferred:
    """The parents of traces, whose rows come as they are stored and as their own lines tell them (see own_rows)."""
    if not own:
        return Inferred([], [])
    forest, rows, skew_ns = planted(own, reader, Clocks(model.clocks))
    decision = decide(forest, tables)
    above = np.where(decision.parent >= 0, decision.parent, np.where(forest.named >= 0, forest.named, -1)).tolist()
    shown = _widened(rows, above, skew_ns)
    was = {row.id: row for trace in stored for row in trace}
    changed: list[tuple[Any, ...]] = []
    final: list[Outline] = []
    confidences, sources = decision.confidence.tolist(), decision.source.tolist()
    chosen = decision.parent.tolist()
    for at, row in enumerate(shown):
        if chosen[at] >= 0:
            facts = row.facts & ~(15 << _PARENT) | _BY_DECISION[sources[at]] << _PARENT
            row = row._replace(parent=rows[chosen[at]].key, confidence=confidences[at], facts=facts)  # noqa: PLW2901
        elif row.parent == NO_SPAN:
            row = row._replace(confidence=None if row.facts >> _PARENT & 15 == _ROOT else 0)  # noqa: PLW2901
        final.append(row)
        if row != was[row.id]:
            changed.append((row.parent, row.confidence, row.start_ns, row.duration_ns, row.facts, row.flags, row.id))
    return Inferred(changed, list(_trace_rows(forest, final, own, model.version, reader)))


def _widened(rows: list[Outline], above: list[int], skew_ns: list[int]) -> list[Outline]:
    """The rows in span order with inferred bounds grown over the children; `above` has the place of each parent."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    shown = list(rows)
    for at in _from_below(above):
        row = shown[at]
        facts, start_ns, duration_ns = row.facts, row.start_ns, row.duration_ns
        if at in first:
            start_known, end_known = facts >> _START & 15 in _OBSERVED, facts >> _END & 15 in _OBSERVED
            if not (start_known and end_known):
                grown = covering(start_ns, duration_ns, start_known, end_known, first[at], last[at])
                start_ns, duration_ns = grown.start_ns, grown.duration_ns
                facts = facts & ~(15 << _START) | _HULL << _START if grown.start_moved else facts
                facts = facts & ~(15 << _END) | _HULL << _END if grown.end_moved else facts
                flags = row.flags | (_LOWER_BOUND if grown.end_moved else 0)
                shown[at] = row._replace(start_ns=start_ns, duration_ns=duration_ns, facts=facts, flags=flags)
        parent = above[at]
        if parent >= 0 and start_ns is not None:
            start_ns += skew_ns[at] - skew_ns[parent]
            end_ns = start_ns + (duration_ns or 0)
            first[parent] = min(first.get(parent, start_ns), start_ns)
            last[parent] = max(last.get(parent, end_ns), end_ns)
    return shown


def _from_below(above: list[int]) -> Iterable[int]:
    """All places, each before its parent. In span order parents come first, but for named ones of another clock."""
    if all(parent < at for at, parent in enumerate(above)):
        return range(len(above) - 1, -1, -1)
    depth: dict[int, int] = {-1: 0}
    for place in range(len(above)):
        path, at = [], place
        while at not in depth:
            path.append(at)
            at = above[at]
        depth |= {below: up for up, below in enumerate(reversed(path), depth[at] + 1)}
    return sorted(range(len(above)), key=lambda at: -depth[at])


def _trace_rows(
    forest: Forest, rows: list[Outline], own: Sequence[Sequence[Outline]], version: int, reader: FragmentReader
) -> Iterator[tuple[Any, ...]]:
    """The rows of `trace`. They are those that `summary` makes of a rebuilt trace."""
    behind = np.searchsorted(forest.trace, np.arange(len(own)), side="right").tolist()
    at = 0
    for trace, end in zip(own, behind, strict=True):
        spans, loose = rows[at:end], [row for row in trace if row.key == NO_SPAN]
        at = end
        times = [(r.start_ns, r.start_ns + (r.duration_ns or 0)) for r in (*spans, *loose) if r.start_ns is not None]
        ended = max(r.start_ns + (r.duration_ns or 0) for r in spans if r.start_ns is not None)
        known = any(
            r.facts >> _END & 15 in _OBSERVED and r.start_ns is not None and r.start_ns + (r.duration_ns or 0) == ended
            for r in spans
        )
        start = min(first for first, _ in times)
        duration = max(last for _, last in times) - start
        root = min((r for r in spans if r.parent == NO_SPAN), key=_order)
        services = {reader.service(r.operation_id) for r in (*spans, *loose)} - {""}
        inferred = sum(r.facts >> _PARENT & 15 in _BY_DECISION for r in spans)
        yield (
            root.low, root.high, 0, start, None if not known and not duration else duration, root.operation_id, len(spans),
            len(services), sum(r.error > 0 for r in (*spans, *loose)), inferred, sum(r.n_lines for r in (*spans, *loose)), 0,
            int(not known and duration > 0), version,
        )  # fmt: skip


def _order(row: Outline) -> tuple[int, int, int]:
    return (row.start_ns or 0, -(row.duration_ns or 0), row.key)
