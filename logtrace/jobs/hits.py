"""Lines that match, with no more than what a list of them shows: trace, span and service of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from logtrace.jobs.searched import Found, Pattern, searched, together
from logtrace.store.lines import unpacked
from logtrace.store.reader import FragmentReader

if TYPE_CHECKING:
    from logtrace.ingest.glance import Glance
    from logtrace.ingest.records import Decoder


class NamedLine(NamedTuple):
    """A line with the ids and the service that it names, "" for none; `text` is the line as kept, decoded."""

    trace_id: str
    span_id: str
    service: str
    text: str


def hits(reader: FragmentReader, pattern: Pattern) -> Iterator[list[NamedLine]]:
    """As grep.grep_together. What is plain is read at a glance; what decodes all else is loaded once there is such a line."""
    glances: dict[str, Glance] = {}
    decoders: dict[str, Decoder] = {}
    for parts in together(searched(reader, pattern)):
        yield _at_a_glance(reader, parts, glances) or _whole(reader, parts, decoders)


def _at_a_glance(reader: FragmentReader, parts: list[Found], glances: dict[str, Glance]) -> list[NamedLine] | None:
    """None where a line is not plain, or names no trace where a line may be a part of one that does."""
    from logtrace.ingest.glance import Glance
    from logtrace.ingest.settings import Settings
    from logtrace.ingest.sources import service_of

    settings, service = parts[0].chunk.settings, service_of(parts[0].chunk.path)
    if settings not in glances:
        glances[settings] = Glance(Settings.of_text(settings))
    found: list[NamedLine] = []
    for part in parts:
        names = glances[settings].names((line for _, line in part.lines), service)
        if names is None:
            return None
        if any(not trace for trace, _, _ in names) and _has_parts(reader, part):
            return None
        found += [NamedLine(*named, line.decode().removesuffix("\r")) for named, (_, line) in zip(names, part.lines, strict=True)]
    return found


def _has_parts(reader: FragmentReader, part: Found) -> bool:
    """Whether several lines may make up one in a chunk."""
    from logtrace.ingest.envelopes import may_be_partial

    return any(map(may_be_partial, unpacked(reader, part.chunk, zstandard.ZstdDecompressor()).split(b"\n")))


def _whole(reader: FragmentReader, parts: list[Found], decoders: dict[str, Decoder]) -> list[NamedLine]:
    from logtrace.jobs.grep import group_of, log_lines

    lines = log_lines(reader, group_of(reader, parts, decoders))
    return [NamedLine(line.trace_id, line.span_id, line.service, line.text) for line in lines]
