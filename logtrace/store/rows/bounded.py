"""The rows of spans of one line that tells its start or its end by a field, made straight from columns.

    start field, duration              Zipkin, Jaeger, App Insights, proxies that log a request's start
    start and end field                OTLP, what logs spans when they are over
    start and end field, duration      the same, where the three agree
    end field, duration

Like `usual`, it makes no record and no Fragment; a property test holds that a row is the one the Fragment gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.model import Flag, Role
from logtrace.reconstruct.spans.bounds import CONFLICT_NS, MAX_DURATION_NS
from logtrace.reconstruct.spans.fragments import FIELD_END, FIELD_START
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.reconstruct.spans.runs import NONE, Numbers, Run, Template, Truths
from logtrace.store.rows.failed import failures_of
from logtrace.store.rows.kept_lines import kept_lines
from logtrace.store.rows.of_fragments import SOURCES, Row
from logtrace.store.rows.partial import Partial
from logtrace.store.rows.sorts import Names, Sort, number_of_operation, sort_of_kinds, text_of

_COMPLETE = int(Role.COMPLETE)
_EXPLICIT, _ROOT, _NO_PARENT = (SOURCES.index(name) << 16 for name in ("explicit", "root", "none"))
_FIELD, _DURATION = SOURCES.index("field"), SOURCES.index("duration")
_BY_START, _LISTED = 4, 15
"""Forms of marks, see of_fragments."""


def bounded_rows(found: RunCollector, positions: Sequence[int], names: Names) -> Partial:
    """The rows of such spans. positions: of lines, span by span, as `RunCollector.spans` orders them."""
    run = found.run
    if run is None or not positions:
        return Partial([], [], list(positions))
    order = np.array(positions, np.int64)
    spans = run.spans[order]
    borders = np.r_[True, spans[1:] != spans[:-1], True]
    wanted = borders[1:] & borders[:-1] & ((run.starts[order] != NONE) | (run.ends[order] != NONE))
    wanted[wanted] = _fitting(run, order[wanted])
    sorts = [_sort(run.templates[at]) for at in order[wanted].tolist()]
    texts = [
        None if sort is None else _text(run, at, sort, names) for at, sort in zip(order[wanted].tolist(), sorts, strict=True)
    ]
    if None in texts:
        told = [text is not None for text in texts]
        wanted[wanted] = told
        sorts, texts = list(compress(sorts, told)), list(compress(texts, told))
    made = Partial([], [], order[~wanted].tolist())
    if wanted.any():
        rows = _rows(found, order[wanted], sorts, texts, names)  # type: ignore[arg-type]
        for row, (_, is_final) in zip(rows, texts, strict=True):  # type: ignore[misc]
            (made.ready if is_final and row[5] >= 0 else made.pending).append(row)
    return made


def _fitting(run: Run, at: Numbers) -> Truths:
    """Which lines tell a span's start and its end, directly or by a duration, without conflict."""
    start, end, stated = run.starts[at], run.ends[at], run.durations[at]
    has_start, has_end, has_duration = start != NONE, end != NONE, stated != NONE
    with np.errstate(over="ignore"):
        between = end - start
        apart = np.abs(between - stated)
    both = has_start & has_end
    duration = np.where(has_duration, stated, between)
    agreeing = ~(both & has_duration) | (apart <= np.maximum(CONFLICT_NS, stated // 100))
    fitting: Truths = (both | has_duration) & (duration >= 0) & (duration <= MAX_DURATION_NS) & agreeing
    return fitting


def _sort(kind: Template) -> Sort | None:
    sort = sort_of_kinds([kind])
    return None if sort is None or sort.flags & Flag.INVALID_DURATION else sort


def _text(run: Run, at: int, sort: Sort, names: Names) -> tuple[str, bool] | None:
    """(the attributes of a span as they stand in its row, whether that is final); None where a key has two values."""
    bundle = run.bundles[at]
    if not (sort.fits[bundle.keys] if bundle.keys in sort.fits else sort.has_none_of(bundle.keys)):
        return None
    text, is_final = text_of(bundle, names)
    if not sort.end.attributes:
        return f"[{text}]", is_final
    end, is_known = text_of(sort.end, names)
    return f"[{end},{text}]" if text else f"[{end}]", is_final and is_known


def _rows(found: RunCollector, at: Numbers, sorts: Sequence[Sort], texts: Sequence[tuple[str, bool]], names: Names) -> list[Row]:
    """The rows of the spans of lines, each with its attributes (see _text)."""
    run = found.run
    assert run is not None
    start, end, stated = run.starts[at], run.ends[at], run.durations[at]
    has_start, has_end, is_stated = start != NONE, end != NONE, stated != NONE
    start_ns = np.where(has_start, start, end - stated)
    roles = [run.templates[each].record.role for each in at.tolist()]
    form = np.where(has_start & ~has_end & (np.array(roles) == _COMPLETE), _BY_START, _LISTED)
    sources = np.where(has_start, _FIELD, _DURATION) | np.where(has_end, _FIELD, _DURATION) << 4
    parents = np.where(run.told[at], np.where(run.parents[at] != NO_SPAN, _EXPLICIT, _ROOT), _NO_PARENT)
    known = {sort: (number_of_operation(sort, names), sort.facts, sort.flags) for sort in dict.fromkeys(sorts)}
    operations, facts, flags = np.array([known[sort] for sort in sorts], np.int64).T
    facts = facts | form << 8 | parents | sources << 20
    columns = [
        run.lows[at], run.highs[at], run.spans[at], run.parents[at], operations, start_ns,
        np.where(is_stated, stated, end - start_ns), facts, flags,
    ]  # fmt: skip
    sure = [None if each else 0 for each in run.told[at].tolist()]
    failed = failures_of(run, at, np.arange(len(at)), np.arange(1, len(at) + 1))
    extras = []
    for role, mark, listed, its in zip(roles, _marks(start, end, stated), (form == _LISTED).tolist(), failed, strict=True):
        parts = [f'"marks":[[{role},{mark}]]'] * listed + [its.extra] * bool(its.level)
        extras.append(f"{{{','.join(parts)}}}" if parts else None)
    times = run.times[at]
    bodies = names.bodies([run.bodies[each] for each in at.tolist()])
    lines = kept_lines(found, at, bodies, np.ones_like(at), (times == NONE) | (times == start_ns), names.messages)
    rest = zip(sure, (its.level for its in failed), (text for text, _ in texts), lines, extras, strict=True)
    return [
        (low, high, span, parent, confidence, operation, begin, lasted, its_facts, level, flag, 1, text, its_lines, extra)
        for (low, high, span, parent, operation, begin, lasted, its_facts, flag), (
            confidence,
            level,
            text,
            its_lines,
            extra,
        ) in zip(zip(*(column.tolist() for column in columns), strict=True), rest, strict=True)
    ]


def _marks(start: Numbers, end: Numbers, stated: Numbers) -> list[str]:
    """What `extra` says of the mark of each line behind its role."""
    fields = np.where(start != NONE, FIELD_START, 0) | np.where(end != NONE, FIELD_END, 0)
    told = [["null" if each == NONE else str(each) for each in column.tolist()] for column in (start, end, stated)]
    return list(map(",".join, zip(*told, map(str, fields.tolist()), strict=True)))
