"""JSON objects, sorted by shape: all objects of one shape become records together, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import tzinfo
from functools import partial
from typing import Any

import xxhash

from logtrace.ids import Ids
from logtrace.ingest.columns.columns import Columns
from logtrace.ingest.columns.plans import Plans
from logtrace.ingest.columns.source import Source
from logtrace.ingest.envelopes import Outer, unwrap_all
from logtrace.ingest.formats.blocks import known_text
from logtrace.ingest.formats.listed_headers import with_headers
from logtrace.ingest.formats.of_heads import OF_HEADS
from logtrace.ingest.objects.batches import Batch, Bucket, Buckets, bucket_of
from logtrace.ingest.objects.enveloped import with_outer
from logtrace.ingest.objects.inside import joined, may_hold_a_line
from logtrace.ingest.vocabulary.bare import named
from logtrace.model import Record, Role

_TOGETHER = 1024
_as_record = partial(tuple.__new__, Record)


class Shapes:
    """The objects of one call of the general way. service: what counts where an object tells none, with its rank."""

    def __init__(self, plans: Plans, ids: Ids, zone: tzinfo, service: tuple[str, int]) -> None:
        self._plans = plans
        self._ids = ids
        self._zone = zone
        self._service = service
        self._buckets: Buckets = {}

    def place(
        self, index: int, record: dict[str, Any], line: bytes, outer: Outer | None, parts: int, number: int = 0,
        braces: int | None = None,
    ) -> int:  # fmt: skip
        """Puts an object with all others of its shape; where it tells of several things (a batch of spans), each by itself.

        number counts the things that the line has told so far, what comes back counts these as well. braces: how many objects
        there are in the record, at least, itself among them; they are counted where that is None.
        """
        if "span" in record:
            record = named(record)
        plan = self._plans.of(record, _objects_in(record) if braces is None else braces)
        if plan.format.read is not None and (told := plan.format.read(record)) is not None:
            for entry in told:
                own = bucket_of(self._buckets, self._plans.told(entry, plan.format))
                own.add(index, entry, _part_name(line, number), outer, 0 if number else parts, number)
                number += 1
            return number
        if plan.format.rewrite is not None:
            record = plan.format.rewrite(record)
            plan = self._plans.rewritten(record, plan.format)
        if plan.listed and (opened := with_headers(record, plan.listed)) is not None:
            record = opened
            plan = self._plans.rewritten(record, plan.format)._replace(listed=plan.listed)
        own = bucket_of(self._buckets, plan)
        own.add(index, record, _part_name(line, number), outer, 0 if number else parts, number)
        return number + 1

    def batches(self, learn: Callable[[dict[str, Any]], None] | None) -> Iterator[Batch]:
        """The records of all objects. learn: is told of an object of each shape whose lines can be read in columns."""
        for bucket in self._buckets.values():
            if learn is not None and _is_of_heads(bucket):
                learn(bucket.objects[0])
            for start in range(0, len(bucket.objects), _TOGETHER):
                yield self._batch(bucket.part(start, start + _TOGETHER))

    def _batch(self, bucket: Bucket) -> Batch:
        """The records of objects of one shape."""
        plan, objects = bucket.plan, bucket.objects
        source = Source(
            plan.columns(objects), plan.attributes_of(objects), bucket.lines, plan.unit, objects, plan.format,
            plan.header_columns(objects), plan.decimal, plan.http,
        )  # fmt: skip
        records = list(map(_as_record, Columns(source, self._ids, self._zone, self._service).records()))
        for position, outer in bucket.outers.items():
            records[position] = with_outer(records[position], outer)
        self._look_inside(records)
        if plan.format.aside:
            records = list(map(_lasting, records))
        parts = [bucket.parts.get(position, 1) for position in range(len(records))] if bucket.parts else (1,) * len(records)
        return Batch(bucket.indexes, records, parts, bucket.numbers)

    def _look_inside(self, records: list[Record]) -> None:
        """Puts the one line that stands in a message, where one does that names a trace, in the place of the record around it."""
        inner = Shapes(self._plans, self._ids, self._zone, self._service)
        told: dict[int, int] = {}  # how many things the line in the message of each record tells
        for position, outer in enumerate(records):
            found = unwrap_all(outer.body, self._zone) if may_hold_a_line(outer) else []
            record = found[0].record or known_text(found[0].text.strip()) if len(found) == 1 else None
            if record is not None:
                told[position] = inner.place(position, record, found[0].text.encode("utf-8", "replace"), found[0].outer, 1)
        for batch in inner.batches(None) if told else ():
            for position, line in zip(batch.indexes, batch.records, strict=True):
                if told[position] == 1 and line.trace is not None:
                    records[position] = joined(records[position], line)


def _lasting(record: Record) -> Record:
    """A record that tells how long its span took, as one of the whole span where it has no time, which would be no end of it."""
    tells = record.duration_ns is not None and record.time_ns is None and record.role == Role.POINT
    return record._replace(role=int(Role.COMPLETE)) if tells else record


def _is_of_heads(bucket: Bucket) -> bool:
    """Whether lines like the objects of a bucket can be read in columns: as they stand."""
    told = any(outer.fields for outer in bucket.outers.values())
    return bucket.plan.format in OF_HEADS and bucket.lines[0][:1] == b"{" and not (told or bucket.plan.listed)


def _objects_in(record: dict[str, Any]) -> int:
    """The number of objects in a record, itself among them."""
    found = [record]
    for each in found:
        found += [value for value in each.values() if value.__class__ is dict]
    return len(found)


def _part_name(line: bytes, number: int) -> bytes:
    """What tells one of several things in a line apart from the others; the line itself of the first."""
    return line if not number else xxhash.xxh3_64_digest(line) + number.to_bytes(4, "big")
