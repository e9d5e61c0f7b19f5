"""The errors of many requests by kind: how many, since when, where, and what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from logtrace.analysis.traces.fingerprints import fingerprint
from logtrace.ids import NO_SPAN
from logtrace.model import ErrorLevel
from logtrace.units import NS

MINUTE_NS = NS["m"]
SAMPLES = 3
"""So many different messages, and so many requests, stand for a kind."""

Of = tuple[int, int]


class ErrorRow(NamedTuple):
    """An error of a span (key NO_SPAN: of lines of a trace that name none). trace: what stands for its trace."""

    trace: Of
    key: int
    parent_key: int
    service: str
    operation: str
    level: int
    error_type: str
    message: str
    time_ns: int | None
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """The errors of one fingerprint within a window.

    count           how often it began by itself; passed_on: how often it was only passed on
    soft            only lines of level error tell it, no status
    first_ns, last_ns, minutes (start of a minute, errors in it): of the window
    seen_ns         its very first time in the store
    new             it was never seen before the window; None where the store holds nothing from before it
    messages        up to three different ones as logged, the first first; requests: the number of traces it is in
    examples        up to three trace ids, the latest first
    """

    fingerprint: str
    service: str
    operation: str
    error_type: str
    messages: tuple[str, ...]
    soft: bool
    count: int
    passed_on: int
    requests: int
    first_ns: int | None
    last_ns: int | None
    seen_ns: int | None
    new: bool | None
    minutes: tuple[tuple[int, int], ...]
    examples: tuple[str, ...]


@dataclass(frozen=True)
class ErrorGroups:
    """groups: those that began by themselves most often first; the numbers are of the window too.

    origins, passed_on, soft    errors that began by themselves, that were passed on, that lines of level error tell
    notes                       sentences about what a reader should know
    """

    since_ns: int | None
    until_ns: int | None
    groups: tuple[ErrorGroup, ...]
    origins: int
    passed_on: int
    soft: int
    requests: int
    types: tuple[tuple[str, int], ...]
    services: tuple[tuple[str, int], ...]
    minutes: tuple[tuple[int, int], ...]
    notes: tuple[str, ...] = ()


@dataclass
class _Group:
    """A group as it grows."""

    row: ErrorRow
    count: int = 0
    passed_on: int = 0
    soft: bool = True
    messages: dict[str, None] = field(default_factory=dict)
    traces: dict[Of, int] = field(default_factory=dict)
    first_ns: int | None = None
    last_ns: int | None = None
    seen_ns: int | None = None
    minutes: Counter[int] = field(default_factory=Counter)


def error_groups(
    rows: Iterable[ErrorRow],
    trace_id: Callable[[Of], str],
    since_ns: int | None = None,
    until_ns: int | None = None,
    service: str = "",
    begins_ns: int | None = None,
) -> ErrorGroups:
    """The errors between two instants, by fingerprint.

    rows        all errors that are known, also those before the window: they tell what is new
    service     only errors of this service
    begins_ns   when the first request of the store began
    An error is passed on where a child of its span failed too; it counts where it began.
    """
    rows = list(rows)
    passing = {(row.trace, row.parent_key) for row in rows if row.level == ErrorLevel.HARD and row.key != NO_SPAN}
    known: dict[tuple[str, str, str, str], str] = {}
    groups: dict[str, _Group] = {}
    for row in rows:
        if (service and row.service != service) or (until_ns is not None and (row.time_ns is None or row.time_ns >= until_ns)):
            continue
        group = groups.setdefault(_fingerprint(row, known), _Group(row))
        group.seen_ns = _earlier(group.seen_ns, row.time_ns)
        if since_ns is None or (row.time_ns is not None and row.time_ns >= since_ns):
            _add(group, row, (row.trace, row.key) in passing and row.level == ErrorLevel.HARD)
    inside = {name: group for name, group in groups.items() if group.count or group.passed_on}
    is_known = since_ns is not None and begins_ns is not None and begins_ns < since_ns
    made = [_made(name, group, trace_id, since_ns if is_known else None) for name, group in inside.items()]
    made.sort(key=lambda group: (-group.count, -(group.last_ns or 0), group.fingerprint))
    return ErrorGroups(
        since_ns, until_ns, tuple(made),
        origins=sum(group.count for group in made if not group.soft),
        passed_on=sum(group.passed_on for group in made),
        soft=sum(group.count for group in made if group.soft),
        requests=len({trace for group in inside.values() for trace in group.traces}),
        types=_most(Counter({g.error_type: 0 for g in made}), ((g.error_type, g.count) for g in made)),
        services=_most(Counter(), ((g.service, g.count) for g in made)),
        minutes=tuple(sorted(sum((group.minutes for group in inside.values()), Counter()).items())),
    )  # fmt: skip


def _fingerprint(row: ErrorRow, known: dict[tuple[str, str, str, str], str]) -> str:
    """The fingerprint of a row; of rows without attributes each text is masked once."""
    key = row.service, row.operation, row.error_type, row.message
    if row.attributes:
        return fingerprint(*key, row.attributes)
    if key not in known:
        known[key] = fingerprint(*key)
    return known[key]


def _add(group: _Group, row: ErrorRow, passed_on: bool) -> None:
    group.soft = group.soft and row.level != ErrorLevel.HARD
    if passed_on:
        group.passed_on += 1
        return
    group.count += 1
    if len(group.messages) < SAMPLES:
        group.messages[row.message] = None
    group.traces[row.trace] = max(group.traces.get(row.trace, 0), row.time_ns or 0)
    if row.time_ns is not None:
        group.first_ns, group.last_ns = _earlier(group.first_ns, row.time_ns), max(group.last_ns or row.time_ns, row.time_ns)
        group.minutes[row.time_ns // MINUTE_NS * MINUTE_NS] += 1


def _earlier(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _made(name: str, group: _Group, trace_id: Callable[[Of], str], since_ns: int | None) -> ErrorGroup:
    latest = sorted(group.traces, key=lambda trace: (-group.traces[trace], trace))[:SAMPLES]
    new = None if since_ns is None or group.seen_ns is None else group.seen_ns >= since_ns
    row = group.row
    return ErrorGroup(
        name, row.service, row.operation, row.error_type, tuple(group.messages), group.soft, group.count, group.passed_on,
        len(group.traces), group.first_ns, group.last_ns, group.seen_ns, new, tuple(sorted(group.minutes.items())),
        tuple(map(trace_id, latest)),
    )  # fmt: skip


def _most(counts: Counter[str], pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    for name, count in pairs:
        counts[name] += count
    return tuple(sorted(((name, count) for name, count in counts.items() if count), key=lambda pair: (-pair[1], pair[0])))
