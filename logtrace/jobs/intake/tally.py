"""What a run counts while it goes on, for its account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import orjson

from logtrace.account import RejectedLine
from logtrace.ingest.files.sources import Unreadable
from logtrace.jobs.intake.careful import noted
from logtrace.jobs.intake.doubts import Doubts
from logtrace.jobs.intake.work import Result
from logtrace.units import counted

_EXAMPLES = 5
_NAMED = 3


def left_out_sentences(paths: Iterable[str]) -> Iterator[str]:
    """What is to be said of files that are left out for their names, where there are any."""
    if files := list(dict.fromkeys(paths)):
        some, more = ", ".join(files[:_NAMED]), ", …" if len(files) > _NAMED else ""
        yield f"{counted(len(files), 'file')} not named like logs left out ({some}{more}); a file that is named itself is read"


class Tally:
    """Counts of a run. counts: lines, used, untraced, duplicates, bytes, files, unchanged; reasons: of rejected lines;
    redacted: secrets by rule; left_out: files that are not named like logs, in folders and archives."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.redacted: Counter[str] = Counter()
        self.examples: list[RejectedLine] = []
        self.unreadable: list[Unreadable] = []
        self.left_out: list[str] = []
        self.notes: list[str] = []
        self.doubts = Doubts()

    def sentences(self) -> Iterator[str]:
        """What is to be said of all that was read, and of what was not."""
        yield from left_out_sentences(self.left_out)
        yield from self.doubts.sentences()

    def reject(self, reason: str) -> None:
        """Counts a line that was read and is not kept."""
        self.reasons[reason] += 1
        self.counts["lines"] += 1

    def add(self, result: Result, path: str, first_line: int) -> None:
        """Counts the lines of a result, the first of which is line `first_line` of the file at `path`."""
        first, at = {}, first_line
        for chunk_id, lines, used, untraced, _, _, size, physical, _ in result.chunks:
            self.counts.update(lines=lines, used=used, untraced=untraced, bytes=size)
            first[chunk_id] = at
            at += physical
        self.counts["duplicates"] += result.duplicates
        self.doubts.add(result, path, first)
        self.redacted.update(result.redacted)
        for mistake in result.mistakes:
            if (note := noted(path, mistake)) not in self.notes:
                self.notes.append(note)
        for chunk_id, reason, text in result.rejected:
            indexes = orjson.loads(text)
            self.reasons[reason] += len(indexes)
            wanted = indexes[: max(0, _EXAMPLES - len(self.examples))]
            self.examples += [RejectedLine(reason, path, first[chunk_id] + index) for index in wanted]
