"""Lines → Records: the decoder.

    line → (envelopes off) → JSON object → with all others of its shape → columns → Records
                           → text that names ids                                 → Record
                           → a reason why there is none

Records of one shape are read column by column: a line costs a few dictionary lookups in C instead of a walk through
every rule in Python. A single line is a batch of one, so that there is one set of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from logtrace.ids import Ids
from logtrace.ingest import envelopes
from logtrace.ingest.columns.plans import Plans
from logtrace.ingest.columns.source import Around
from logtrace.ingest.general import General
from logtrace.ingest.objects.again import line_again, read_again
from logtrace.ingest.objects.batches import Batch, Peeled, Rejection
from logtrace.ingest.own.dialects import OwnFormats
from logtrace.ingest.pieces import documents
from logtrace.ingest.settings import DEFAULTS, PARSER_VERSION, Settings
from logtrace.ingest.texts.plain_text import Texts
from logtrace.ingest.texts.quick import NO_QUICK, Quick
from logtrace.ingest.vocabulary import text
from logtrace.ingest.vocabulary.beginnings import WIDTH
from logtrace.model import Rank, Record

if TYPE_CHECKING:
    from logtrace.ingest.objects.enveloped_runs import Enveloped
    from logtrace.ingest.texts.many_texts import ManyTexts
    from logtrace.ingest.uniform.reading import Uniform
    from logtrace.reconstruct.spans.runs import Run

__all__ = ["DEFAULTS", "PARSER_VERSION", "Batch", "Decoder", "Rejection", "Settings"]

QUICK_FROM = 64
"""Lines from which on it pays to look for what they have in common."""

MANY = 8 * QUICK_FROM
"""Lines from which on it pays to learn from the first of them before all are read."""


class Decoder:
    """Turns lines into records. One per process; remembers plans and ids, never anything that changes a result."""

    def __init__(self, settings: Settings = DEFAULTS) -> None:
        self._default_service = settings.default_service
        self._zone: tzinfo = UTC if settings.zone == "UTC" else ZoneInfo(settings.zone)
        self._service = ("", int(Rank.NONE))
        self.ids = Ids()
        self.plans = Plans(settings.trace_key)
        self._texts = texts = Texts(self.ids, self._zone, text.key_pattern(settings.trace_key) if settings.trace_key else None)
        self._general = General(OwnFormats(settings.formats, self._zone), self.plans, self.ids, texts, self._zone)
        self._trace_key = settings.trace_key
        self._is_usual = not settings.formats
        self._uniform: Uniform | None = None
        self._enveloped: Enveloped | None = None
        self._many_texts: ManyTexts | None = None

    def source(self, file_service: str) -> None:
        """Says which service the file's name tells ("" if none) for the lines that follow."""
        self._service = (file_service, int(Rank.WEAK)) if file_service else (self._default_service, int(Rank.GUESS))
        self._general.source(self._service)

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
        if self._is_usual and (again := line_again(data)) and (told := read_again(*again, self._general.read)) is not None:
            yield from told
            return
        if b"\r" in data:
            data = b"\n".join([line.rstrip(b"\r") for line in data.split(b"\n")])
        lines = data.split(b"\n")
        if lines and not lines[-1]:
            del lines[-1]
        if not lines:
            return
        if len(lines) < QUICK_FROM or not self._is_usual:
            yield from self._general.read(list(enumerate(lines)), learn=self._learn)
            return
        wrapped = self._wrapped(lines)
        if wrapped is None:
            runs, rest = self._read_together(data, lines)
            streams: list[str | None] = [""] * len(lines)
            peeled: list[Peeled] = []
            quick = NO_QUICK
        else:
            runs, rest, streams, peeled, quick = self._unwrapped(lines, wrapped)
        if rest:
            for index in rest:
                streams[index] = None
            known = {each.at for each in peeled}
            left = [(index, lines[index]) for index in rest if index not in known]
            made = self._general.read(left, peeled, streams, self._learn, quick)
            yield from (_without(run, quick.back) for run in runs) if quick.back else runs
            yield from made
        else:
            yield from runs

    def _wrapped(self, lines: list[bytes]) -> envelopes.Unwrapping | None:
        """Lines without their envelopes; None where there are none, or where text may stand among them that goes on."""
        begins = {line[:WIDTH] for line in lines}
        if not any(map(envelopes.may_have_envelope, begins)) and not envelopes.seem_wrapped(lines):
            return None
        found = envelopes.unwrap_lines(lines, self._zone, begins)
        if not found.objects.indexes and not found.texts.indexes and len(found.others) < QUICK_FROM:
            return None
        if not documents.may_have_blocks(begins):
            return found
        return None if any(documents.block_of(line) for line in lines if line[:1] != b"{") else found

    def _unwrapped(
        self, lines: list[bytes], wrapped: envelopes.Unwrapping
    ) -> tuple[list[Run], Sequence[int], list[str | None], list[Peeled], Quick]:
        """(runs, indexes of the lines that are left to the general way, the streams of the others, what is known of those left,
        which of the others are texts) of lines of which some are wrapped. Lines under their envelopes are read like those
        without."""
        from logtrace.reconstruct.spans.runs import left_out  # numpy: see _together

        found = wrapped.objects
        if wrapped.bare:
            found = found.among(wrapped.bare, [lines[index] for index in wrapped.bare])
        read, _ = self._read_together(b"\n".join(found.texts), found.texts)
        runs = [self._in_envelopes().run(run, found) for run in read]
        texts = wrapped.texts
        if len(wrapped.others) >= QUICK_FROM:
            texts = texts.among(wrapped.others, [lines[index].rstrip() for index in wrapped.others])
        of_texts = [self._in_envelopes().run(run, texts) for run in self._texts_read(texts)]
        quick = Quick(lines, texts, [at for run in of_texts for at in run.indexes.tolist()]) if of_texts else NO_QUICK
        runs += of_texts
        streams: list[str | None] = [None] * len(lines)
        for part in (found, texts):
            for index, stream in zip(part.indexes, map(_stream_of, part.known), strict=True):
                streams[index] = stream
        rest = left_out(runs, len(lines))
        peeled = [
            Peeled(index, lines[index], text, outer)
            for part in (wrapped.objects, wrapped.texts)
            for index, text, outer in part.outers(rest)
        ]
        return runs, rest, streams, sorted(peeled, key=itemgetter(0)), quick

    def _texts_read(self, texts: envelopes.UnwrappedLines) -> Iterator[Run]:
        """The records of texts under their envelopes that are read many at once, by their positions."""
        if texts.indexes:
            yield from self._of_texts().read(texts.texts, Around(self._service, self._alone))

    def _read_together(self, data: bytes, lines: Sequence[bytes]) -> tuple[list[Run], Sequence[int]]:
        """(the records of lines, the indexes of those that are left). Where no key is known yet the first lines are read twice,
        at first the general way to learn from them: that takes several times as long a line as what is done with known keys."""
        together = self._together()
        if together.knows_nothing and len(lines) > MANY:
            self._general.read(list(enumerate(lines[:QUICK_FROM])), learn=self._learn)
        return together.read(data, lines, Around(self._service, self._alone))

    def _learn(self, record: dict[str, Any]) -> None:
        if self._uniform is not None:
            self._uniform.learn(record)

    def _in_envelopes(self) -> Enveloped:
        if self._enveloped is None:
            from logtrace.ingest.objects.enveloped_runs import Enveloped

            self._enveloped = Enveloped()
        return self._enveloped

    def _of_texts(self) -> ManyTexts:
        if self._many_texts is None:
            from logtrace.ingest.texts.many_texts import ManyTexts

            self._many_texts = ManyTexts(self._texts, self.plans, self.ids, self._zone, self._trace_key)
        return self._many_texts

    def _together(self) -> Uniform:
        """What reads many lines at once. Made when it is needed: a look at a few lines shall not wait for numpy."""
        if self._uniform is None:
            from logtrace.ingest.uniform.reading import Uniform

            self._uniform = Uniform(self.plans.values, self.ids, self._zone, self._trace_key)
        return self._uniform

    def _alone(self, line: bytes) -> Record | str | None:
        """The record of one line, the general way."""
        for made in self._general.read([(0, line)]):
            return made.reason if isinstance(made, Rejection) else made.records[0]
        return None


_stream_of = attrgetter("stream")


def _without(run: Run, indexes: set[int]) -> Run:
    """A run without some lines."""
    import numpy as np

    return run.only(~np.isin(run.indexes, list(indexes)))
