"""Runs: records that have most in common, kept as columns.

Nearly all lines of a log say the same but for ids, times and a few values. What lines have in common is a Template,
attributes that come together are a Bundle; a Run has one column for each of the rest, as numpy arrays where it is
numbers. Any record can be had from it; the usual ones are never made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, count
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logtrace.ids import TraceId
from logtrace.model import Attribute, Record

NONE = -(1 << 63)
"""Stands for a time or a duration that there is not."""

Failure = tuple[str, str]
"""Type and message of an error."""

NO_FAILURE: Failure = ("", "")

Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]
_numbers = count()


class Bundle:
    """Attributes that come together in many lines.

    keys   those of the attributes; shared by all bundles of one kind, None where one key comes twice
    sign   what the object they stand in says beyond attributes, for whoever reads lines
    text   how a store writes them down, once it knows; None until then
    """

    __slots__ = ("attributes", "keys", "sign", "text")

    def __init__(self, attributes: tuple[Attribute, ...], keys: frozenset[str] | None, sign: object = ()) -> None:
        self.attributes = attributes
        self.keys = keys
        self.sign = sign
        self.text: str | None = None

    @classmethod
    def of(cls, attributes: tuple[Attribute, ...], sign: object = ()) -> Bundle:
        """A bundle of any attributes."""
        keys = frozenset([attribute.key for attribute in attributes])
        return cls(attributes, keys if len(keys) == len(attributes) else None, sign)


class Template:
    """The record that lines of one kind give, but for what a Run has columns for.

    number      tells templates apart
    record      a record of that kind; its fields of columns mean nothing
    attributes  those that all lines of the kind have, besides those of their bundles
    notes       what a store remembers of spans of lines of this kind
    """

    __slots__ = ("attributes", "notes", "number", "record", "severity")

    def __init__(self, record: Record, attributes: tuple[Attribute, ...]) -> None:
        self.number = next(_numbers)
        self.record = record
        self.severity = record.severity
        self.attributes = attributes
        self.notes: dict[Any, Any] = {}


number_of = attrgetter("number")


class Run(NamedTuple):
    """Records as columns.

    indexes      which line of its piece of log each is
    traced       whether it names a trace; lows and highs are the halves of its id
    told         whether it tells a parent; parents: its key, NO_SPAN where it says that there is none
    starts, ends what fields of that meaning say, NONE where there is none
    errors       the ErrorLevel of each; failures: its type and message
    opaque       the texts of trace ids that are not hexadecimal, by their halves
    """

    indexes: Numbers
    templates: list[Template]
    bundles: list[Bundle]
    traced: Truths
    lows: Numbers
    highs: Numbers
    spans: Numbers
    told: Truths
    parents: Numbers
    times: Numbers
    durations: Numbers
    starts: Numbers
    ends: Numbers
    bodies: list[str]
    hashes: Numbers
    errors: Numbers
    failures: list[Failure]
    opaque: Mapping[tuple[int, int], str]

    def records(self) -> Iterator[Record]:
        """All records, in order."""
        columns = [column if isinstance(column, list) else column.tolist() for column in self[1:-1]]
        for (template, bundle, traced, low, high, span, told, parent, time_ns, duration_ns, start_ns, end_ns, body, text_hash,
             error, (error_type, error_message)) in zip(*columns, strict=True):  # fmt: skip
            (_, _, _, role, _, _, _, _, service, service_rank, name, name_rank, kind, severity, _, _, _, _, _, links, flags,
             _) = template.record  # fmt: skip
            yield Record(
                TraceId(low, high, self.opaque.get((low, high), "")) if traced else None, span, parent if told else None, role,
                None if time_ns == NONE else time_ns, None if start_ns == NONE else start_ns, None if end_ns == NONE else end_ns,
                None if duration_ns == NONE else duration_ns, service, service_rank, name, name_rank, kind, severity, body, error,
                error_type, error_message, template.attributes + bundle.attributes, links, flags, text_hash,
            )  # fmt: skip

    def at(self, places: Numbers) -> Run:
        """The records at some positions, in their order."""
        told = places.tolist()
        columns: list[Any] = [
            list(map(column.__getitem__, told)) if isinstance(column, list) else column[places] for column in self[:-1]
        ]
        return Run._make([*columns, self.opaque])

    def only(self, wanted: Truths) -> Run:
        """The records at the positions where `wanted` is true."""
        told = wanted.tolist()
        columns: list[Any] = [
            list(compress(column, told)) if isinstance(column, list) else column[wanted] for column in self[:-1]
        ]
        return Run._make([*columns, self.opaque])


def joined(runs: Sequence[Run]) -> Run:
    """Runs as one, in order."""
    columns = zip(*(run[:-1] for run in runs), strict=True)
    opaque = {key: text for run in runs for key, text in run.opaque.items()}
    whole: list[Any] = [_end_to_end(column) for column in columns]
    return Run._make([*whole, opaque])


def left_out(runs: Iterable[Run], count: int) -> list[int]:
    """Which indexes of so many are not in runs."""
    found = np.ones(count, np.bool_)
    for run in runs:
        found[run.indexes] = False
    return np.flatnonzero(found).tolist()


def numbers(values: Iterable[int | None]) -> Numbers:
    """Values as an array, NONE for None."""
    return np.array([NONE if value is None else value for value in values], np.int64)


def _end_to_end(columns: Sequence[Any]) -> Any:
    if isinstance(columns[0], list):
        return list(chain.from_iterable(columns))
    return np.concatenate(columns)
