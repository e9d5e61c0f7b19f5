"""Lines → Records: the decoder.

    line → (envelopes off) → JSON object → with all others of its shape → columns → Records
                           → text that names ids                                 → Record
                           → a reason why there is none

Records of one shape are read column by column: a line costs a few dictionary lookups in C instead of a walk through
every rule in Python. A single line is a batch of one, so that there is one set of rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
import xxhash

from logtrace.ids import NO_SPAN, Ids
from logtrace.ingest import envelopes
from logtrace.ingest.formats import text
from logtrace.ingest.formats.columns import Columns
from logtrace.ingest.formats.levels import ERROR
from logtrace.ingest.formats.own import Ambiguous, OwnFormats
from logtrace.ingest.formats.plans import Plan, Plans
from logtrace.ingest.formats.source import Source
from logtrace.ingest.formats.texts import read_text
from logtrace.ingest.further import Further, Text
from logtrace.ingest.mend import is_binary, mended, not_object
from logtrace.ingest.settings import DEFAULTS, PARSER_VERSION, Settings
from logtrace.model import Attribute, ErrorLevel, Flag, Rank, Record, Role

if TYPE_CHECKING:
    from logtrace.ingest.formats.uniform import Uniform
    from logtrace.reconstruct.runs import Run

__all__ = ["DEFAULTS", "MAX_LINE", "PARSER_VERSION", "Batch", "Decoder", "Rejection", "Settings"]

MAX_LINE = 16 * 1024 * 1024
"""A longer line is rejected while streaming; nothing ever holds it."""

_TOGETHER = 1024
QUICK_FROM = 64
"""Lines from which on it pays to look for what they have in common."""

_as_record = partial(tuple.__new__, Record)


class Bucket:
    """The JSON objects of one shape on their way to records: each one's line index and own text.

    outers and parts hold, by position, what an envelope knew, and how many lines an object took where not one.
    """

    __slots__ = ("indexes", "lines", "objects", "outers", "parts", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.indexes: list[int] = []
        self.objects: list[dict[str, Any]] = []
        self.lines: list[bytes] = []
        self.outers: dict[int, envelopes.Outer] = {}
        self.parts: dict[int, int] = {}

    def add(self, index: int, record: dict[str, Any], line: bytes, outer: envelopes.Outer | None, parts: int) -> None:
        """Adds an object."""
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
        return part


Buckets = dict[int, Bucket]


def _bucket(buckets: Buckets, plan: Plan) -> Bucket:
    found = buckets.get(plan.number)
    if found is None:
        found = buckets[plan.number] = Bucket(plan)
    return found


class Batch(NamedTuple):
    """Records with the index of each one's line, and how many lines each took."""

    indexes: Sequence[int]
    records: Sequence[Record]
    parts: Sequence[int]


class Rejection(NamedTuple):
    """A line that gave no record, how many lines it took, and why there is none."""

    at: int
    parts: int
    reason: str


class Decoder:
    """Turns lines into records. One per process; remembers plans and ids, never anything that changes a result."""

    def __init__(self, settings: Settings = DEFAULTS) -> None:
        self._default_service = settings.default_service
        self._zone: tzinfo = UTC if settings.zone == "UTC" else ZoneInfo(settings.zone)
        self._service = ("", int(Rank.NONE))
        self.ids = Ids()
        self.plans = Plans(settings.trace_key)
        self._own = OwnFormats(settings.formats, self._zone)
        self._trace_key = text.key_pattern(settings.trace_key) if settings.trace_key else None
        self._is_usual = not (settings.trace_key or settings.formats)
        self._uniform: Uniform | None = None
        self._further = Further()

    def source(self, file_service: str) -> None:
        """Says which service the file's name tells ("" if none) for the lines that follow."""
        self._service = (file_service, int(Rank.WEAK)) if file_service else (self._default_service, int(Rank.GUESS))

    def decode(self, line: bytes) -> Record | str | None:
        """The record of one line (without its line end), the reason why there is none, or None for a blank line."""
        for _, result, _ in self.lines(line):
            return result
        return None

    def lines(self, data: bytes) -> Iterator[tuple[int, Record | str, int]]:
        """(index of the line in `data`, its record or the reason of its rejection, lines it is made of) in order.

        Blank lines are left out. Partial lines of an envelope are joined and come under the index of their first.
        """
        found: list[tuple[int, Record | str, int]] = []
        for made in self.batches(data):
            if isinstance(made, Rejection):
                found.append((made.at, made.reason, made.parts))
            else:
                found += zip(made.indexes, made.records, made.parts, strict=True)
        return iter(sorted(found, key=lambda entry: entry[0]))

    def batches(self, data: bytes) -> Iterator[Batch | Rejection]:
        """The records of all lines of `data` (which ends at a line end) in batches, and the rejected lines."""
        for made in self.pieces(data):
            if isinstance(made, Batch | Rejection):
                yield made
            else:
                yield Batch(made.indexes.tolist(), list(made.records()), (1,) * len(made.indexes))

    def pieces(self, data: bytes) -> Iterator[Run | Batch | Rejection]:
        """As `batches`; of many lines, those that have most in common come as a Run."""
        if b"\r" in data:
            data = b"\n".join([line.rstrip(b"\r") for line in data.split(b"\n")])
        lines = data.split(b"\n")
        if lines and not lines[-1]:
            del lines[-1]
        if not lines:
            return
        if len(lines) < QUICK_FROM or not self._is_usual:
            yield from self._general(list(enumerate(lines)))
            return
        run, rest = self._together().read(data, lines, self._service)
        if run is not None:
            yield run
        if rest:
            yield from self._general([(index, lines[index]) for index in rest])

    def _together(self) -> Uniform:
        """What reads many lines at once. Made when it is needed: a look at a few lines shall not wait for numpy."""
        if self._uniform is None:
            from logtrace.ingest.formats.uniform import Uniform

            self._uniform = Uniform(self.plans.values, self.ids, self._zone, self._alone)
        return self._uniform

    def _alone(self, line: bytes) -> Record | str | None:
        """The record of one line, the general way."""
        for made in self._general([(0, line)], learn=False):
            return made.reason if isinstance(made, Rejection) else made.records[0]
        return None

    def _general(self, lines: list[tuple[int, bytes]], learn: bool = True) -> Iterator[Batch | Rejection]:
        """Lines of any kind: partial ones are put together, plain JSON objects sorted by shape, the others unwrapped."""
        loads, plan_of = orjson.loads, self.plans.of
        buckets: Buckets = {}
        here, last = {index for index, _ in lines}, -1
        for index, line, parts in _joined(lines):
            if self._further.open and not here.issuperset(range(last + 1, index)):  # lines read otherwise stood between
                yield from self._texts(self._further.interrupt(""), buckets)
            last = index + parts - 1
            record = None
            if line.lstrip()[:1] == b"{":
                with suppress(orjson.JSONDecodeError):  # broken, or to be mended: below
                    record = loads(line)
            if record is None or envelopes.may_be_wrapped(record):
                yield from self._any_line(index, line, parts, buckets)
            else:
                if self._further.open:
                    yield from self._texts(self._further.interrupt(""), buckets)
                if self._own.formats:
                    yield from self._placed(buckets, index, self._own.read(record), line, envelopes.Outer(), parts)
                else:
                    _bucket(buckets, plan_of(record, line.count(b"{"))).add(index, record, line, None, parts)
        yield from self._texts(self._further.rest(), buckets)
        for bucket in buckets.values():
            if learn and self._uniform is not None and not bucket.outers and bucket.lines[0][:1] == b"{":
                self._uniform.learn(bucket.objects[0])
            for start in range(0, len(bucket.objects), _TOGETHER):
                yield self._batch(bucket.part(start, start + _TOGETHER))

    def _records(self, source: Source) -> list[Record]:
        return list(map(_as_record, Columns(source, self.ids, self._zone, self._service).records()))

    def _any_line(self, index: int, line: bytes, parts: int, buckets: Buckets) -> Iterator[Batch | Rejection]:
        """A line that may be wrapped, text or broken. Objects go to their bucket, all else comes out."""
        line = line.rstrip()
        if not line:
            return
        if is_binary(line):
            yield Rejection(index, parts, "binary")
            return
        found = envelopes.unwrap_all(line.decode("utf-8", "replace").lstrip("\ufeff"), self._zone)
        if not found:
            yield Rejection(index, parts, "no_lines")
        for inner in found:
            yield from self._any_unwrapped(index, line, parts, inner, buckets)

    def _any_unwrapped(
        self, index: int, line: bytes, parts: int, found: envelopes.Unwrapped, buckets: Buckets
    ) -> Iterator[Batch | Rejection]:
        """What a line is under its envelopes."""
        inner, record, outer = found
        if record is None and inner.lstrip()[:1] == "{":
            healed = mended(inner.encode("utf-8", "replace") if outer.layers else line)
            if isinstance(healed, str):
                yield Rejection(index, parts, healed)
                return
            record = healed
        if record is not None:
            yield from self._texts(self._further.interrupt(outer.stream), buckets)
            yield from self._placed(
                buckets, index, self._own.read(record), inner.strip().encode("utf-8", "replace"), outer, parts
            )
            return
        yield from self._texts(self._further.add(index, inner, outer, parts), buckets)

    def _placed(
        self, buckets: Buckets, index: int, record: dict[str, Any] | Ambiguous, line: bytes, outer: envelopes.Outer, parts: int
    ) -> Iterator[Rejection]:
        """Puts an object that the user's formats have seen into its bucket; one that two of them fit is rejected."""
        if isinstance(record, Ambiguous):
            yield Rejection(index, parts, record.reason)
            return
        plan = self.plans.of(record, _objects_in(record))
        _bucket(buckets, plan).add(index, record, line, outer if outer.layers else None, parts)

    def _texts(self, texts: Iterable[Text], buckets: Buckets) -> Iterator[Batch | Rejection]:
        """Texts that are over. One of a known format is an object from here on; of any other, the ids in it count."""
        for one in texts:
            whole = one.text
            record = self._own.read_text(whole)
            if record is None and (known := read_text(whole)) is not None:
                record = self._own.read(known[1])
            if record is not None:
                yield from self._placed(buckets, one.index, record, whole.encode("utf-8", "replace"), one.outer, one.parts)
                continue
            result = self._text_record(whole, one.outer)
            if isinstance(result, str):
                yield Rejection(one.index, one.parts, result)
            elif result is not None:
                yield Batch((one.index,), (result,), (one.parts,))

    def _batch(self, bucket: Bucket) -> Batch:
        """The records of objects of one shape."""
        plan, objects = bucket.plan, bucket.objects
        records = self._records(Source(plan.columns(objects), plan.attributes_of(objects), bucket.lines, plan.unit, objects))
        for position, outer in bucket.outers.items():
            records[position] = self._with_outer(records[position], outer)
        parts = [bucket.parts.get(position, 1) for position in range(len(records))] if bucket.parts else (1,) * len(records)
        return Batch(bucket.indexes, records, parts)

    def _text_record(self, line: str, outer: envelopes.Outer) -> Record | str | None:
        line = line.strip()
        if not line:
            return None if outer.layers else "not_json"
        if not outer.layers and _is_json(line):
            return not_object(line)
        ids = text.ids_in(line, self._trace_key)
        if ids is None and not outer.layers:
            return "not_json"
        head = text.text_line(line, self._zone)
        service, service_rank = self._service
        trace = self.ids.trace(ids.trace) if ids else None
        span = self.ids.span(ids.span) if ids and trace else NO_SPAN
        parent = self.ids.span(ids.parent) if ids and ids.parent else NO_SPAN
        duration_ns = text.duration_in(head.body) if span else None
        failed = ErrorLevel.SOFT if head.severity >= ERROR else ErrorLevel.NONE
        body = text.without_ids(head.body)
        flags = (Flag.IDS_IN_TEXT if ids else 0) | (0 if duration_ns is None else Flag.DURATION_IN_TEXT)
        return self._with_outer(Record(
            trace=trace, span=span, parent=parent or None, role=int(Role.POINT if duration_ns is None else Role.COMPLETE),
            time_ns=head.time_ns, start_ns=None, end_ns=None, duration_ns=duration_ns, service=service, service_rank=service_rank,
            name=head.logger, name_rank=int(Rank.WEAK if head.logger else Rank.NONE), kind="", severity=head.severity,
            body=body, error=int(failed), error_type="", error_message=body if failed else "", attributes=(), links=(),
            flags=int(flags), text_hash=xxhash.xxh3_64_intdigest(line.encode("utf-8", "replace")) & 0xFFFFFFFF,
        ), outer)  # fmt: skip

    def _with_outer(self, record: Record, outer: envelopes.Outer) -> Record:
        """The record with what its envelopes knew, where the record itself knew nothing."""
        if not outer.layers:
            return record
        known = {attribute.key for attribute in record.attributes}
        extra = tuple(Attribute.of(key, orjson.dumps(value).decode()) for key, value in outer.resource if key not in known)
        told = outer.service and record.service_rank > Rank.DERIVED
        if not record.severity and outer.severity:
            record = record._replace(severity=outer.severity)
        return record._replace(
            time_ns=outer.time_ns if record.time_ns is None else record.time_ns,
            service=outer.service if told else record.service,
            service_rank=int(Rank.DERIVED) if told else record.service_rank,
            attributes=record.attributes + extra,
        )


def _joined(lines: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes, int]]:
    """(index, line, lines it is made of), where partial lines of an envelope are put together; no blank lines."""
    if not any(envelopes.may_be_partial(line) for _, line in lines):
        yield from ((index, line, 1) for index, line in lines if line)
        return
    texts = ((index, line.decode("utf-8", "surrogateescape")) for index, line in lines if line)
    for index, line, parts in envelopes.joined(texts):
        yield index, line.encode("utf-8", "surrogateescape"), parts


def _objects_in(record: dict[str, Any]) -> int:
    """The number of objects in a record, itself among them."""
    return 1 + sum(_objects_in(value) for value in record.values() if value.__class__ is dict)


def _is_json(line: str) -> bool:
    """Whether a line is JSON and no object, or opens an array that goes on in the next lines."""
    if line[0] not in '["-0123456789tfn':
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return line in ("[", "[{")
    return True
