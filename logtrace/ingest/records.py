"""Lines → Records: the decoder.

    line → (envelopes off) → JSON object → with all others of its shape → columns → Records
                           → text that names ids                                 → Record
                           → a reason why there is none

Records of one shape are read column by column: a line costs a few dictionary lookups in C instead of a walk through
every rule in Python. A single line is a batch of one, so that there is one set of rules.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, tzinfo
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
import xxhash

from logtrace.ids import NO_SPAN, Ids
from logtrace.ingest import documents, envelopes
from logtrace.ingest.enveloped import with_outer
from logtrace.ingest.formats import text
from logtrace.ingest.formats._format import PLAIN
from logtrace.ingest.formats.blocks import read_block
from logtrace.ingest.formats.columns import Columns
from logtrace.ingest.formats.levels import ERROR
from logtrace.ingest.formats.own import Ambiguous, OwnFormats
from logtrace.ingest.formats.plans import Plan, Plans
from logtrace.ingest.formats.source import Around, Source
from logtrace.ingest.formats.texts import read_text
from logtrace.ingest.further import Further, Text
from logtrace.ingest.mend import is_binary, mended, not_object
from logtrace.ingest.settings import DEFAULTS, PARSER_VERSION, Settings
from logtrace.model import Attribute, ErrorLevel, Flag, Rank, Record, Role

if TYPE_CHECKING:
    from logtrace.ingest.enveloped_runs import Enveloped
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

    outers, parts and numbers hold, by position, what an envelope knew, how many lines an object took where not one, and which
    of the several things that a line tells it is where not the first.
    """

    __slots__ = ("indexes", "lines", "numbers", "objects", "outers", "parts", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.indexes: list[int] = []
        self.objects: list[dict[str, Any]] = []
        self.lines: list[bytes] = []
        self.outers: dict[int, envelopes.Outer] = {}
        self.parts: dict[int, int] = {}
        self.numbers: dict[int, int] = {}

    def add(
        self, index: int, record: dict[str, Any], line: bytes, outer: envelopes.Outer | None, parts: int, number: int = 0
    ) -> None:
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


def _bucket(buckets: Buckets, plan: Plan) -> Bucket:
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
        self._enveloped: Enveloped | None = None

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

        Blank lines are left out. Partial lines of an envelope are joined and come under the index of their first, so do the
        lines of a document. A line that tells of several things comes several times, as 0 lines all but the first time.
        """
        found: list[tuple[int, int, Record | str, int]] = []
        for made in self.batches(data):
            if isinstance(made, Rejection):
                found.append((made.at, 0, made.reason, made.parts))
            else:
                numbers = [made.numbers.get(position, 0) for position in range(len(made.records))]
                found += zip(made.indexes, numbers, made.records, made.parts, strict=True)
        found.sort(key=lambda entry: entry[:2])
        return ((index, result, parts) for index, _, result, parts in found)

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
        wrapped = self._wrapped(data, lines)
        if wrapped is None:
            runs, rest = self._together().read(data, lines, Around(self._service, self._alone))
            streams: list[str | None] = [""] * len(lines)
        else:
            runs, rest, streams = self._unwrapped(lines, wrapped)
        yield from runs
        if rest:
            for index in rest:
                streams[index] = None
            yield from self._general([(index, lines[index]) for index in rest], streams=streams)

    def _wrapped(self, data: bytes, lines: list[bytes]) -> envelopes.UnwrappedLines | None:
        """Lines without their envelopes; None where there are none, or where text may stand among them that goes on."""
        plain = data[:1] == b"{" and data.count(b"\n{") == len(lines) - 1
        if plain and data[:6] != b'{"log"' and b'\n{"log"' not in data:
            return None
        wrapped = envelopes.unwrap_lines(lines, self._zone)
        return wrapped if wrapped.indexes and not any(documents.block_of(line) for line in lines if line[:1] != b"{") else None

    def _unwrapped(
        self, lines: list[bytes], wrapped: envelopes.UnwrappedLines
    ) -> tuple[list[Run], Sequence[int], list[str | None]]:
        """(runs, indexes of the lines that are left to the general way, the streams of the others) of lines of which some are
        wrapped. Lines under their envelopes are read like those without."""
        bare = [index for index, line in enumerate(lines) if not envelopes.may_have_envelope(line)]
        if bare:
            wrapped = wrapped.among(bare, [lines[index] for index in bare])
        found, _ = self._together().read(b"\n".join(wrapped.texts), wrapped.texts, Around(self._service, self._alone))
        runs = [self._in_envelopes().run(run, wrapped, self._zone) for run in found]
        streams: list[str | None] = [None] * len(lines)
        for index, outer in zip(wrapped.indexes, wrapped.known, strict=True):
            streams[index] = outer.stream
        return runs, self._in_envelopes().left(runs, len(lines)), streams

    def _in_envelopes(self) -> Enveloped:
        if self._enveloped is None:
            from logtrace.ingest.enveloped_runs import Enveloped

            self._enveloped = Enveloped()
        return self._enveloped

    def _together(self) -> Uniform:
        """What reads many lines at once. Made when it is needed: a look at a few lines shall not wait for numpy."""
        if self._uniform is None:
            from logtrace.ingest.formats.uniform import Uniform

            self._uniform = Uniform(self.plans.values, self.ids, self._zone)
        return self._uniform

    def _alone(self, line: bytes) -> Record | str | None:
        """The record of one line, the general way."""
        for made in self._general([(0, line)], learn=False):
            return made.reason if isinstance(made, Rejection) else made.records[0]
        return None

    def _general(
        self, lines: list[tuple[int, bytes]], learn: bool = True, streams: Sequence[str | None] = ()
    ) -> Iterator[Batch | Rejection]:
        """Lines of any kind: partial ones are put together, plain JSON objects sorted by shape, the others unwrapped.

        streams: by index of a line, those of lines that were read otherwise.
        """
        loads = orjson.loads
        buckets: Buckets = {}
        seen = 0
        for index, line, parts in documents.joined(_joined(lines)):
            if self._further.open:
                for stream in {stream for stream in streams[seen : index + parts] if stream is not None}:
                    yield from self._texts(self._further.interrupt(stream), buckets)
            seen = max(seen, index + parts)
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
                    self._place(buckets, index, record, line, None, parts, line.count(b"{"))
        yield from self._texts(self._further.rest(), buckets)
        for bucket in buckets.values():
            usual = bucket.plan.format is PLAIN and bucket.lines[0][:1] == b"{" and not _tells_fields(bucket.outers)
            if learn and usual and self._uniform is not None:
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
        parts = parts if len(found) == 1 else 1  # each line of a document counts as one
        for inner, place in zip(found, documents.places(line, len(found)), strict=True):
            yield from self._any_unwrapped(index + place, line, parts, inner, buckets)

    def _any_unwrapped(
        self, index: int, line: bytes, parts: int, found: envelopes.Unwrapped, buckets: Buckets
    ) -> Iterator[Batch | Rejection]:
        """What a line is under its envelopes."""
        inner, record, outer = found
        if record is None:
            record = read_block(inner.strip())
        if record is None and (members := _members(inner.strip())):
            raw, number = inner.encode("utf-8", "replace"), 0
            for member in members:
                number = yield from self._placed(buckets, index, self._own.read(member), raw, outer, parts, number)
            return
        if record is None and inner.lstrip()[:1] == "{":
            healed = mended(inner.encode("utf-8", "replace") if outer.layers else line)
            if isinstance(healed, str):
                yield Rejection(index, parts, healed)
                return
            record = healed
        if record is not None:
            yield from self._texts(self._further.interrupt(outer.stream), buckets)
            raw = inner.strip().encode("utf-8", "replace")
            yield from self._placed(buckets, index, self._own.read(record), raw, outer, parts)
            return
        yield from self._texts(self._further.add(index, inner, outer, parts), buckets)

    def _placed(
        self, buckets: Buckets, index: int, record: dict[str, Any] | Ambiguous, line: bytes, outer: envelopes.Outer, parts: int,
        number: int = 0,
    ) -> Generator[Rejection, None, int]:  # fmt: skip
        """As `_place`, with an object that the user's formats have seen; one that two of them fit is rejected."""
        if isinstance(record, Ambiguous):
            yield Rejection(index, 0 if number else parts, record.reason)
            return number + 1
        own = outer if outer.layers else None
        return self._place(buckets, index, record, line, own, parts, _objects_in(record), number)

    def _place(
        self, buckets: Buckets, index: int, record: dict[str, Any], line: bytes, outer: envelopes.Outer | None, parts: int,
        braces: int, number: int = 0,
    ) -> int:  # fmt: skip
        """Puts an object with all others of its shape; where it tells of several things (a batch of spans), each by itself.

        braces: see Plans.of; number counts the things that the line has told so far, what comes back counts these as well.
        """
        plan = self.plans.of(record, braces)
        if plan.format.read is not None and (told := plan.format.read(record)) is not None:
            for entry in told:
                own = _bucket(buckets, self.plans.told(entry, plan.format))
                own.add(index, entry, _part_name(line, number), outer, 0 if number else parts, number)
                number += 1
            return number
        if plan.format.rewrite is not None:
            record = plan.format.rewrite(record)
            plan = self.plans.rewritten(record, plan.format)
        _bucket(buckets, plan).add(index, record, _part_name(line, number), outer, 0 if number else parts, number)
        return number + 1

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
        records = self._records(Source(
            plan.columns(objects), plan.attributes_of(objects), bucket.lines, plan.unit, objects, plan.format,
            plan.header_columns(objects), plan.decimal,
        ))  # fmt: skip
        for position, outer in bucket.outers.items():
            records[position] = with_outer(records[position], outer)
        parts = [bucket.parts.get(position, 1) for position in range(len(records))] if bucket.parts else (1,) * len(records)
        return Batch(bucket.indexes, records, parts, bucket.numbers)

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
        return with_outer(Record(
            trace=trace, span=span, parent=parent or None, role=int(Role.POINT if duration_ns is None else Role.COMPLETE),
            time_ns=head.time_ns, start_ns=None, end_ns=None, duration_ns=duration_ns, service=service, service_rank=service_rank,
            name=head.logger, name_rank=int(Rank.WEAK if head.logger else Rank.NONE), kind="", severity=head.severity,
            body=body, error=int(failed), error_type="", error_message=body if failed else "", attributes=(), links=(),
            flags=int(flags), text_hash=xxhash.xxh3_64_intdigest(line.encode("utf-8", "replace")) & 0xFFFFFFFF,
        ), outer)  # fmt: skip


def _tells_fields(outers: Mapping[int, envelopes.Outer]) -> bool:
    return any(outer.fields for outer in outers.values())


def _joined(lines: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes, int]]:
    """(index, line, lines it is made of), where partial lines of an envelope are put together."""
    if not any(envelopes.may_be_partial(line) for _, line in lines):
        yield from ((index, line, 1) for index, line in lines)
        return
    texts = ((index, line.decode("utf-8", "surrogateescape")) for index, line in lines)
    for index, line, parts in envelopes.joined(texts):
        yield index, line.encode("utf-8", "surrogateescape"), parts


def _objects_in(record: dict[str, Any]) -> int:
    """The number of objects in a record, itself among them."""
    found = [record]
    for each in found:
        found += [value for value in each.values() if value.__class__ is dict]
    return len(found)


def _part_name(line: bytes, number: int) -> bytes:
    """What tells one of several things in a line apart from the others; the line itself of the first."""
    return line if not number else xxhash.xxh3_64_digest(line) + number.to_bytes(4, "big")


def _members(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON array that holds nothing else; none of any other text."""
    if text[:1] != "[" or text[-1:] != "]":
        return []
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    return found if all(member.__class__ is dict for member in found) else []


def _is_json(line: str) -> bool:
    """Whether a line is JSON and no object, or opens an array that goes on in the next lines."""
    if line[0] not in '["-0123456789tfn':
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return line in ("[", "[{")
    return True
