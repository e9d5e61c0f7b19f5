"""The general way: lines of any kind, one after another. What can't be read in columns, or is rare, comes here.

line → (parts and documents put together) → (envelopes off) → JSON object → with all others of its shape → Records
                                                            → text, with the lines it goes on in         → Record
                                                            → a reason why there is none
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import tzinfo
from typing import Any

import orjson

from logtrace.ids import Ids
from logtrace.ingest import envelopes
from logtrace.ingest.columns.plans import Plans
from logtrace.ingest.envelopes import BARE, Outer, Unwrapped
from logtrace.ingest.formats.blocks import known_text, read_block
from logtrace.ingest.formats.texts import is_further
from logtrace.ingest.in_order import InOrder
from logtrace.ingest.objects.batches import Batch, Peeled, Rejection
from logtrace.ingest.objects.several import CR_ONLY, array_in, frames_in, is_many
from logtrace.ingest.objects.shapes import Shapes
from logtrace.ingest.own.dialects import Ambiguous, OwnFormats
from logtrace.ingest.pieces import documents
from logtrace.ingest.pieces.further import Further, Text
from logtrace.ingest.texts.plain_text import NO_RECORD, Texts
from logtrace.ingest.texts.quick import NO_QUICK, Quick
from logtrace.ingest.vocabulary.mend import is_binary, mended, why_binary
from logtrace.ingest.wrapped import Document, Wrapped
from logtrace.model import Rank, Record

_REMEMBERED, _SHORT = 8_000, 256


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
        self._lines = InOrder((), (), (), NO_QUICK)
        self._shapes = Shapes(plans, ids, zone, self._service)
        self._made: list[Batch | Rejection] = []
        self._read: tuple[list[int], list[Record], list[int]] = ([], [], [])  # texts: as in Batch

    def source(self, service: tuple[str, int]) -> None:
        """Says which (service, rank) counts where a line tells none."""
        self._service = service
        self._text.source(service)

    def read(
        self, lines: Sequence[tuple[int, bytes]], peeled: Sequence[Peeled] = (), streams: Sequence[str | None] = (),
        learn: Callable[[dict[str, Any]], None] | None = None, quick: Quick = NO_QUICK,
    ) -> list[Batch | Rejection]:  # fmt: skip
        """The records of lines, and the rejected ones.

        peeled, streams, quick: see InOrder. learn: is told of an object of each shape whose lines can be read in columns.
        """
        self._lines = InOrder(lines, peeled, streams, quick)
        self._shapes = Shapes(self._plans, self._ids, self._zone, self._service)
        self._made, self._read = [], ([], [], [])
        for index, line, parts, known in self._lines:
            self._let_go_by()
            if known is None:
                self._line(index, line, parts)
            else:
                self._peeled(known)
        self._let_go_by()
        self._documents(self._wrapped.rest())
        self._texts(self._further.rest())
        self._made += self._shapes.batches(learn)
        if self._read[0]:
            self._made.append(Batch(*self._read))
        return self._made

    def _let_go_by(self) -> None:
        """What is open in the streams of lines that were read otherwise is over with them; a text that may belong to an open
        document is to be read the general way as well."""
        if not self._open_streams():
            self._lines.go_by()
            return
        quick = self._lines.quick
        for at, stream in self._lines.gone_by(self._open_streams):
            if at in quick and stream in self._wrapped.open:
                self._peeled(quick.take_back(at))
            else:
                self._texts(self._further.interrupt(stream))

    def _open_streams(self) -> Collection[str]:
        """Those in which a line that was read otherwise may matter."""
        return {*self._further.open, *self._wrapped.open} if self._lines.quick else self._further.open

    def _look_back(self, stream: str) -> None:
        """A line may go on with the text before it in its stream: then that is to be read the general way as well."""
        at = self._lines.text_before(stream)
        if at is not None:
            _, _, text, outer = self._lines.quick.take_back(at)
            self._texts(self._further.add(at, text.decode("utf-8", "replace"), outer, 1))

    def _line(self, index: int, line: bytes, parts: int) -> None:
        if line in self._noise and "" not in self._further.open and not self._lines.quick:
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
            self._shapes.place(index, record, line, None, parts, braces=line.count(b"{"))

    def _any_line(self, index: int, line: bytes, parts: int, record: dict[str, Any] | None) -> None:
        """A line that may be wrapped, text or broken."""
        line = line.rstrip()
        if not line:
            return
        if record is None and is_many(line):
            self._made.append(Rejection(index, parts, CR_ONLY))
            return
        if record is None and b"\0" in line and (members := frames_in(line)):
            self._many(index, members, line, BARE, parts)
            return
        if record is None and is_binary(line):
            self._made.append(Rejection(index, parts, why_binary(line)))
            return
        text = line.decode("utf-8", "replace")
        found = (
            envelopes.unwrap_all(text.lstrip("\ufeff"), self._zone)
            if record is None
            else envelopes.unwrap_further(text, BARE, self._zone, record)
        )
        if record is None and len(found) == 1 and self._own.knows_whole(text, found[0].text, found[0].record):
            found = [envelopes.Unwrapped(text, None, BARE)]
        self._unwrapped(index, line, parts, found)

    def _peeled(self, known: Peeled) -> None:
        """A line of which some envelopes are off."""
        if is_binary(known.line):
            self._made.append(Rejection(known.at, 1, why_binary(known.line)))
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
        if self._lines.quick and record is None and outer.stream not in self._further.open and is_further(inner):
            self._look_back(outer.stream)
        if inner in self._plain and record is None and outer.stream not in self._further.open:
            self._lines.touch(outer.stream)
            self._text_made(index, inner, outer, parts)
            return
        text = inner.strip()
        if record is None and (record := read_block(text)) is not None and envelopes.may_be_wrapped(record):
            self._unwrapped(index, line, parts, envelopes.unwrap_further(text, outer, self._zone, record))
            return
        if record is None and (members := array_in(text)):
            self._many(index, members, inner.encode("utf-8", "replace"), outer, parts)
            return
        if record is None and text[:1] == "{":
            healed = mended(inner.encode("utf-8", "replace") if outer.layers else line)
            if isinstance(healed, str):
                if self._own.formats and (told := self._own.read_text(text)) is not None:
                    self._placed(index, told, text.encode("utf-8", "replace"), outer, parts)
                    return
                self._made.append(Rejection(index, parts, healed))
                return
            record = healed
        if record is not None:
            self._interrupt(outer.stream)
            self._placed(index, self._own.read(record), text.encode("utf-8", "replace"), outer, parts)
            return
        self._lines.touch(outer.stream)
        self._texts(self._further.add(index, inner, outer, parts))

    def _interrupt(self, stream: str) -> None:
        """A line that is no text came: what was open in its stream is over."""
        self._lines.touch(stream)
        if self._further.open:
            self._texts(self._further.interrupt(stream))

    def _documents(self, documents: Iterable[Document]) -> None:
        """Documents that are over; the lines of one that did not close are rejected."""
        for one in documents:
            text = "\n".join(one.lines).strip()
            record = (envelopes.decoded(text) or read_block(text)) if one.whole else None
            if record is None:
                self._made.append(Rejection(one.index, one.parts, "truncated"))
            elif envelopes.may_be_wrapped(record):
                found = envelopes.unwrap_further(text, one.outer, self._zone, record)
                self._unwrapped(one.index, text.encode("utf-8", "replace"), one.parts, found)
            else:
                self._placed(one.index, self._own.read(record), text.encode("utf-8", "replace"), one.outer, one.parts)

    def _placed(
        self, index: int, record: dict[str, Any] | Ambiguous, line: bytes, outer: Outer, parts: int, number: int = 0
    ) -> int:
        """As Shapes.place, with an object that the user's formats have seen; one that two of them fit is rejected."""
        if isinstance(record, Ambiguous):
            self._made.append(Rejection(index, 0 if number else parts, record.reason))
            return number + 1
        return self._shapes.place(index, record, line, outer if outer.layers else None, parts, number)

    def _many(self, index: int, members: list[dict[str, Any]], line: bytes, outer: Outer, parts: int) -> None:
        """The objects that one line holds."""
        number = 0
        for member in members:
            number = self._placed(index, self._own.read(member), line, outer, parts, number)

    def _texts(self, texts: Iterable[Text]) -> None:
        """Texts that are over. One of a known format is an object from here on; of any other, the ids in it count."""
        for one in texts:
            whole = one.text
            record = self._own.read_text(whole) if self._own.formats else None
            if record is None and (known := known_text(whole)) is not None:
                record = self._own.read(known)
            if record is not None:
                self._placed(one.index, record, whole.encode("utf-8", "replace"), one.outer, one.parts)
                continue
            made = self._text_made(one.index, whole, one.outer, one.parts)
            if len(whole) < _SHORT and one.parts == 1 and not one.may_go_on:
                self._remember(whole, one.outer, made)

    def _remember(self, text: str, outer: Outer, made: Record | str | None) -> None:
        """Takes note of a text that is nothing but text: stack frames and the like come again and again."""
        if len(self._plain) + len(self._noise) > _REMEMBERED:
            self._plain.clear()
            self._noise.clear()
        if outer.layers:
            self._plain.add(text)
        elif made == NO_RECORD:
            self._noise.add(text.encode("utf-8", "replace"))

    def _text_made(self, index: int, text: str, outer: Outer, parts: int) -> Record | str | None:
        """What is made of a text: a record, the reason why there is none, None for nothing in an envelope."""
        result = self._text.record(text, outer)
        if isinstance(result, str):
            self._made.append(Rejection(index, parts, result))
        elif result is not None:
            indexes, records, counts = self._read
            indexes.append(index)
            records.append(result)
            counts.append(parts)
        return result
