"""Which key holds names of services, and which those of the work that they do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from logtrace.ingest.discover.hints import STRONG, hint, words_of
from logtrace.ingest.discover.rows import PART, Column
from logtrace.ingest.vocabulary.ways import parts_of
from logtrace.patterns import lazy_pattern

_NAME = lazy_pattern(r"[A-Za-z][\w.:@/-]{0,60}")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"))
_THREADS = frozenset(("thread", "threads", "threadname"))
_FEW, _LONGEST, _MOSTLY = 40, 80, 0.5


def service_score(column: Column, trace: Mapping[int, str]) -> float:
    """Few short names that come again in many traces, several of them in one; a thread is none, of which a service has many."""
    if (
        _THREADS.intersection(words_of(column.key))
        or not column.strings
        or len(column.distinct) > _FEW
        or not all(_NAME.fullmatch(text) for text in column.distinct)
    ):
        return 0.0
    score = 1.5 * hint(column.key, "service") - 1.5 * (hint(column.key, "operation") == STRONG)
    groups: dict[str, set[str]] = defaultdict(set)
    for row, text in column.texts.items():
        if row in trace:
            groups[trace[row]].add(text)
    several = sum(len(found) > 1 for found in groups.values()) / len(groups) if groups else 0.0
    again = len(groups) > 1 and all(sum(text in found for found in groups.values()) > 1 for text in column.distinct)
    score += 0.01 * (not any("." in text for text in column.distinct))  # as in names of loggers
    return score + several + 0.5 * again + 0.5 * any("-" in text for text in column.distinct)


def nameless_service(free: dict[str, Column], trace: Mapping[int, str], span: Mapping[int, str]) -> Column | None:
    """A column of names, one for each span, several in a trace and the same in all, that another column of names divides
    further: the operation; where each name does one thing only, the first of such columns. It is no longer free; None where
    there is none, or several.
    """
    least = 1.4 if len(set(trace.values())) > 1 else 1.0
    names = [column for column in free.values() if column.strings and 1 < len(column.distinct) <= _FEW and not column.ids]
    fitting = [
        column for column in names if service_score(column, trace) >= least and _is_of_spans(column, trace, span)
    ]  # fmt: skip
    divided = [column for column in fitting if any(_divides(other, column) for other in names if other is not column)]
    if not divided and fitting and all(_owned(fitting[0], other) and _owned(other, fitting[0]) for other in fitting[1:]):
        divided = fitting[:1]
    return free.pop(divided[0].key) if len(divided) == 1 else None


def _is_of_spans(column: Column, trace: Mapping[int, str], span: Mapping[int, str]) -> bool:
    """Whether all lines of a span have the same value."""
    told = {(trace[row], span[row], text) for row, text in column.texts.items() if row in trace and row in span}
    return len(told) == len({(of_trace, of_span) for of_trace, of_span, _ in told})


def nameless_operation(free: dict[str, Column], service: Column, trace: Mapping[int, str]) -> Column | None:
    """The coarsest column of short texts that divides the service further and comes again in other traces, no longer free; None
    where there is none."""
    short = [column for column in free.values() if column.strings and not column.ids and len(column.distinct) <= _FEW]
    several = len(set(trace.values())) > 1
    fitting = [
        column for column in short
        if max(map(len, column.distinct)) <= _LONGEST and _divides(column, service)
        and (not several or _again(column, trace) >= _MOSTLY)
    ]  # fmt: skip
    found = min(fitting, key=lambda column: len(column.distinct), default=None)
    return None if found is None else free.pop(found.key)


def operation_of_each(free: dict[str, Column], service: Column, trace: Mapping[int, str]) -> Column | None:
    """The one column of short texts of which each service has its own, the same in several traces; it is no longer free. None
    where there is none, or several."""
    short = [column for column in free.values() if column.strings and not column.ids and 1 < len(column.distinct) <= _FEW]
    several = len(set(trace.values())) > 1
    fitting = [
        column for column in short
        if max(map(len, column.distinct)) <= _LONGEST and _owned(column, service)
        and (not several or all(len(found) > 1 for found in _traces_of(column, trace).values()))
    ]  # fmt: skip
    return free.pop(fitting[0].key) if len(fitting) == 1 else None


def glued(column: Column) -> tuple[str, str] | None:
    """The ways to service and operation in a column of both, as `pay.charge_card` or `pay::charge_card`; None where not all its
    texts have two parts, or there are not several of each."""
    parts = [parts_of(text) for text in column.distinct]
    places = {tuple(at for at, part in enumerate(found, 1) if part) for found in parts}
    if len(places) != 1 or len(told := places.pop()) != 2 or any(len(found) != told[1] for found in parts):
        return None
    services, operations = ({found[at - 1] for found in parts} for at in told)
    return (f"{column.key}{PART}{told[0]}", f"{column.key}{PART}{told[1]}") if 1 < len(services) <= len(operations) else None


def _operation_score(column: Column, trace: Mapping[int, str]) -> float:
    """Short names that come again in other traces: more of them than of services, fewer than of lines."""
    if not column.strings or column.ids or any(len(text) > _LONGEST for text in column.distinct) or column.distinct <= _METHODS:
        return 0.0
    if len(column.distinct) == 1 and hint(column.key, "operation") < STRONG:
        return 0.0
    again = _again(column, trace) if len(set(trace.values())) > 1 else 0.5
    few = len(column.distinct) <= max(_FEW, len(column.cells) / 2)
    return 1.5 * hint(column.key, "operation") + again + 0.5 * (len(column.distinct) > 1) - 2.0 * (not few)


def operation(free: dict[str, Column], trace: Mapping[int, str], service: Column | None) -> Column | None:
    """The column that names the work, no longer free. One that the service tells as well, as a logger's name does, only where no
    other fits."""
    own = {key: column for key, column in free.items() if service is None or not _owned(service, column)}
    for some in (own, free):
        if (found := take(some, lambda column: _operation_score(column, trace), 2.0)) is not None:
            free.pop(found.key, None)
            return found
    return None


def _divides(fine: Column, coarse: Column) -> bool:
    """Whether each value of one column comes with one value of the other, and there are more of them."""
    return _owned(fine, coarse) and len(fine.distinct) > len(coarse.distinct)


def _owned(fine: Column, coarse: Column) -> bool:
    """Whether each value of one column comes with one value of the other."""
    return len({(text, coarse.texts.get(row, "")) for row, text in fine.texts.items()}) == len(fine.distinct)


def _again(column: Column, trace: Mapping[int, str]) -> float:
    """The part of a column's texts that stand in several traces."""
    traces = _traces_of(column, trace)
    return sum(len(found) > 1 for found in traces.values()) / len(traces)


def _traces_of(column: Column, trace: Mapping[int, str]) -> dict[str, set[str]]:
    """The traces in which each text of a column stands."""
    found: dict[str, set[str]] = {text: set() for text in column.distinct}
    for row, text in column.texts.items():
        if row in trace:
            found[text].add(trace[row])
    return found


def take(free: dict[str, Column], score: Callable[[Column], float], least: float) -> Column | None:
    """The column with the best score, no longer free; None where none reaches the least."""
    best = max(free.values(), key=score, default=None)
    if best is None or score(best) < least:
        return None
    return free.pop(best.key)
