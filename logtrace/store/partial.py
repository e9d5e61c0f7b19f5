"""The rows of spans that are not told in full, made straight from columns.

    start line, lines                  the end was not logged, or stands in another block
    lines, end line with a duration    so did the start
    lines                              as services write them that log no spans
    start line, lines, end line        a usual span with many lines in between

Like `usual`, it makes no records and no Fragment; a property test holds that a row is the one the Fragment gives. Spans of
which any line is odd (an error, another parent, a time out of order, a copy) are left to the Fragment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import orjson

from logtrace.ids import NO_SPAN
from logtrace.model import Attribute, Flag, Rank, Record, Role
from logtrace.reconstruct.bounds import CONFLICT_NS, MAX_DURATION_NS
from logtrace.reconstruct.naming import masked
from logtrace.reconstruct.run_collector import RunCollector
from logtrace.reconstruct.runs import NONE, Bundle, Numbers, Run, Template
from logtrace.store.rows import SOURCES, Row, attribute_text
from logtrace.store.usual import Names

_START, _END, _POINT, _COMPLETE = int(Role.START), int(Role.END), int(Role.POINT), int(Role.COMPLETE)
_GUESS, _NO_NAME, _WEAK = int(Rank.GUESS), int(Rank.NONE), int(Rank.WEAK)
_LINES, _RECORD, _DURATION = (SOURCES.index(name) for name in ("lines", "record", "duration"))
_EXPLICIT, _ROOT = (SOURCES.index(name) << 16 for name in ("explicit", "root"))
_LOWER_BOUND, _OPEN = int(Flag.LOWER_BOUND), int(Flag.OPEN)
_OF_LINES, _OF_START, _OF_END, _OF_COMPLETE, _AGREEING, _NEAR = 0, 6, 2, 3, 1, 7
_RANKS = {_END: 0, _COMPLETE: 0, _START: 1, _POINT: 2}
_NOTES = 4_000


class Partial(NamedTuple):
    """ready, pending: rows of known names, and rows with new ones; odd: positions of the lines of all other spans."""

    ready: list[Row]
    pending: list[Row]
    odd: list[int]


class _Sort:
    """What spans have in common whose lines are of certain kinds.

    starts, ends   the roles of the first line and the last, where they are no points
    name           "" where the message of the first line stands for it; weak: it is the name of a logger, of which there may
                   be several: then it is that of the first line that has one
    facts          service rank and severity
    """

    __slots__ = ("ends", "facts", "flags", "kind", "name", "name_rank", "service", "several", "starts", "weak")

    def __init__(self, records: list[Record]) -> None:
        named = next((record for record in records if record.name), records[0])
        self.starts = records[0].role == _START
        self.ends = records[-1].role if records[-1].role in (_END, _COMPLETE) else 0
        self.service = records[0].service
        self.kind = next((record.kind for record in records if record.kind), "")
        self.name = named.name
        self.name_rank = named.name_rank
        self.weak = bool(named.name) and named.name_rank >= _WEAK
        self.several = len({record.name for record in records if record.name}) > 1
        self.flags = int(np.bitwise_or.reduce([record.flags for record in records]))
        self.facts = records[0].service_rank | max(record.severity for record in records) << 28


def _is_partial(records: list[Record]) -> bool:
    """Whether lines of such records, in this order, make a span that is told in part, as far as their kinds tell."""
    roles = [record.role for record in records]
    inner = roles[roles[0] == _START : len(roles) - (roles[-1] in (_END, _COMPLETE))]
    return (
        not any(inner)
        and not (roles[0] == _START and roles[-1] == _COMPLETE)
        and len({(record.service, record.service_rank) for record in records}) == 1
        and _agree([record for record in records if record.name])
        and len({record.kind for record in records} - {""}) < 2
        and not any(r.error or r.links or r.start_ns is not None or r.end_ns is not None for r in records)
        and not any(record.flags & Flag.DURATION_COARSE for record in records)
    )


def _agree(named: list[Record]) -> bool:
    """Whether records have one name, or names of loggers."""
    names = {(record.name, record.name_rank) for record in named}
    return len(names) < 2 or {rank for _, rank in names} == {_WEAK}


def partial_rows(found: RunCollector, positions: Sequence[int], names: Names) -> Partial:
    """The rows of spans that are told in part. positions: of all their lines, span by span, as `RunCollector.spans` orders
    them."""
    run = found.run
    if run is None or not positions:
        return Partial([], [], list(positions))
    made = Partial([], [], [])
    order = np.array(positions, np.int64)
    lines = _lines(found, run, order, names)
    told = run.told[order].tolist()
    columns = [column[order].tolist() for column in (run.lows, run.highs, run.spans, run.parents, run.durations)]
    for start, end, plain in _spans(run, order):
        found_row = _row(run, positions[start:end], lines[start:end], names) if plain else None
        if found_row is None:
            made.odd.extend(positions[start:end])
            continue
        low, high, span, parent, _ = (column[start] for column in columns)
        number, start_ns, duration_ns, facts, flags, attributes, texts, extra, is_new = found_row
        source = 0 if not told[start] else _ROOT if parent == NO_SPAN else _EXPLICIT
        (made.pending if is_new else made.ready).append((
            low, high, span, parent, None if source else 0, number, start_ns, duration_ns, facts | source, 0, flags, end - start,
            attributes, texts, extra,
        ))  # fmt: skip
    return made


def _spans(run: Run, order: Numbers) -> Iterator[tuple[int, int, bool]]:
    """(where its lines begin, where they end, whether they agree and are in order) of each span id."""
    spans, times = run.spans[order], run.times[order]
    begins = np.flatnonzero(np.r_[True, spans[1:] != spans[:-1]])
    differs = np.zeros(len(order), np.bool_)
    for column in (run.lows, run.highs, run.parents, run.told):
        differs[1:] |= column[order[1:]] != column[order[:-1]]
    differs[1:] |= times[1:] < times[:-1]
    differs[begins] = False
    differs |= times == NONE
    plain = ~np.logical_or.reduceat(differs, begins)
    bounds = [*begins.tolist(), len(order)]
    return ((start, end, is_plain) for (start, end), is_plain in zip(pairwise(bounds), plain.tolist(), strict=True))


_Line = tuple[int, int, int, int, int, str]
"""chunk, line, time, severity, hash, body"""


def _lines(found: RunCollector, run: Run, order: Numbers, names: Names) -> list[_Line]:
    places = order.tolist()
    return list(zip(
        found.chunks[order].tolist(), run.indexes[order].tolist(), run.times[order].tolist(),
        [run.templates[at].record.severity for at in places], run.hashes[order].tolist(),
        names.bodies([run.bodies[at] for at in places]), strict=True,
    ))  # fmt: skip


def _row(run: Run, positions: Sequence[int], lines: Sequence[_Line], names: Names) -> tuple[Any, ...] | None:
    """What a row tells besides ids and parent, and whether a name in it is new; None where the span is odd."""
    sort = _sort([run.templates[at] for at in positions])
    if sort is None or len({(line[2], line[4]) for line in lines}) < len(lines):
        return None
    times = _times(sort, lines, int(run.durations[positions[-1]]))
    attributes = None if times is None else _attributes(run, positions, names)
    if times is None or attributes is None:
        return None
    start_ns, duration_ns, form, sources, bounds_flags = times
    text, is_final = attributes
    name, extra = sort.name, {}
    if sort.weak:
        name_ns, name = _first_name(run, positions, lines, sort.several)
        extra["name_ns"] = name_ns
    number, name_rank = _operation(sort, name, lines, names)
    flags = sort.flags | bounds_flags
    if flags != sort.flags:
        extra["flags"] = sort.flags
    first_ns = lines[0][2]
    told: list[Any] = [] if sources & 15 != _LINES and first_ns == start_ns else [first_ns]
    told += [(chunk, line, time - first_ns, severity, text_hash, body) for chunk, line, time, severity, text_hash, body in lines]
    return (
        number, start_ns, duration_ns, sort.facts | name_rank << 4 | form << 8 | sources << 20, flags, text, _json(told),
        _json(extra) if extra else None, number < 0 or not is_final,
    )  # fmt: skip


def _sort(kinds: list[Template]) -> _Sort | None:
    """The sort of spans whose lines are of these kinds, remembered with the first; None where they are odd."""
    first, *middle, last = kinds if len(kinds) > 1 else (*kinds, kinds[0])
    key = (frozenset([kind.number for kind in middle]), last.number, len(kinds) == 1)
    notes = first.notes
    if key not in notes:
        if len(notes) > _NOTES:
            notes.clear()
        records = [kind.record for kind in kinds]
        notes[key] = _Sort(records) if _is_partial(records) else None
    return notes[key]  # type: ignore[no-any-return]


def _times(sort: _Sort, lines: Sequence[_Line], stated_ns: int) -> tuple[int, int | None, int, int, int] | None:
    """(start, duration, form of the marks, sources of start and end, flags) as `bounds` finds them; None where they conflict."""
    first_ns, last_ns = lines[0][2], lines[-1][2]
    if sort.ends:
        start_ns = last_ns - stated_ns
        if not 0 <= stated_ns <= MAX_DURATION_NS or (sort.starts and abs(start_ns - first_ns) > CONFLICT_NS):
            return None
        alone = _OF_COMPLETE if sort.ends == _COMPLETE else _OF_END
        form = alone if not sort.starts else _AGREEING if first_ns == start_ns else _NEAR
        return start_ns, stated_ns, form, _DURATION | _RECORD << 4, 0
    form, source = (_OF_START, _RECORD) if sort.starts else (_OF_LINES, _LINES)
    if last_ns == first_ns:
        return first_ns, None, form, source, _OPEN
    if last_ns - first_ns > MAX_DURATION_NS:
        return None
    return first_ns, last_ns - first_ns, form, source | _LINES << 4, _LOWER_BOUND | (_OPEN if sort.starts else 0)


def _operation(sort: _Sort, name: str, lines: Sequence[_Line], names: Names) -> tuple[int, int]:
    """(number of the operation, rank of its name): without a name, the first message stands in."""
    if name:
        return names.operation((sort.service, name, sort.kind)), sort.name_rank
    body = next((line[5] for line in lines if line[5]), "")
    return names.operation((sort.service, masked(body), sort.kind)), _GUESS if body else _NO_NAME


def _first_name(run: Run, positions: Sequence[int], lines: Sequence[_Line], several: bool) -> tuple[int, str]:
    """(time of the first line that has a name, the name; of several at that time the first in the alphabet)."""
    told = ((line[2], name) for at, line in zip(positions, lines, strict=True) if (name := run.templates[at].record.name))
    name_ns, name = first = next(told)
    return min([first, *((ns, name) for ns, name in told if ns == name_ns)]) if several else (name_ns, name)


def _attributes(run: Run, positions: Sequence[int], names: Names) -> tuple[str, bool] | None:
    """(the attributes as they stand in a row, whether that is final); None where a key has two values."""
    kinds = [run.templates[at] for at in positions]
    if any(run.bundles[at].attributes for at in positions):
        return _text(((kind, run.bundles[at]) for at, kind in zip(positions, kinds, strict=True)), names)
    kinds = list(dict.fromkeys(kinds))
    notes, others = kinds[0].notes, ("attributes", *[kind.number for kind in kinds[1:]])
    if others in notes:
        return notes[others]  # type: ignore[no-any-return]
    found = _text(((kind, _NO_BUNDLE) for kind in kinds), names)
    if found is None or found[1]:
        notes[others] = found
    return found


_NO_BUNDLE = Bundle((), frozenset())


def _text(lines: Iterable[tuple[Template, Bundle]], names: Names) -> tuple[str, bool] | None:
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


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
