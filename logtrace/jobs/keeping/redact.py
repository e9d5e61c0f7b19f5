"""Secrets in lines that are kept already: which there are, and taking them out after the fact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import zstandard

from logtrace.account import RejectedLine, SecretsFound
from logtrace.ingest.records import Settings
from logtrace.ingest.redact import redacted, redactor
from logtrace.jobs.assembly.assemble import assemble
from logtrace.jobs.intake.handler import Handler
from logtrace.jobs.intake.keyed import keyed
from logtrace.jobs.intake.reread import read_anew
from logtrace.jobs.workers.pool import Pool, make_pool
from logtrace.store.file.database import writing
from logtrace.store.reading.lines import Packed, chunk_ids, packed_chunks, unpacked
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.upkeep.status import waiting
from logtrace.store.writing.chunks import chunk_texts, give_back_space, replace_chunk
from logtrace.store.writing.writer import Writer

EXAMPLES = 5


def scan(store: Path, settings: Settings) -> SecretsFound:
    """The secrets in the kept lines of a store, as the settings see them. Nothing is changed."""
    counts: Counter[str] = Counter()
    places: list[RejectedLine] = []
    seen: Counter[str] = Counter()
    with SqliteReader(store) as reader:
        decompressor = zstandard.ZstdDecompressor()
        for chunk in packed_chunks(reader, chunk_ids(reader)):
            for place in _places(chunk, unpacked(reader, chunk, decompressor), settings, counts):
                seen[place.reason] += 1
                if seen[place.reason] <= EXAMPLES:
                    places.append(place)
    return SecretsFound(dict(counts.most_common()), tuple(places))


def _places(chunk: Packed, data: bytes, settings: Settings, counts: Counter[str]) -> Iterator[RejectedLine]:
    found = redactor(settings.redaction)
    for at, rule in found.places(data) if found else ():
        counts[rule] += 1
        yield RejectedLine(rule, chunk.path, chunk.first_line + data.count(b"\n", 0, at))


def apply(store: Path, settings: Settings) -> SecretsFound:
    """Takes the secrets out of a store: out of its lines, out of all that was made of them, and out of the file's free space.

    The lines and all that is made of each alone change in one transaction; then traces are put together. What a run left
    that ended in between is put together by the next, also where it finds no secret. Raises StoreError where somebody else
    writes.
    """
    found = scan(store, settings)
    if not found.by_rule and not _is_left(store):
        return found
    with writing(store), closing(Writer(store)) as writer, closing(make_pool(Handler, store.stat().st_size * 8)) as pool:
        if found.by_rule:
            _take_out(writer, pool, keyed(settings, store))
        assemble(writer, pool, 0)
        pool.close()
        give_back_space(writer)
    return found._replace(removed=bool(found.by_rule))


def _is_left(store: Path) -> bool:
    with SqliteReader(store) as reader:
        return bool(waiting(reader))


def _take_out(writer: Writer, pool: Pool, settings: Settings) -> None:
    writer.begin()
    for chunk_id, data in chunk_texts(writer):
        clean = redacted(data, settings.redaction, Counter())
        if clean != data:
            replace_chunk(writer, chunk_id, clean)
    read_anew(writer, pool, {})
