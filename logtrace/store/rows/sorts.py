"""What spans have in common whose lines are of certain kinds: worked out once, and remembered with the first of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from logtrace.model import Attribute, Flag, Rank, Record, Role
from logtrace.reconstruct.spans.runs import Bundle, Template
from logtrace.store.rows.of_fragments import OperationKey
from logtrace.store.rows.packed_lines import Bodies

_START, _END, _POINT, _COMPLETE = int(Role.START), int(Role.END), int(Role.POINT), int(Role.COMPLETE)
_ALONE = {_COMPLETE: 3, _END: 2}


class Names(Protocol):
    """Who knows the numbers of names (jobs.work.Encoder). Negative numbers stand for new names.

    texts      known attributes as they stand in a row when the span's end gave them: their number times 4
    messages   those of packed lines
    """

    texts: dict[Attribute, str]
    messages: Bodies

    def operation(self, key: OperationKey) -> int: ...
    def attribute(self, attribute: Attribute) -> int | None: ...
    def text(self, attribute: Attribute) -> tuple[str, bool]:
        """An attribute as it stands in a row when the span's end gave it, and whether that is final."""

    def bodies(self, bodies: Sequence[str]) -> list[str]:
        """Messages, cut to what a row keeps of them."""


class Sort:
    """What spans have in common whose lines are of certain kinds. All but the numbers of names is final.

    number   of the operation; None until it is known
    facts    without the parent, the form, and where start and end are from
    end      the attributes of the last line's kind; others: those that only the first line's kind has, and the middle one's
    fits     by the keys of a bundle: whether `end` has none of them
    """

    __slots__ = ("end", "facts", "fits", "flags", "form", "has_others", "key", "number", "others")

    def __init__(self, kinds: list[Template]) -> None:
        records, last = [kind.record for kind in kinds], kinds[-1]
        kind = next((record.kind for record in records if record.kind), "")
        self.key = (last.record.service, last.record.name, kind)
        self.number: int | None = None
        worst = max(record.severity for record in records)
        self.facts = last.record.service_rank | last.record.name_rank << 4 | worst << 28
        self.form = _ALONE.get(last.record.role, 0) if len(kinds) == 1 else 0
        self.flags = int(np.bitwise_or.reduce([record.flags for record in records]))
        self.end = Bundle.of(last.attributes)
        self.others = tuple(
            tuple([each for kind_of in earlier for each in kind_of.attributes if each not in last.attributes])
            for earlier in (kinds[:1], kinds[1:-1])
        )
        self.has_others = any(self.others)
        self.fits: dict[frozenset[str] | None, bool] = {None: False}

    def has_none_of(self, keys: frozenset[str] | None) -> bool:
        """Whether `end` has none of the keys of a bundle."""
        fits = self.fits[keys] = keys is not None and keys.isdisjoint(self.end.keys or ())
        return fits


def _are_usual(records: list[Record]) -> bool:
    """Whether lines of such records make a usual span, as far as their kinds tell."""
    roles, last = [record.role for record in records], records[-1]
    return (
        (roles in ([_START, _END], [_START, _POINT, _END]) or (len(roles) == 1 and roles[0] in _ALONE))
        and bool(last.name) and last.name_rank < Rank.WEAK
        and len({(r.service, r.service_rank, r.name, r.name_rank) for r in records}) == 1
        and len({record.kind for record in records} - {""}) < 2
        and not any(record.links for record in records)
        and not any(record.flags & Flag.DURATION_COARSE for record in records)
    )  # fmt: skip


def sort_of_kinds(kinds: list[Template]) -> Sort | None:
    """The sort of spans whose lines are of these kinds, remembered with the first; None where they are not usual."""
    notes, others = kinds[0].notes, tuple(kind.number for kind in kinds[1:])
    if others not in notes:
        made = Sort(kinds) if _are_usual([kind.record for kind in kinds]) else None
        notes[others] = None if made is None or made.end.keys is None else made
    return notes[others]  # type: ignore[no-any-return]


def number_of_operation(sort: Sort, names: Names) -> int:
    """The number of the operation of a sort of spans, remembered once it is final."""
    if sort.number is not None:
        return sort.number
    number = names.operation(sort.key)
    if number >= 0:
        sort.number = number
    return number


def text_of(bundle: Bundle, names: Names) -> tuple[str, bool]:
    """(the attributes of a bundle as they stand in a row, given by a span's end; whether that is final, and remembered)."""
    if bundle.text is not None:
        return bundle.text, True
    texts = list(map(names.texts.get, bundle.attributes))
    final = True
    if not all(texts):
        for at, known in enumerate(texts):
            if known is None:
                texts[at], told = names.text(bundle.attributes[at])
                final &= told
    text = ",".join(texts)  # type: ignore[arg-type]
    if final:
        bundle.text = text
    return text, final
