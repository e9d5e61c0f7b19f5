"""The general way: lines of any kind, one after another. What can't be read in columns, or is rare, comes here.

line → (parts and documents put together) → (envelopes off) → JSON object → with all others of its shape → Records
                                                            → text, with the lines it goes on in         → Record
                                                            → a reason why there is none
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import tzinfo
from functools import partial
from typing import Any

import orjson
import xxhash

from logtrace.ids import Ids
from logtrace.ingest import documents, envelopes
from logtrace.ingest.batches import Batch, Bucket, Buckets, Peeled, Rejection, bucket_of
from logtrace.ingest.enveloped import with_outer
from logtrace.ingest.envelopes import BARE, Outer, Unwrapped
from logtrace.ingest.formats._format import PLAIN
from logtrace.ingest.formats.blocks import read_block
from logtrace.ingest.formats.columns import Columns
from logtrace.ingest.formats.own import Ambiguous, OwnFormats
from logtrace.ingest.formats.plans import Plans
from logtrace.ingest.formats.source import Source
from logtrace.ingest.formats.texts import is_further, may_go_on, read_text
from logtrace.ingest.further import Further, Text
from logtrace.ingest.mend import is_binary, mended
from logtrace.ingest.plain_text import NO_RECORD, Texts
from logtrace.ingest.quick import NO_QUICK, Quick
from logtrace.ingest.wrapped import Document, Wrapped
from logtrace.model import Rank, Record

_TOGETHER = 1024
_REMEMBERED, _SHORT = 8_000, 256
_as_record = partial(tuple.__new__, Record)


class General:
    """Reads lines of any kind. Remembers nothing from one call to the next but how objects and texts are read."""

    def __init__(self, own: OwnFormats, plans: Plans, ids: Ids, texts: Texts, zone: tzinfo) -> None:
        self._own = own
        self._plans = plans
        self._ids = ids
        self._text = texts
        self._zone = zone
        self._service = ("", int(Rank.NONE))
        self._further = Further()
        self._wrapped = Wrapped()
        self._noise: set[bytes] = set()  # lines that are no records, whatever stands beside them
        self._plain: set[str] = set()  # texts that no format knows, and that do not go on
        self._buckets: Buckets = {}
        self._made: list[Batch | Rejection] = []
        self._read: tuple[list[int], list[Record], list[int]] = ([], [], [])  # texts: as in Batch
        self._streams: Sequence[str | None] = ()
        self._quick = NO_QUICK
        self._here = 0  # of the line that is being read, and of all that come out with it
        self._last: dict[str, int] = {}  # the place at which each stream was read last

    def source(self, service: tuple[str, int]) -> None:
        """Says which (service, rank) counts where a line tells none."""
        self._service = service
        self._text.source(service)

    def read(
        self, lines: Sequence[tuple[int, bytes]], peeled: Sequence[Peeled] = (), streams: Sequence[str | None] = (),
        learn: Callable[[dict[str, Any]], None] | None = None, quick: Quick = NO_QUICK,
    ) -> list[Batch | Rejection]:  # fmt: skip
        """The records of lines, and the rejected ones.

        peeled: lines that are none of `lines`. streams: by index of a line, the streams of those that were read otherwise;
        quick: which of these are texts. learn: is told of an object of each plain shape.
        """
        self._buckets, self._made, self._read = {}, [], ([], [], [])
        self._streams, self._quick, self._last = streams, quick, {}
        seen = 0
        for index, line, parts, known in self._merged(documents.joined(_joined(lines, self._watched)), peeled):
            self._go_by(seen, self._here + 1)
            seen = max(seen, self._here + 1)
            if known is None:
                self._line(index, line, parts)
            else:
                self._peeled(known)
        self._here = len(streams)
        self._go_by(seen, self._here)
        self._documents(self._wrapped.rest())
        self._texts(self._further.rest())
        for bucket in self._buckets.values():
            usual = bucket.plan.format is PLAIN and bucket.lines[0][:1] == b"{" and not _tells_fields(bucket)
            if learn is not None and usual:
                learn(bucket.objects[0])
            for start in range(0, len(bucket.objects), _TOGETHER):
                self._made.append(self._batch(bucket.part(start, start + _TOGETHER)))
        if self._read[0]:
            self._made.append(Batch(*self._read))
        return self._made

    def _watched(self, lines: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        """Numbered lines, while `_here` follows: what is made of several lines comes out at the last of them."""
        for entry in lines:
            self._here = entry[0]
            yield entry
        self._here = len(self._streams)

    def _merged(
        self, lines: Iterable[tuple[int, bytes, int]], peeled: Sequence[Peeled]
    ) -> Iterator[tuple[int, bytes, int, Peeled | None]]:
        """(index, line, lines it is made of, what is known of it) in the order in which lines are over."""
        number = 0
        for index, line, parts in lines:
            place = self._here
            while number < len(peeled) and peeled[number].at < place:
                self._here = peeled[number].at
                yield peeled[number].at, b"", 1, peeled[number]
                number += 1
            self._here = place
            yield index, line, parts, None
        for known in peeled[number:]:
            self._here = known.at
            yield known.at, b"", 1, known

    def _go_by(self, start: int, end: int) -> None:
        """Lines that were read otherwise go by: what is open in their streams is over with them."""
        if not self._further.open and not (self._quick and self._wrapped.open):
            return
        for at, stream in enumerate(self._streams[start:end], start):
            if stream is None or at in self._quick.back:
                continue
            if at in self._quick and stream in self._wrapped.open:
                here, self._here = self._here, at
                self._peeled(self._quick.take_back(at))
                self._here = here
            else:
                self._texts(self._further.interrupt(stream))

    def _look_back(self, stream: str) -> None:
        """A line may go on with the text before it in its stream: then that is to be read the general way as well."""
        for at in range(min(self._here, len(self._streams)) - 1, self._last.get(stream, -1), -1):
            if self._streams[at] == stream:
                if at in self._quick:
                    _, _, text, outer = self._quick.take_back(at)
                    self._texts(self._further.add(at, text.decode("utf-8", "replace"), outer, 1))
                return

    def _line(self, index: int, line: bytes, parts: int) -> None:
        if line in self._noise and "" not in self._further.open and not self._quick:
            self._made.append(Rejection(index, parts, NO_RECORD))
            return
        record = None
        if line.lstrip()[:1] == b"{":
            with suppress(orjson.JSONDecodeError):  # broken, or to be mended: below
                record = orjson.loads(line)
        if record is None or envelopes.may_be_wrapped(record):
            self._any_line(index, line, parts, record)
            return
        self._interrupt("")
        if self._own.formats:
            self._placed(index, self._own.read(record), line, BARE, parts)
        else:
            self._place(index, record, line, None, parts, line.count(b"{"))

    def _any_line(self, index: int, line: bytes, parts: int, record: dict[str, Any] | None) -> None:
        """A line that may be wrapped, text or broken."""
        line = line.rstrip()
        if not line:
            return
        if record is None and is_binary(line):
            self._made.append(Rejection(index, parts, "binary"))
            return
        text = line.decode("utf-8", "replace")
        found = (
            envelopes.unwrap_all(text.lstrip("\ufeff"), self._zone)
            if record is None
            else envelopes.unwrap_further(text, BARE, self._zone, record)
        )
        self._unwrapped(index, line, parts, found)

    def _peeled(self, known: Peeled) -> None:
        """A line of which some envelopes are off."""
        if is_binary(known.line):
            self._made.append(Rejection(known.at, 1, "binary"))
            return
        found = envelopes.unwrap_further(known.text.decode("utf-8", "replace"), known.outer, self._zone)
        self._unwrapped(known.at, known.line, 1, found)

    def _unwrapped(self, index: int, line: bytes, parts: int, found: list[Unwrapped]) -> None:
        if len(found) == 1:
            self._under(index, line, parts, found[0])
            return
        if not found:
            self._made.append(Rejection(index, parts, "no_lines"))
        for inner, place in zip(found, documents.places(line, len(found)), strict=True):
            self._under(index + place, line, 1, inner)  # each line of a document counts as one

    def _under(self, index: int, line: bytes, parts: int, found: Unwrapped) -> None:
        """What a line is under its envelopes."""
        inner, record, outer = found
        if outer.layers and record is None:
            over, taken = self._wrapped.add(index, inner, outer, parts)
            self._documents(over)
            if taken:
                return
        if self._quick and record is None and outer.stream not in self._further.open and is_further(inner):
            self._look_back(outer.stream)
        if inner in self._plain and record is None and outer.stream not in self._further.open:
            self._last[outer.stream] = self._here
            self._text_made(index, inner, outer, parts)
            return
        text = inner.strip()
        if record is None:
            record = read_block(text)
        if record is None and (members := _members(text)):
            raw, number = inner.encode("utf-8", "replace"), 0
            for member in members:
                number = self._placed(index, self._own.read(member), raw, outer, parts, number)
            return
        if record is None and text[:1] == "{":
            healed = mended(inner.encode("utf-8", "replace") if outer.layers else line)
            if isinstance(healed, str):
                self._made.append(Rejection(index, parts, healed))
                return
            record = healed
        if record is not None:
            self._interrupt(outer.stream)
            self._placed(index, self._own.read(record), text.encode("utf-8", "replace"), outer, parts)
            return
        self._last[outer.stream] = self._here
        self._texts(self._further.add(index, inner, outer, parts))

    def _interrupt(self, stream: str) -> None:
        """A line that is no text came: what was open in its stream is over."""
        self._last[stream] = self._here
        if self._further.open:
            self._texts(self._further.interrupt(stream))

    def _documents(self, documents: Iterable[Document]) -> None:
        """Documents that are over; the lines of one that did not close are rejected."""
        for one in documents:
            text = "\n".join(one.lines).strip()
            record = (envelopes.decoded(text) or read_block(text)) if one.whole else None
            if record is None:
                self._made.append(Rejection(one.index, one.parts, "truncated"))
            else:
                self._placed(one.index, self._own.read(record), text.encode("utf-8", "replace"), one.outer, one.parts)

    def _placed(
        self, index: int, record: dict[str, Any] | Ambiguous, line: bytes, outer: Outer, parts: int, number: int = 0
    ) -> int:
        """As `_place`, with an object that the user's formats have seen; one that two of them fit is rejected."""
        if isinstance(record, Ambiguous):
            self._made.append(Rejection(index, 0 if number else parts, record.reason))
            return number + 1
        return self._place(index, record, line, outer if outer.layers else None, parts, _objects_in(record), number)

    def _place(
        self, index: int, record: dict[str, Any], line: bytes, outer: Outer | None, parts: int, braces: int, number: int = 0
    ) -> int:
        """Puts an object with all others of its shape; where it tells of several things (a batch of spans), each by itself.

        braces: see Plans.of; number counts the things that the line has told so far, what comes back counts these as well.
        """
        plan = self._plans.of(record, braces)
        if plan.format.read is not None and (told := plan.format.read(record)) is not None:
            for entry in told:
                own = bucket_of(self._buckets, self._plans.told(entry, plan.format))
                own.add(index, entry, _part_name(line, number), outer, 0 if number else parts, number)
                number += 1
            return number
        if plan.format.rewrite is not None:
            record = plan.format.rewrite(record)
            plan = self._plans.rewritten(record, plan.format)
        own = bucket_of(self._buckets, plan)
        own.add(index, record, _part_name(line, number), outer, 0 if number else parts, number)
        return number + 1

    def _texts(self, texts: Iterable[Text]) -> None:
        """Texts that are over. One of a known format is an object from here on; of any other, the ids in it count."""
        for one in texts:
            whole = one.text
            record = self._own.read_text(whole) if self._own.formats else None
            if record is None and (known := read_text(whole)) is not None:
                record = self._own.read(known[1])
            if record is not None:
                self._placed(one.index, record, whole.encode("utf-8", "replace"), one.outer, one.parts)
                continue
            if len(whole) < _SHORT and one.parts == 1 and not may_go_on(whole):
                self._remember(whole, one.outer)
            self._text_made(one.index, whole, one.outer, one.parts)

    def _remember(self, text: str, outer: Outer) -> None:
        """Takes note of a text that is nothing but text: stack frames and the like come again and again."""
        if len(self._plain) + len(self._noise) > _REMEMBERED:
            self._plain.clear()
            self._noise.clear()
        if outer.layers:
            self._plain.add(text)
        elif self._text.record(text, BARE) == NO_RECORD:
            self._noise.add(text.encode("utf-8", "replace"))

    def _text_made(self, index: int, text: str, outer: Outer, parts: int) -> None:
        result = self._text.record(text, outer)
        if isinstance(result, str):
            self._made.append(Rejection(index, parts, result))
        elif result is not None:
            indexes, records, counts = self._read
            indexes.append(index)
            records.append(result)
            counts.append(parts)

    def _batch(self, bucket: Bucket) -> Batch:
        """The records of objects of one shape."""
        plan, objects = bucket.plan, bucket.objects
        source = Source(
            plan.columns(objects), plan.attributes_of(objects), bucket.lines, plan.unit, objects, plan.format,
            plan.header_columns(objects), plan.decimal,
        )  # fmt: skip
        records = list(map(_as_record, Columns(source, self._ids, self._zone, self._service).records()))
        for position, outer in bucket.outers.items():
            records[position] = with_outer(records[position], outer)
        parts = [bucket.parts.get(position, 1) for position in range(len(records))] if bucket.parts else (1,) * len(records)
        return Batch(bucket.indexes, records, parts, bucket.numbers)


def _tells_fields(bucket: Bucket) -> bool:
    return any(outer.fields for outer in bucket.outers.values())


def _joined(
    lines: Sequence[tuple[int, bytes]], watched: Callable[[Iterable[tuple[int, Any]]], Iterator[tuple[int, Any]]]
) -> Iterator[tuple[int, bytes, int]]:
    """(index, line, lines it is made of), where partial lines of an envelope are put together."""
    if not any(envelopes.may_be_partial(line) for _, line in lines):
        yield from ((index, line, 1) for index, line in watched(lines))
        return
    texts = ((index, line.decode("utf-8", "surrogateescape")) for index, line in lines)
    for index, line, parts in envelopes.joined(watched(texts)):
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
