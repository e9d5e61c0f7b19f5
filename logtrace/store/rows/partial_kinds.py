"""What spans told in part have in common, as far as the kinds of their lines tell: worked out once, and remembered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logtrace.model import Flag, Rank, Record, Role
from logtrace.reconstruct.spans.runs import Template

_START, _END, _COMPLETE = int(Role.START), int(Role.END), int(Role.COMPLETE)
_WEAK = int(Rank.WEAK)
_NOTES, _LONG = 4_000, 16


class Sort:
    """What spans have in common whose lines are of certain kinds.

    starts, ends   the roles of the first line and the last, where they are no points
    name           "" where the message of the first line stands for it; weak: it is the name of a logger, of which there may
                   be several: then it is that of the first line that has one
    facts          service rank and severity
    numbers        of operations, by the names of spans
    """

    __slots__ = ("ends", "facts", "flags", "kind", "name", "name_rank", "numbers", "service", "several", "starts", "weak")

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
        self.numbers: dict[str, int] = {}


class Kinds:
    """The kinds of the lines of a span, one after another.

    sort     None where no such span is told in part
    named    which line is the first that has a name; 0 where none has one
    text     the attributes of the kinds as they stand in a row; None until that is final
    """

    __slots__ = ("named", "sort", "text")

    def __init__(self, kinds: Sequence[Template]) -> None:
        self.sort = _sort(kinds)
        self.named = next((at for at, kind in enumerate(kinds) if kind.record.name), 0)
        self.text: str | None = None


def kinds_of(templates: Sequence[Template], numbers: Sequence[int]) -> Kinds:
    """The kinds of lines of which these are the templates, with their numbers."""
    if len(numbers) > _LONG:
        return Kinds(templates)
    notes, key = templates[0].notes, ("kinds", *numbers)
    found: Kinds | None = notes.get(key)
    if found is None:
        _let_go(notes)
        found = notes[key] = Kinds(templates)
    return found


def _sort(kinds: Sequence[Template]) -> Sort | None:
    """The sort of spans whose lines are of these kinds, remembered with the first; None where they are odd."""
    first, *middle, last = kinds if len(kinds) > 1 else (*kinds, kinds[0])
    key = (frozenset([kind.number for kind in middle]), last.number, len(kinds) == 1)
    if key not in first.notes:
        _let_go(first.notes)
        records = [kind.record for kind in kinds]
        first.notes[key] = Sort(records) if _is_partial(records) else None
    return first.notes[key]  # type: ignore[no-any-return]


def _let_go(notes: dict[object, object]) -> None:
    if len(notes) > _NOTES:
        notes.clear()


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
        and not any(record.links for record in records)
        and not any(record.flags & Flag.DURATION_COARSE for record in records)
    )


def _agree(named: list[Record]) -> bool:
    """Whether records have one name, or names of loggers."""
    names = {(record.name, record.name_rank) for record in named}
    return len(names) < 2 or {rank for _, rank in names} == {_WEAK}
