"""Fragments: what some of a span's lines say about it. Records are collected into fragments, fragments are merged.

A merge is associative, commutative and idempotent (each field is a minimum, a union or an OR), so that chunks, worker
processes, runs, late lines and other engines agree on a span however its lines were split among them.

One fragment is one (trace, span id, service): lines of two services that name one span id meet again only when the
trace is put together (see `spans`). The fragment with the span key NO_SPAN holds the lines of the trace itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import attrgetter, itemgetter
from typing import NamedTuple

from logtrace.ids import TraceId
from logtrace.model import BODY_CHARS, Attribute, Flag, LineRef, Link, Rank, Record, Role


class Mark(NamedTuple):
    """What one start, end or complete record says: its times and duration as observed, None where it says nothing.

    For a START record `start_ns` is the record's time; for END and COMPLETE `end_ns` is the record's time unless an
    end field says otherwise. `fields` tells which of both came from a field of that meaning (1 start, 2 end), and whether
    the duration is coarse (4).
    """

    role: int
    start_ns: int | None
    end_ns: int | None
    duration_ns: int | None
    fields: int = 0


FIELD_START, FIELD_END, COARSE = 1, 2, 4
_COARSE = int(Flag.DURATION_COARSE)
_NEVER = 1 << 62
_START, _WEAK = int(Role.START), int(Rank.WEAK)

_RANK_OF_ROLE = (2, 1, 0, 0)
"""Attributes are kept apart by what kind of record gave them: 0 its end, 1 its start, 2 lines in between."""


class Fragment:
    """The mergeable state of a span. Mutable only while records are collected into it.

    parents       keys named as parent; NO_SPAN among them where a line says there is none
    name          the best candidate, with its rank and, for a weak one, the time of the line that gave it
    failure       (-level, time, type, message) of the first and worst error; None if there is none
    attributes    by rank; several values of one key are all kept
    lines         by (time, text hash): a line that comes twice is there once
    parts         by service, what it was merged of where that was of several: who owns lines without a service of their own
                  is found anew with each service that turns up (see `drafts`); none where all of it is of one
    """

    __slots__ = (
        "attributes", "failure", "flags", "kinds", "lines", "links", "marks", "name", "name_ns", "name_rank", "parents",
        "parts", "service", "service_rank", "severity", "span", "trace",
    )  # fmt: skip

    def __init__(self, trace: TraceId, span: int, service: str, service_rank: int) -> None:
        self.trace = trace
        self.span = span
        self.service = service
        self.service_rank = service_rank
        self.parents: tuple[int, ...] = ()
        self.name = ""
        self.name_rank = 9
        self.name_ns = _NEVER
        self.kinds: tuple[str, ...] = ()
        self.marks: tuple[Mark, ...] = ()
        self.severity = 0
        self.failure: tuple[int, int, str, str] | None = None
        self.attributes: list[tuple[Attribute, ...]] = [(), (), ()]
        self.lines: dict[tuple[int | None, int], LineRef] = {}
        self.links: tuple[Link, ...] = ()
        self.flags = 0
        self.parts: tuple[Fragment, ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fragment):
            return NotImplemented
        return all(_comparable(self, name) == _comparable(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "Fragment(" + ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__) + ")"

    def add(self, record: Record, chunk: int, line: int) -> None:
        """Collects one record of this span, which is line `line` of chunk `chunk`."""
        (_, _, parent, role, time_ns, start_ns, end_ns, duration_ns, _, service_rank, name, name_rank, kind, severity, body,
         error, error_type, error_message, attributes, links, flags, text_hash) = record  # fmt: skip
        if parent is not None and parent not in self.parents:
            self.parents = tuple(sorted((*self.parents, parent)))
        if name and name_rank <= self.name_rank:
            self._name(name, name_rank, _NEVER if name_rank < _WEAK or time_ns is None else time_ns)
        if role:
            mark = _mark(role, time_ns, start_ns, end_ns, duration_ns)
            if flags & _COARSE:
                mark = mark._replace(fields=mark.fields | COARSE)
            if mark not in self.marks:
                self.marks += (mark,)
        if kind and kind not in self.kinds:
            self.kinds = tuple(sorted((*self.kinds, kind)))
        if error:
            self._fail((-error, _NEVER if time_ns is None else time_ns, error_type, error_message))
        rank = _RANK_OF_ROLE[role]
        known = self.attributes[rank]
        if known != attributes:
            self.attributes[rank] = tuple(dict.fromkeys(known + attributes)) if known else attributes
        if links:
            self.links = tuple(sorted({*self.links, *links}))
        self.severity = max(self.severity, severity)
        self.service_rank = min(self.service_rank, service_rank)
        self.flags |= flags
        if (time_ns, text_hash) not in self.lines:
            cut = body if len(body) <= BODY_CHARS else body[: BODY_CHARS - 1] + "…"
            self.lines[time_ns, text_hash] = LineRef(time_ns, text_hash, chunk, line, severity, cut)

    def _name(self, name: str, rank: int, name_ns: int) -> None:
        """Takes a name if it is better: known better; of weak ones, that of an earlier line."""
        if (rank, name_ns, name) < (self.name_rank, self.name_ns, self.name):
            self.name, self.name_rank, self.name_ns = name, rank, name_ns

    def _fail(self, failure: tuple[int, int, str, str]) -> None:
        if self.failure is None or failure < self.failure:
            self.failure = failure


def _comparable(fragment: Fragment, name: str) -> object:
    value = getattr(fragment, name)
    if name == "attributes":
        return best_ranks(value)
    return set(value) if name in ("marks", "links") else value


def best_ranks(attributes: list[tuple[Attribute, ...]]) -> dict[Attribute, int]:
    """Each pair with the best rank that gave it, the best first."""
    found = dict.fromkeys(attributes[0], 0)
    for rank in (1, 2):
        for pair in attributes[rank]:
            found.setdefault(pair, rank)
    return found


def _mark(role: int, time_ns: int | None, start_ns: int | None, end_ns: int | None, duration_ns: int | None) -> Mark:
    if role == _START:
        return Mark(role, time_ns if start_ns is None else start_ns, None, None, 0 if start_ns is None else FIELD_START)
    fields = (0 if start_ns is None else FIELD_START) | (0 if end_ns is None else FIELD_END)
    if end_ns is None and not (start_ns is not None and duration_ns is not None):
        end_ns = time_ns
    return Mark(role, start_ns, end_ns, duration_ns, fields)


def merged(a: Fragment, b: Fragment) -> Fragment:
    """Both fragments of one span as one. Neither is changed; the order does not matter; merged(a, a) == a.

    Where one names the trace by the 64-bit form of its id, the long form stays.
    """
    result = Fragment(
        a.trace if a.trace.high else b.trace, a.span, *min((a.service_rank, a.service), (b.service_rank, b.service))[::-1]
    )
    result.parents = tuple(sorted({*a.parents, *b.parents}))
    best = min((a.name_rank, a.name_ns, a.name), (b.name_rank, b.name_ns, b.name))
    result.name_rank, result.name_ns, result.name = best
    result.kinds = tuple(sorted({*a.kinds, *b.kinds}))
    result.marks = tuple(sorted({*a.marks, *b.marks}, key=_mark_order))
    result.severity = max(a.severity, b.severity)
    result.failure = min((f for f in (a.failure, b.failure) if f is not None), default=None)
    result.attributes = [tuple(dict.fromkeys(x + y)) for x, y in zip(a.attributes, b.attributes, strict=True)]
    result.lines = dict(a.lines)
    for key, line in b.lines.items():
        known = result.lines.get(key)
        result.lines[key] = line if known is None else min(known, line, key=_place)
    result.links = tuple(sorted({*a.links, *b.links}))
    result.flags = a.flags | b.flags
    result.parts = _parts(a, b)
    return result


def _parts(a: Fragment, b: Fragment) -> tuple[Fragment, ...]:
    if a.service == b.service and not a.parts and not b.parts:
        return ()
    found: dict[str, Fragment] = {}
    for part in (*of_one_service(a), *of_one_service(b)):
        known = found.get(part.service)
        found[part.service] = part if known is None else merged(known, part)
    return tuple(found[service] for service in sorted(found))


def of_one_service(fragment: Fragment) -> tuple[Fragment, ...]:
    """The fragments, of one service each, that a fragment was merged of."""
    return fragment.parts or (fragment,)


def _mark_order(mark: Mark) -> tuple[int, ...]:
    return tuple(-1 if value is None else value for value in mark)


def _place(line: LineRef) -> tuple[int, int]:
    return line.chunk, line.line


_TIME, _TIMED_ORDER = itemgetter(0), attrgetter("time_ns", "chunk", "line")
"""Of the key of a line; and `line_order` of lines with times, which most are: without a call for each."""


def without_untimed_copies(lines: dict[tuple[int | None, int], LineRef]) -> list[LineRef]:
    """The lines in time order (untimed last, as read); one without a time counts only where no timed one has its text.

    The same line can come with its envelope, which knows the time, and again without it.
    """
    if None not in map(_TIME, lines):
        return sorted(lines.values(), key=_TIMED_ORDER)
    timed = {text for time_ns, text in lines if time_ns is not None}
    kept = [line for (time_ns, text), line in lines.items() if time_ns is not None or text not in timed]
    return sorted(kept, key=line_order)


def line_order(line: LineRef) -> tuple[int, int, int]:
    """Time, then place; lines without a time come last in the order they were read."""
    return (_NEVER if line.time_ns is None else line.time_ns, line.chunk, line.line)


Entry = tuple[Record, int, int]
"""A record with its chunk and the index of its line there."""


TOGETHER = 256
"""So many records are collected one after another: what a fragment has by then is looked through for each. More are merged."""


def fragment_of_entries(entries: Sequence[Entry]) -> Fragment:
    """The fragment that records of one span make, all of one service."""
    ordered = sorted(entries, key=itemgetter(1, 2))
    found = [_of_few(ordered[at : at + TOGETHER]) for at in range(0, len(ordered), TOGETHER)]
    while len(found) > 1:
        found = [reduce(merged, found[at : at + 2]) for at in range(0, len(found), 2)]
    return found[0]


def _of_few(entries: Sequence[Entry]) -> Fragment:
    first = entries[0][0]
    fragment = Fragment(first.trace, first.span, first.service, first.service_rank)  # type: ignore[arg-type]
    for record, chunk, line in entries:
        fragment.add(record, chunk, line)
    return fragment
