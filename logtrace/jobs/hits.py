"""Lines that match, with no more than what a list of them shows: trace, span and service of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from logtrace.jobs.forked import cores, in_forks
from logtrace.jobs.searched import Found, Pattern, searched, searched_chunk, together
from logtrace.store.lines import chunk_ids, text_of, unpacked
from logtrace.store.reader import FragmentReader

if TYPE_CHECKING:
    from logtrace.ingest.glance import Glance
    from logtrace.ingest.records import Decoder
    from logtrace.model import LogLine

_MANY, _MANY_A_CHUNK, _WORTH = 4_000, 100, 25_000
"""Lines that were found when forks may pay: in all, in an average chunk, and to be expected in what is left."""


class NamedLine(NamedTuple):
    """A line with the ids and the service that it names, "" for none; `text` is the line as kept, decoded."""

    trace_id: str
    span_id: str
    service: str
    text: str


class NamedLines(NamedTuple):
    """Lines with the ids and the services that they name, b"" for none, as columns of UTF-8; `lines` are as kept."""

    traces: list[bytes]
    spans: list[bytes]
    services: list[bytes]
    lines: list[bytes]

    def rows(self) -> list[NamedLine]:
        """One by one."""
        names = ([name.decode("utf-8", "surrogatepass") for name in column] for column in self[:3])
        return list(map(NamedLine, *names, map(text_of, self.lines)))


def hits(reader: FragmentReader, pattern: Pattern) -> Iterator[NamedLines]:
    """As grep.grep_together. What is plain is read at a glance; what decodes all else is loaded once there is such a line."""
    return map(_Namer(reader).named, together(searched(reader, pattern)))


def shown_hits(reader: FragmentReader, pattern: Pattern, show: Callable[[NamedLines], bytes]) -> Iterator[bytes]:
    """What is shown of hits, some at a time. Where there are many in many chunks, forks make it: see forked."""
    namer, seen = _Namer(reader), 0
    places = {chunk_id: number for number, chunk_id in enumerate(chunk_ids(reader), 1)}
    with closing(together(searched(reader, pattern))) as groups:
        for parts in groups:
            yield show(namer.named(parts))
            seen += sum(len(part.lines) for part in parts)
            done = places.get(parts[-1].chunk.id, len(places))
            if seen > _MANY and seen > done * _MANY_A_CHUNK and seen * (len(places) - done) > done * _WORTH and cores() > 1:
                break
        else:
            return
    yield from in_forks(list(places)[done:], lambda: _in_fork(reader, pattern, show, namer))


def _in_fork(
    reader: FragmentReader, pattern: Pattern, show: Callable[[NamedLines], bytes], known: _Namer
) -> Callable[[int], bytes]:
    """What makes what is shown of the hits of a chunk, with a connection of its own."""
    own = FragmentReader(reader.path)
    namer, find = _Namer(own, known), searched_chunk(own, pattern)
    return lambda chunk_id: b"".join([show(namer.named([found])) for found in find(chunk_id)])


class _Namer:
    """Tells what lines name, with what it has learned from those before."""

    def __init__(self, reader: FragmentReader, known: _Namer | None = None) -> None:
        self._reader = reader
        self._glances: dict[str, Glance] = known._glances if known else {}
        self._decoders: dict[str, Decoder] = {}

    def named(self, parts: list[Found]) -> NamedLines:
        """The lines of chunks of one source that follow each other."""
        return self._at_a_glance(parts) or self._whole(parts)

    def _at_a_glance(self, parts: list[Found]) -> NamedLines | None:
        """None where a line is not plain, or names no trace where a line may be a part of one that does."""
        from logtrace.ingest.glance import Glance
        from logtrace.ingest.settings import Settings
        from logtrace.ingest.sources import service_of

        settings = parts[0].chunk.settings
        if settings not in self._glances:
            self._glances[settings] = Glance(Settings.of_text(settings))
        lines = list(chain.from_iterable(part.lines for part in parts))
        names = self._glances[settings].columns(lines, service_of(parts[0].chunk.path))
        if names is None:
            return None
        without = [not trace for trace in names[0]] if b"" in names[0] else []
        for part in parts if without else ():
            if any(without[: len(part.lines)]) and _has_parts(self._reader, part):
                return None
            del without[: len(part.lines)]
        return NamedLines(*names, lines)

    def _whole(self, parts: list[Found]) -> NamedLines:
        from logtrace.jobs.grep import group_of, log_lines

        return named_lines(log_lines(self._reader, group_of(self._reader, parts, self._decoders)))


def _has_parts(reader: FragmentReader, part: Found) -> bool:
    """Whether several lines may make up one in a chunk."""
    from logtrace.ingest.envelopes import may_be_partial

    return any(map(may_be_partial, unpacked(reader, part.chunk, zstandard.ZstdDecompressor()).split(b"\n")))


def named_lines(lines: Sequence[LogLine]) -> NamedLines:
    """What lines name, as columns."""
    rows = [(line.trace_id, line.span_id, line.service, line.text) for line in lines]
    return NamedLines(*[[text.encode("utf-8", "surrogatepass") for text in column] for column in zip(*rows, strict=True)])
