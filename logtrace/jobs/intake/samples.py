"""Lines from the starts of files, as they are looked at to tell what they are."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import orjson

from logtrace.ingest.files import sources
from logtrace.ingest.files.sources import Opened
from logtrace.ingest.formats.texts import is_further
from logtrace.ingest.objects.several import array_in
from logtrace.ingest.pieces.blocks import stream_blocks
from logtrace.ingest.records import Decoder

LINES, LINES_OF_ALL, LINES_AT_LEAST = 2_000, 4_000, 100
"""So many lines from the start of each file are looked at, at most; so many of all files, but of none fewer than so many."""


def lines_of_each(files: int) -> int:
    """So many lines are looked at in each of so many files: each is tried in many ways, and a folder is to take seconds."""
    return max(LINES_AT_LEAST, min(LINES, LINES_OF_ALL // max(1, files)))


class Sample(NamedTuple):
    """A line of a file with what is known without any format."""

    path: str
    number: int
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


def first_lines(opened: Opened, most: int = LINES) -> Iterator[Sample]:
    """The first lines of a file that are not blank; of a damaged one, what comes before the damage."""
    number = 0
    try:
        with sources.open_stream(opened.path, opened.kind) if opened.kind != "stdin" else sources.standard_input() as stream:
            for block in stream_blocks(stream):
                for line in (block.data or b"").split(b"\n"):
                    number += 1
                    if line.strip():
                        yield Sample(opened.path, number, line.rstrip(b"\r"))
                    if number >= most:
                        return
    except (OSError, EOFError, zlib.error):
        return


def joined(samples: Sequence[Sample]) -> Iterator[Sample]:
    """Samples; the lines of a document as one, and those that go on with the line before as one with it; the objects of an array
    one by one."""
    return _with_further(_whole(samples))


def _whole(samples: Sequence[Sample]) -> Iterator[Sample]:
    """Samples; the lines of a document as one, the objects of an array one by one."""
    for _, found in groupby(samples, lambda sample: sample.path):
        lines = list(found)
        for index, _, parts in Decoder().lines(b"\n".join(line.data for line in lines)):
            data = b"\n".join(line.data for line in lines[index : index + parts])
            if members := array_in(data.decode("utf-8", "replace").strip()):
                yield from (lines[index]._replace(data=orjson.dumps(member)) for member in members)
            elif parts:
                yield lines[index]._replace(data=_bare(data))


def _bare(data: bytes) -> bytes:
    """An object without what stands around it in an array."""
    plain = data.strip()
    return plain.removesuffix(b",") if plain[:1] == b"{" else data


def _with_further(samples: Iterable[Sample]) -> Iterator[Sample]:
    """Samples; lines that go on with what the line before said as one with it."""
    known: Sample | None = None
    for sample in samples:
        goes_on = known is not None and (known.path, known.number + known.data.count(b"\n") + 1) == (sample.path, sample.number)
        if known is not None and goes_on and is_further(sample.text):
            known = known._replace(data=known.data + b"\n" + sample.data)
            continue
        if known is not None:
            yield known
        known = sample
    if known is not None:
        yield known
