"""Lines that match, with no more than what a list of them shows: trace, span and service of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from logtrace.jobs.lines.searched import Found, Pattern, searched, searched_alone, together
from logtrace.jobs.workers.forked import Made, cores, in_forks
from logtrace.store.reading.lines import chunk_ids, text_of, unpacked
from logtrace.store.reading.reader import FragmentReader
from logtrace.views.elements.text import are_clean_utf8

if TYPE_CHECKING:
    from pathlib import Path

    from logtrace.ingest.glance import Glance
    from logtrace.ingest.records import Decoder
    from logtrace.model import LogLine

_FORKS_FROM = 64
"""From so many chunks on forks pay."""


class NamedLine(NamedTuple):
    """A line with the ids and the service that it names, "" for none; `text` is the line as kept, decoded."""

    trace_id: str
    span_id: str
    service: str
    text: str


class NamedLines(NamedTuple):
    """Lines with the ids and the services that they name, b"" for none, as columns of UTF-8; text: the lines as kept, each with a
    line end. clean: whether all of these are surely shown as they are."""

    traces: Sequence[bytes]
    spans: Sequence[bytes]
    services: Sequence[bytes]
    text: bytes
    clean: bool

    @property
    def lines(self) -> list[bytes]:
        """Each without its line end."""
        return self.text.split(b"\n")[:-1]

    def rows(self) -> list[NamedLine]:
        """One by one."""
        names = ([name.decode("utf-8", "surrogatepass") for name in column] for column in self[:3])
        return list(map(NamedLine, *names, map(text_of, self.lines)))


def hits(reader: FragmentReader, pattern: Pattern) -> Iterator[NamedLines]:
    """As grep.grep_together. What is plain is read at a glance; what decodes all else is loaded once there is such a line."""
    return map(_Namer(reader).named, together(searched(reader, pattern)))


def maybe_of_no_span(reader: FragmentReader) -> Callable[[list[Found]], Iterable[bool]]:
    """Tells which lines have to be read to see whether they are of a span: those that do not name one, and its trace, at a
    glance."""
    namer = _Namer(reader)

    def choose(parts: list[Found]) -> Iterable[bool]:
        named = namer.at_a_glance(parts)
        if named is None:
            return repeat(True, sum(part.many for part in parts))
        return [not (trace and span) for trace, span in zip(named.traces, named.spans, strict=True)]

    return choose


def shown_hits(reader: FragmentReader, pattern: Pattern, show: Callable[[NamedLines], bytes]) -> Iterator[Made]:
    """What is shown of hits, some at a time, none of it empty; of many chunks forks make it (see forked)."""
    ids = chunk_ids(reader)
    if len(ids) < _FORKS_FROM or cores() == 1:
        return map(Made, map(show, hits(reader, pattern)))
    return (made for made in in_forks(ids, lambda: _of_chunk(reader.path, pattern, show)) if made.size)


def _of_chunk(path: Path, pattern: Pattern, show: Callable[[NamedLines], bytes]) -> Callable[[int], bytes]:
    """Gives what is shown of the hits in a chunk."""
    reader = FragmentReader(path, mapped=False)  # each page is read once
    namer, found = _Namer(reader), searched_alone(reader, pattern)
    return lambda chunk_id: b"".join([show(namer.named([each])) for each in found([chunk_id])])


class _Namer:
    """Tells what lines name, with what it has learned from those before."""

    def __init__(self, reader: FragmentReader) -> None:
        self._reader = reader
        self._glances: dict[str, Glance] = {}
        self._decoders: dict[str, Decoder] = {}

    def named(self, parts: list[Found]) -> NamedLines:
        """The lines of chunks of one source that follow each other."""
        return self.at_a_glance(parts) or self._whole(parts)

    def at_a_glance(self, parts: list[Found]) -> NamedLines | None:
        """None where a line is not plain, or names no trace where a line may be a part of one that does."""
        from logtrace.ingest.files.file_names import service_of
        from logtrace.ingest.glance import Glance
        from logtrace.ingest.settings import Settings

        settings = parts[0].chunk.settings
        if settings not in self._glances:
            self._glances[settings] = Glance(Settings.of_text(settings))
        text = b"".join([part.text for part in parts])
        many, clean = sum(part.many for part in parts), are_clean_utf8(text)
        names = self._glances[settings].columns(text, many, service_of(parts[0].chunk.path), clean)
        if names is None:
            return None
        without = [not trace for trace in names[0]] if b"" in names[0] else []
        for part in parts if without else ():
            if any(without[: part.many]) and _has_parts(self._reader, part):
                return None
            del without[: part.many]
        return NamedLines(*names, text, clean)

    def _whole(self, parts: list[Found]) -> NamedLines:
        from logtrace.jobs.lines.grep import group_of, log_lines

        return named_lines(log_lines(self._reader, group_of(self._reader, parts, self._decoders)))


def _has_parts(reader: FragmentReader, part: Found) -> bool:
    """Whether several lines may make up one in a chunk."""
    from logtrace.ingest.envelopes import may_be_partial

    return any(map(may_be_partial, unpacked(reader, part.chunk, zstandard.ZstdDecompressor()).split(b"\n")))


def named_lines(lines: Sequence[LogLine]) -> NamedLines:
    """What lines name, as columns."""
    rows = [(line.trace_id, line.span_id, line.service, line.text) for line in lines]
    columns = ([text.encode("utf-8", "surrogatepass") for text in column] for column in zip(*rows, strict=True))
    traces, spans, services, texts = columns
    text = b"\n".join([*texts, b""])
    return NamedLines(traces, spans, services, text, are_clean_utf8(text))
