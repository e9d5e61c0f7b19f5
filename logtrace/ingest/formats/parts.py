"""A few lines that were read together: what they have in common, and what each says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from typing import Any, Literal, NamedTuple

from logtrace.model import Attribute, Record
from logtrace.reconstruct.runs import Bundle, Template


class Kind(Template):
    """The template of lines of one head, and what else it takes to read them.

    unit      of a duration without one
    may_tell  whether a duration may stand in the message
    """

    __slots__ = ("may_tell", "unit")

    def __init__(self, record: Record, attributes: tuple[Attribute, ...], unit: str, may_tell: bool) -> None:
        super().__init__(record, attributes)
        self.unit = unit
        self.may_tell = may_tell


class Part(NamedTuple):
    """Lines that were read together: the index and the text of each, the values of columns, its kind and attributes, the
    hashes one after the other; positions of those that are to be read the general way."""

    indexes: list[int]
    lines: Sequence[bytes]
    columns: dict[str, list[Any]]
    kinds: list[Kind | Literal[False]]
    bundles: list[Bundle]
    hashes: bytes
    loud: list[int]


def whole(parts: list[Part]) -> Part:
    """Parts as one, in order."""
    if len(parts) == 1:
        return parts[0]
    starts = accumulate((len(part.indexes) for part in parts[:-1]), initial=0)
    loud = [start + at for start, part in zip(starts, parts, strict=True) for at in part.loud]
    columns = {concept: _chain(part.columns[concept] for part in parts) for concept in parts[0].columns}
    indexes, lines, kinds, bundles = (
        _chain(getattr(part, name) for part in parts) for name in ("indexes", "lines", "kinds", "bundles")
    )
    return Part(indexes, lines, columns, kinds, bundles, b"".join(part.hashes for part in parts), loud)


def _chain(lists: Iterable[Iterable[Any]]) -> list[Any]:
    return list(chain.from_iterable(lists))
