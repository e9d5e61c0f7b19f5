"""A few lines that were read together: what they have in common, and what each says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, Literal, NamedTuple

from logtrace.ingest.columns.cells import Unit
from logtrace.model import Attribute, Flag, Record, Role
from logtrace.reconstruct.spans.runs import Bundle, Template


class Kind(Template):
    """The template of lines of one head, and what else it takes to read them.

    unit      of a duration without one
    may_tell  whether a duration may stand in the message
    may_fail  whether its level or its status may mean an error
    makes_spans   whether each line makes a span of its own, as it has a duration and names none
    telling   the kind of those lines whose message tells how long their span took, made when there is one
    """

    __slots__ = ("_spoken", "_telling", "makes_spans", "may_fail", "may_tell", "unit")

    def __init__(
        self, record: Record, attributes: tuple[Attribute, ...], unit: Unit, may_tell: bool, may_fail: bool
    ) -> None:  # fmt: skip
        super().__init__(record, attributes)
        self.unit = unit
        self.makes_spans = bool(record.flags & Flag.SPAN_FROM_LINE)
        self.may_tell = may_tell
        self.may_fail = may_fail
        self._telling: Kind | None = None
        self._spoken: dict[int, Kind] = {}

    @property
    def telling(self) -> Kind | None:
        """None where what a message tells is not for a kind to say: of lines that begin or end a span, or tell both."""
        if self._telling is None and self.record.role == Role.POINT:
            record = self.record._replace(role=int(Role.COMPLETE), flags=self.record.flags | Flag.DURATION_IN_TEXT.value)
            self._telling = Kind(record, self.attributes, self.unit, may_tell=False, may_fail=self.may_fail)
        return self._telling

    def spoken(self, role: int) -> Kind:
        """The kind of those lines whose message says no more than that their span begins or ends."""
        if role not in self._spoken:
            record = self.record._replace(role=role)
            self._spoken[role] = Kind(record, self.attributes, self.unit, may_tell=False, may_fail=self.may_fail)
        return self._spoken[role]


class Part(NamedTuple):
    """Lines that were read together: the index and the text of each, the values of columns, its kind and attributes, the
    hashes one after the other; positions of those that may tell an error with what they say of ERRORS, and of those that are
    to be read the general way."""

    indexes: list[int]
    lines: Sequence[bytes]
    columns: Mapping[str, Sequence[Any]]
    kinds: list[Kind | Literal[False]]
    bundles: list[Bundle]
    hashes: bytes
    failing: list[tuple[int, tuple[Any, ...]]]
    loud: list[int]


def whole(parts: list[Part]) -> Part:
    """Parts as one, in order."""
    if len(parts) == 1:
        return parts[0]
    starts = list(accumulate((len(part.indexes) for part in parts[:-1]), initial=0))
    failing = [(start + at, told) for start, part in zip(starts, parts, strict=True) for at, told in part.failing]
    loud = [start + at for start, part in zip(starts, parts, strict=True) for at in part.loud]
    columns = {concept: _chain(part.columns[concept] for part in parts) for concept in parts[0].columns}
    indexes, lines, kinds, bundles = (
        _chain(getattr(part, name) for part in parts) for name in ("indexes", "lines", "kinds", "bundles")
    )
    return Part(indexes, lines, columns, kinds, bundles, b"".join(part.hashes for part in parts), failing, loud)


def _chain(lists: Iterable[Iterable[Any]]) -> list[Any]:
    return list(chain.from_iterable(lists))
