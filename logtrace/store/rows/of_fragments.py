"""Fragments → rows of the table `span`; `fragments` is the way back.

`facts` packs what a fragment and its assembly know in small numbers, from the lowest bit:

    0-3   service rank     4-7   name rank       8-11  form of the marks
    12-15 (free)           16-19 parent source   20-23 start source   24-27 end source   28-32 severity

The form says how the marks follow from start_ns and duration_ns, so that an ordinary span needs no copy of them:

    0 none · 1 start and end lines, the latter with the duration · 2 an end line with it · 3 one line at the end
    4 one line with a start field · 5 start and end lines without a duration · 6 a start line
    7 as 1, but the start line, the first of all, differs from end minus duration · 15 listed in `extra`

`extra` holds, only where there is something to hold: marks, parents (where the shown one is not the only one named),
failure, kinds (if several), links, name_ns (the time of a weak name's line), others (attributes that lost to another
value of their key), span (the id as logged, where another is shown), flags (as logged, where more were found), parts (what
it was merged of, where that was of several services: the operation of each and its row, which refers to no name by number).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from logtrace.ids import NO_SPAN
from logtrace.model import UNKNOWN, Attribute, Evidence, Flag, LineRef, Role
from logtrace.reconstruct.spans import naming
from logtrace.reconstruct.spans.bounds import Bounds, bounds, known_duration, of_lines
from logtrace.reconstruct.spans.drafts import EXPLICIT, ROOT, Draft, line_count
from logtrace.reconstruct.spans.fragments import FIELD_START, Fragment, Mark
from logtrace.reconstruct.trace import winners_and_losers
from logtrace.store.rows import linerefs

SOURCES = ("none", "root", "explicit", "remote", "contain", "field", "duration", "record", "lines", "children", "prior", "order")
"""Evidence sources by the number that stands for them in `facts`."""

_NUMBER = {source: number for number, source in enumerate(SOURCES)}
_START, _END, _COMPLETE = int(Role.START), int(Role.END), int(Role.COMPLETE)
NEVER = 1 << 62
"""The name_ns of a name that no weak line has told."""

COLUMNS = (
    "trace_low, trace_high, span_key, parent_key, confidence, operation_id, start_ns, duration_ns, facts, error, flags,"
    " n_lines, attributes, lines, extra"
)
"""The columns of a Row, in its order; `id` comes before them where a row is read."""

Row = tuple[Any, ...]
OperationKey = naming.OperationKey
AttributeRef = Callable[[Attribute], "int | None"]
"""Gives the id of an interned attribute (negative: a new one), None for one that is kept inline."""


class Shown(NamedTuple):
    """What assembly found for a span beyond its fragment: the columns that it may rewrite.

    key is the span's own but for a span that shares its id with one of another service.
    """

    key: int
    parent_key: int
    parent: Evidence
    start_ns: int | None
    duration_ns: int | None
    start: Evidence
    end: Evidence
    flags: int


def shown(draft: Draft) -> Shown:
    """The shown values of a draft. What only the whole tree tells is found anew at each reading, and not kept."""
    flags = draft.flags & ~Flag.OUTSIDE_PARENT
    return Shown(draft.key, draft.parent, draft.evidence, draft.start_ns, draft.duration_ns, draft.start, draft.end, int(flags))


def shown_alone(fragment: Fragment) -> Shown:
    """The shown values of a fragment before its trace is known: what its own lines say."""
    if not fragment.span:
        return _loose(fragment)
    times = sorted([time for time, _ in fragment.lines if time is not None])
    found: Bounds = bounds(fragment.marks, times)
    parents = fragment.parents
    parent = next((key for key in parents if key), NO_SPAN)
    evidence = EXPLICIT if parent else ROOT if parents else UNKNOWN
    duration_ns = known_duration(found.duration_ns, found.start)
    flags = (
        of_lines(fragment.flags, fragment.marks)
        | found.flags
        | (Flag.MANY_PARENTS.value if len(set(parents) - {NO_SPAN}) > 1 else 0)
    )
    return Shown(fragment.span, parent, evidence, found.start_ns, duration_ns, found.start, found.end, flags)


def _loose(fragment: Fragment) -> Shown:
    times = [time for time, _ in fragment.lines if time is not None]
    start = min(times, default=None)
    return Shown(
        NO_SPAN, NO_SPAN, UNKNOWN, start, None if start is None else max(times) - start, UNKNOWN, UNKNOWN, fragment.flags
    )


def row(fragment: Fragment, show: Shown, operation_id: int, name_rank: int, ref: AttributeRef) -> Row:
    """The row of a fragment. `ref` interns its attributes."""
    first_ns = min((time for time, _ in fragment.lines if time is not None), default=None)
    form = _form(fragment.marks, show, first_ns)
    winners, losers = winners_and_losers(fragment.attributes)
    extra = _extra(fragment, show, form, losers)
    facts = (
        fragment.service_rank | name_rank << 4 | form << 8 | _NUMBER[show.parent.source] << 16
        | _NUMBER[show.start.source] << 20 | _NUMBER[show.end.source] << 24 | fragment.severity << 28
    )  # fmt: skip
    failure = fragment.failure
    return (
        fragment.trace.low, fragment.trace.high, show.key, show.parent_key,
        None if show.parent.observed else show.parent.confidence, operation_id, show.start_ns, show.duration_ns, facts,
        0 if failure is None else -failure[0], int(show.flags), line_count(fragment), attributes_text(winners, ref),
        _lines_text(fragment.lines, first_ns, show), orjson.dumps(extra).decode() if extra else None,
    )  # fmt: skip


def attributes_text(ranked: Iterable[tuple[Attribute, int]], ref: AttributeRef) -> str:
    """The JSON list of attributes with their ranks: numbers of interned ones, [key, value, rank] of the others."""
    return f"[{','.join(attribute_text(attribute, rank, ref(attribute)) for attribute, rank in ranked)}]"


def attribute_text(attribute: Attribute, rank: int, number: int | None) -> str:
    """An attribute as it stands in a row: its number and rank in one, or [key, value, rank] where it has no number."""
    if number is None:
        return f"[{_key_text(attribute.key)},{attribute.value},{rank}]"
    return str(number * 4 + rank)


@lru_cache(1000)
def _key_text(key: str) -> str:
    return orjson.dumps(key).decode()


def _lines_text(lines: Mapping[tuple[int | None, int], LineRef], first_ns: int | None, show: Shown) -> str:
    """JSON: the time of the first line (left out where it is the start, and lines state that), then [chunk, line, ns after
    the first, severity, hash, body] of each."""
    stated = show.start.observed and first_ns == show.start_ns
    found: list[Any] = [] if first_ns is None or stated else [first_ns]
    for time, text_hash, chunk, line, severity, body in lines.values():
        found.append((chunk, line, None if time is None else time - first_ns, severity, text_hash, body))  # type: ignore[operator]
    return orjson.dumps(found).decode()


def _form(marks: tuple[Mark, ...], show: Shown, first_ns: int | None) -> int:
    """The form number whose marks follow from start, duration and the first line's time; 15 where none does."""
    if not marks:
        return 0
    if show.start_ns is not None and marks == (Mark(_START, show.start_ns, None, None),):
        return 6
    if show.start_ns is not None and show.duration_ns is not None:
        for form in (1, 5, 7) if len(marks) == 2 else (3, 2, 4):
            if set(marks) == set(marks_of_form(form, show.start_ns, show.duration_ns, first_ns)):
                return form
    return 15


def marks_of_form(form: int, start_ns: int, duration_ns: int, first_ns: int | None) -> tuple[Mark, ...]:
    """The marks of a row of one of the forms 1 to 7; first_ns: the time of its first line."""
    if form == 6:
        return (Mark(_START, start_ns, None, None),)
    end_ns = start_ns + duration_ns
    if form in (1, 7):
        return Mark(_START, start_ns if form == 1 else first_ns, None, None), Mark(_END, None, end_ns, duration_ns)
    if form == 2:
        return (Mark(_END, None, end_ns, duration_ns),)
    if form == 3:
        return (Mark(_COMPLETE, None, end_ns, duration_ns),)
    if form == 4:
        return (Mark(_COMPLETE, start_ns, None, duration_ns, FIELD_START),)
    return Mark(_START, start_ns, None, None), Mark(_END, None, end_ns, None)


def _extra(fragment: Fragment, show: Shown, form: int, losers: list[tuple[Attribute, int]]) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if form == 15:
        extra["marks"] = [tuple(mark) for mark in fragment.marks]
    if fragment.parents != _named_parents(show):
        extra["parents"] = fragment.parents
    if fragment.failure is not None:
        extra["failure"] = fragment.failure
    if len(fragment.kinds) > 1:
        extra["kinds"] = fragment.kinds
    if fragment.links:
        extra["links"] = [[*link.trace, link.span] for link in fragment.links]
    if fragment.name and fragment.name_ns != NEVER:
        extra["name_ns"] = fragment.name_ns
    if losers:
        extra["others"] = [[*attribute.pair, rank] for attribute, rank in losers]
    if fragment.span != show.key:
        extra["span"] = fragment.span
    if fragment.flags != show.flags:
        extra["flags"] = int(fragment.flags)
    if fragment.parts:
        extra["parts"] = [_part(part) for part in fragment.parts]
    return extra


def _part(fragment: Fragment) -> tuple[OperationKey, Row]:
    operation, rank = naming.operation_of(fragment)
    return operation, row(fragment, shown_alone(fragment), 0, rank, lambda _: None)


def _named_parents(show: Shown) -> tuple[int, ...]:
    if show.parent is EXPLICIT or show.parent.source == "explicit":
        return (show.parent_key,)
    return (NO_SPAN,) if show.parent.source == "root" else ()


class Names(NamedTuple):
    """What rows refer to: operations and attributes by id, texts of opaque trace ids by (low, high), messages of lines."""

    operations: Mapping[int, OperationKey]
    attributes: Mapping[int, Attribute]
    opaque_traces: Mapping[tuple[int, int], str]
    body: linerefs.Body


def references(attribute_id: int) -> range:
    """All that may stand for an interned attribute in a row: one number for each rank."""
    return range(attribute_id * 4, attribute_id * 4 + 3)


def resolved(rows: Iterable[Row], operations: Sequence[int], attributes: Sequence[int]) -> Iterator[Row]:
    """Rows whose new names (-1 for the first) are replaced by the ids that they got, in the same order."""
    known: dict[str, str] = {}  # many rows have the same attributes
    for row in rows:
        operation, text = row[5], row[12]
        if text not in known:
            known[text] = orjson.dumps([_resolved(ref, attributes) for ref in orjson.loads(text)]).decode()
        yield (*row[:5], operations[-1 - operation] if operation < 0 else operation, *row[6:12], known[text], *row[13:])


def _resolved(ref: Any, attributes: Sequence[int]) -> Any:
    return attributes[-1 - (ref >> 2)] * 4 + (ref & 3) if ref.__class__ is int and ref < 0 else ref
