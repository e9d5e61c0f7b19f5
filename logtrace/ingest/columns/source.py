"""What a piece of log looks like once its values are found: columns of concepts, attributes, and the lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from logtrace.ingest.formats._format import PLAIN, Format
from logtrace.model import Attribute, Record

ABSENT = msgspec.UNSET
"""Stands for a parent key that a line does not have; a null there says that the span is a root."""


_NO_HEADERS: Mapping[str, Sequence[Any]] = MappingProxyType({})


class Source(NamedTuple):
    """What Columns reads: the values of concepts by name, attributes and text of each line, the unit of durations; of a
    format also itself, propagation headers by name, the concepts of ids that are decimal numbers, and whether the key of the
    status says that it is one of HTTP."""

    concepts: dict[str, Sequence[Any]]
    attributes: Sequence[tuple[Attribute, ...]]
    lines: Sequence[bytes]
    unit: str
    objects: Sequence[dict[str, Any]]
    format: Format = PLAIN
    headers: Mapping[str, Sequence[Any]] = _NO_HEADERS
    decimal: frozenset[str] = frozenset()
    http: bool = False


class Around(NamedTuple):
    """What is around lines that are read together.

    service   (name, rank) where a line tells none
    read      gives the record of one line, the general way, with what its envelopes know
    """

    service: tuple[str, int]
    read: Callable[[bytes], Record | str | None]
