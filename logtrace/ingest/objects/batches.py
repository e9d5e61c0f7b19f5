"""What lines become on their way: objects sorted by shape, batches of records, rejected lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from logtrace.ingest.columns.plans import Plan
from logtrace.ingest.envelopes import Outer
from logtrace.model import Record


class Peeled(NamedTuple):
    """A line of which some envelopes are off: its index, the line as it stands, the text in it, what was around that."""

    at: int
    line: bytes
    text: bytes
    outer: Outer


class Bucket:
    """The JSON objects of one shape on their way to records: each one's line index and own text.

    outers, parts and numbers hold, by position, what an envelope knew, how many lines an object took where not one, and which
    of the several things that a line tells it is where not the first.
    """

    __slots__ = ("indexes", "lines", "numbers", "objects", "outers", "parts", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.indexes: list[int] = []
        self.objects: list[dict[str, Any]] = []
        self.lines: list[bytes] = []
        self.outers: dict[int, Outer] = {}
        self.parts: dict[int, int] = {}
        self.numbers: dict[int, int] = {}

    def add(self, index: int, record: dict[str, Any], line: bytes, outer: Outer | None, parts: int, number: int = 0) -> None:
        """Adds an object."""
        if number:
            self.numbers[len(self.indexes)] = number
        if outer is not None:
            self.outers[len(self.indexes)] = outer
        if parts != 1:
            self.parts[len(self.indexes)] = parts
        self.indexes.append(index)
        self.objects.append(record)
        self.lines.append(line)

    def part(self, start: int, end: int) -> Bucket:
        """The objects from one position up to another."""
        part = Bucket(self.plan)
        part.indexes, part.objects, part.lines = self.indexes[start:end], self.objects[start:end], self.lines[start:end]
        part.outers = {at - start: outer for at, outer in self.outers.items() if start <= at < end}
        part.parts = {at - start: parts for at, parts in self.parts.items() if start <= at < end}
        part.numbers = {at - start: number for at, number in self.numbers.items() if start <= at < end}
        return part


Buckets = dict[int, Bucket]


def bucket_of(buckets: Buckets, plan: Plan) -> Bucket:
    found = buckets.get(plan.number)
    if found is None:
        found = buckets[plan.number] = Bucket(plan)
    return found


class Batch(NamedTuple):
    """Records with the index of each one's line, and how many lines each took: 0 for all but the first that a line tells;
    numbers, by position, order those."""

    indexes: Sequence[int]
    records: Sequence[Record]
    parts: Sequence[int]
    numbers: Mapping[int, int] = MappingProxyType({})


class Rejection(NamedTuple):
    """A line that gave no record, how many lines it took, and why there is none."""

    at: int
    parts: int
    reason: str
