"""Statistics of a store's spans: columns from the store, findings from analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from logtrace.distinct import distinct
from logtrace.errors import UsageError
from logtrace.store.reading.arrays import around
from logtrace.store.search.names import no_name, no_service
from logtrace.units import MAX_NS, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logtrace.analysis.statistics.stats import Groups, Outlier, Stats
    from logtrace.columns import Bools, Floats, Ints, Numbers, Operation, SpanColumns
    from logtrace.store.reading.arrays import Window
    from logtrace.store.reading.protocol import SpanSource


class Asked(NamedTuple):
    """Which spans: of a window, of a service, of an operation; None: all. by: a key whose values are told apart."""

    since_ns: int | None = None
    until_ns: int | None = None
    service: str | None = None
    operation: str | None = None
    by: str | None = None


class _Windows(NamedTuple):
    """The window and where the one before it begins; None: no limit, no window before."""

    since_ns: int | None
    until_ns: int | None
    before_ns: int | None

    def shown(self, spans: SpanColumns) -> tuple[tuple[int | None, int | None], bool]:
        """From when to when some spans start, where no limit was asked for; (None, None) where none has a time. And whether
        that is sure: it is not where a clock jumped."""
        from logtrace.analysis.statistics.far_out import far_out
        from logtrace.columns import MISSING

        if not (spans.start_ns != MISSING).any():
            return (self.since_ns, self.until_ns), True
        low, high, outside = far_out(spans.start_ns)
        limits = low if self.since_ns is None else self.since_ns, high if self.until_ns is None else self.until_ns
        return limits, not outside


def stats(source: SpanSource, asked: Asked, most_outliers: int) -> Stats:
    """See Many.stats."""

    from logtrace.analysis.cohorts.own_time import own_times
    from logtrace.analysis.statistics.stats import Stats, operation_stats, outlier_places, seconds_between, share_of
    from logtrace.jobs.statistics.clock_doubts import gap_notes

    windows = _windows(source, asked)
    sampled = source.sample_text(windows.since_ns, windows.until_ns)
    sampled_before = "" if sampled or windows.before_ns is None else source.sample_text(windows.before_ns, windows.since_ns)
    if sampled or sampled_before:
        windows = windows._replace(before_ns=None)  # a trend would be one of those that were not left out
    window = around(windows.since_ns if windows.before_ns is None else windows.before_ns, windows.until_ns)
    spans = source.span_columns(window)
    inside = spans.within(windows.since_ns, windows.until_ns)
    before = None if windows.before_ns is None else spans.within(windows.before_ns, windows.since_ns)
    looked_at = inside if before is None else inside | before
    nothing_before = before is not None and not before.any()
    if nothing_before:
        before, windows = None, windows._replace(before_ns=None)
    chosen = spans_of(spans, asked)
    groups = _groups(source, spans, asked, window)
    groups = groups._replace(of=_only(groups.of, chosen))
    edges, is_sure = windows.shown(spans.where(inside))
    weights = _weights(source, spans) if sampled else None
    own_ns: Numbers = own_times(spans) if weights is None else own_times(spans) * weights
    found = operation_stats(spans, own_ns, groups, inside, before, seconds_between(*edges) if is_sure else 0, weights)
    share = share_of(own_ns, inside & spans.closed, groups.of >= 0)
    inside &= chosen
    rows = len(distinct(groups.of[inside & (groups.of >= 0)]))
    outliers = outlier_places(spans, found, groups, inside)
    return Stats(
        *edges, windows.before_ns, tuple(found), rows,
        cut_share=max(0.0, share - sum(each.share for each in found)) if rows > len(found) else 0.0,
        spans=int(inside.sum()),
        samples=int((inside & spans.closed).sum()),
        without=int((inside & (groups.of < 0)).sum()),
        by=asked.by,
        outliers=tuple(_outliers(source, spans, outliers[:most_outliers])),
        outlier_count=len(outliers),
        notes=(
            *doubts(source, spans.where(looked_at)), *gap_notes(spans.where(inside)),
            *_estimated(sampled, sampled_before), *_cut(rows, len(found)),
            *(("the store holds no span of the window before: there are no trends",) if nothing_before else ()),
        ),
    )  # fmt: skip


def _weights(source: SpanSource, spans: SpanColumns) -> Floats:
    """How many spans each stands for."""
    import numpy as np

    known = source.weights()
    lows = np.array(sorted(known), np.int64)
    values = np.array([*(known[low] for low in lows.tolist()), 1.0])
    at = np.searchsorted(lows, spans.trace)
    there = at < len(lows)
    there[there] = lows[at[there]] == spans.trace[there]
    found: Floats = values[np.where(there, at, len(lows))]
    return found


def _estimated(sampled: str, before: str) -> Iterator[str]:
    if before:
        yield f"{before}; the window before is of that, so there are no trends"
    if sampled:
        yield f"{sampled}; `spans` are those kept, all else is an estimate for those that were there"


def _cut(rows: int, told: int) -> Iterator[str]:
    if rows > told:
        yield f"of {counted(rows, 'row')} the {told:,} with most of the time are told apart"


def _only(of: Any, chosen: Bools) -> Any:
    import numpy as np

    return np.where(chosen, of, -1)


def _windows(source: SpanSource, asked: Asked) -> _Windows:
    """The window that is asked for, up to the last span where it has no end, and the one before it, where it has a begin."""
    since_ns, until_ns = asked.since_ns, asked.until_ns
    if since_ns is not None and until_ns is None:
        newest_ns = source.newest_span_ns()
        until_ns = None if newest_ns is None or newest_ns < since_ns else newest_ns + 1
    before_ns = None if since_ns is None or until_ns is None or until_ns <= since_ns else max(2 * since_ns - until_ns, -MAX_NS)
    return _Windows(since_ns, until_ns, before_ns)


def spans_of(spans: SpanColumns, asked: Asked) -> Bools:
    """The spans of the service and the operation asked for. Raises UsageError, naming near ones, where there is no such."""
    import numpy as np

    matching = [_is_asked(operation, asked) for operation in spans.operations]
    if not any(matching) and (asked.service or asked.operation):
        raise _unknown(spans, asked)
    return np.array(matching or [True])[spans.operation]


def _is_asked(operation: Operation, asked: Asked) -> bool:
    return asked.service in (None, operation.service) and asked.operation in (None, operation.name)


def _unknown(spans: SpanColumns, asked: Asked) -> UsageError:
    import numpy as np

    services = sorted({operation.service for operation in spans.operations})
    if asked.service is not None and asked.service not in services:
        return no_service(asked.service, services, "the store")
    many = np.bincount(spans.operation, minlength=len(spans.operations)).tolist()
    known = sorted(zip(spans.operations, many, strict=True), key=lambda pair: -pair[1])
    names = list(dict.fromkeys(each.name for each, _ in known if each.name and asked.service in (None, each.service)))
    where = f"{asked.service} in the store" if asked.service else "the store"
    return no_name("operation", asked.operation or "", names, where)


def _groups(source: SpanSource, spans: SpanColumns, asked: Asked, window: Window) -> Groups:
    from logtrace.analysis.statistics.stats import by_operation, by_value
    from logtrace.store.reading.attribute_arrays import codes_of

    if asked.by is None:
        return by_operation(spans)
    column = source.attribute_column(asked.by, window)
    if not column.values:
        raise UsageError(f"no span of that time has an attribute {asked.by!r}", "logtrace show ID lists attributes")
    values, alike = _told_apart(column.values)
    return by_value(spans, alike[codes_of(column, spans.row)], values)


def _told_apart(values: Sequence[Any]) -> tuple[list[Any], Ints]:
    """Values, those alone that `=` of expressions tells apart, and the number among them of each; the last is -1."""
    import numpy as np

    from logtrace.query.values import canonical

    known: dict[str, int] = {}
    numbers = [known.setdefault(canonical(value), len(known)) for value in values]
    first = dict(zip(reversed(numbers), reversed(values), strict=True))
    return [first[number] for number in range(len(known))], np.array([*numbers, -1])


def _outliers(source: SpanSource, spans: SpanColumns, places: Sequence[tuple[int, float]]) -> Iterator[Outlier]:
    from logtrace.analysis.statistics.stats import Outlier
    from logtrace.columns import MISSING

    ids = source.row_ids([int(spans.row[place]) for place, _ in places])
    for place, times in places:
        trace_id, span_id = ids[int(spans.row[place])]
        start, duration = int(spans.start_ns[place]), int(spans.duration_ns[place])
        service, name = spans.operations[spans.operation[place]]
        yield Outlier(trace_id, span_id, service, name, None if start == MISSING else start, duration, times)


def notes(source: SpanSource, spans: SpanColumns) -> Iterator[str]:
    """Sentences about what a reader of statistics over some spans should know."""
    yield from doubts(source, spans)
    if sampled := source.sample_text():
        yield f"{sampled}; numbers are of what is kept"


def doubts(source: SpanSource, spans: SpanColumns) -> Iterator[str]:
    """Sentences about spans whose times may be wrong, and about what is not put together yet."""
    from logtrace.jobs.statistics.clock_doubts import clock_doubts

    yield from clock_doubts(spans, source.set_back)
    if source.is_unfinished():
        yield "the last ingest did not finish: some spans are not put together yet; ingest the same files again"
