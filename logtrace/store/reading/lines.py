"""Kept lines: compressed chunks of the sources, by number, by time, and where they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import orjson
import zstandard

from logtrace.errors import StoreError
from logtrace.store.reading.reader import FragmentReader

if TYPE_CHECKING:
    from logtrace.account import RejectedLine


class Chunk(NamedTuple):
    """A run of whole lines: the path they were read from, the number of the first in it, the source's settings, the bytes."""

    id: int
    source_id: int
    path: str
    first_line: int
    settings: str
    data: bytes


class Packed(NamedTuple):
    """A chunk whose bytes are still compressed."""

    id: int
    source_id: int
    path: str
    first_line: int
    settings: str
    size: int
    packed: bytes


_PACKED = (
    "SELECT c.id, c.source_id, s.path, c.first_line, s.settings, c.size, d.data FROM chunk c"
    " JOIN source s ON s.id = c.source_id JOIN chunk_data d ON d.id = c.id"
)


def chunk_ids(reader: FragmentReader) -> list[int]:
    """All chunks in order of their sources and lines."""
    return [chunk_id for (chunk_id,) in reader.run("SELECT id FROM chunk ORDER BY source_id, first_line, id")]


def packed_chunks(reader: FragmentReader, ids: Iterable[int]) -> Iterator[Packed]:
    """The chunks with these ids, as they are kept."""
    for chunk_id in ids:
        yield from map(Packed._make, reader.run(f"{_PACKED} WHERE c.id = ?", (chunk_id,)))


def unpacked(reader: FragmentReader, chunk: Packed, decompressor: zstandard.ZstdDecompressor) -> bytes:
    """The bytes of a chunk. Raises StoreError where they are damaged, or not those that were kept."""
    try:
        data = decompressor.decompress(chunk.packed)
    except zstandard.ZstdError as error:
        raise damaged(reader, chunk.id, str(error)) from error
    if len(data) != chunk.size:
        raise damaged(reader, chunk.id, f"{len(data):,} bytes of lines instead of {chunk.size:,}")
    return data


def damaged(reader: FragmentReader, chunk_id: int, told: str) -> StoreError:
    """What is to be said where the lines of a chunk are not what they were."""
    return reader.damaged(f"chunk {chunk_id}: {told}")


def text_of(line: bytes) -> str:
    """A kept line as it is told: decoded, without what is left of a line end."""
    return line.decode("utf-8", "replace").removesuffix("\r")


def chunks(reader: FragmentReader, ids: Iterable[int]) -> Iterator[Chunk]:
    """The chunks with these ids, one in memory at a time. One whose only line was too long to be kept is left out."""
    decompressor = zstandard.ZstdDecompressor()
    for chunk_id in ids:
        for chunk in map(Packed._make, reader.run(f"{_PACKED} WHERE c.id = ?", (chunk_id,))):
            yield Chunk(*chunk[:-2], unpacked(reader, chunk, decompressor))


def sources_of(reader: FragmentReader, chunk_ids: Iterable[int]) -> dict[int, str]:
    """The sources (id: path) that chunks are of."""
    ids = orjson.dumps(sorted(set(chunk_ids))).decode()
    return dict(
        reader.run(
            "SELECT DISTINCT s.id, s.path FROM json_each(?) j CROSS JOIN chunk c ON c.id = j.value"
            " JOIN source s ON s.id = c.source_id",
            (ids,),
        )
    )


def all_sources(reader: FragmentReader) -> dict[int, str]:
    """All sources (id: path)."""
    return dict(reader.run("SELECT id, path FROM source ORDER BY id"))


def overlapping(reader: FragmentReader, source_ids: Iterable[int], first_ns: int, last_ns: int) -> list[int]:
    """The chunks of some sources with times between two instants, by id.

    A chunk without any time comes along where the chunk before it does: its lines follow those.
    """
    wanted = set(source_ids)
    found: list[int] = []
    before: dict[int, bool] = {}
    for chunk_id, source_id, low, high in reader.stream("SELECT id, source_id, min_ns, max_ns FROM chunk ORDER BY id"):
        if source_id in wanted:
            before[source_id] = before.get(source_id, False) if low is None else low <= last_ns and high >= first_ns
            if before[source_id]:
                found.append(chunk_id)
    return found


def useless_sources(reader: FragmentReader) -> dict[int, list[int]]:
    """The chunks of each source of which no line belongs to a trace."""
    found: dict[int, list[int]] = {}
    for source_id, chunk_id in reader.run(
        "SELECT source_id, id FROM chunk WHERE source_id IN"
        " (SELECT source_id FROM chunk GROUP BY source_id HAVING sum(used) = 0) ORDER BY id"
    ):
        found.setdefault(source_id, []).append(chunk_id)
    return found


def rejected(reader: FragmentReader, limit: int | None = None) -> Iterator[RejectedLine]:
    """The lines that gave no record, in the order they were read."""
    rows = reader.stream(
        "SELECT r.reason, s.path, c.first_line + j.value FROM rejected r JOIN chunk c ON c.id = r.chunk_id"
        " JOIN source s ON s.id = c.source_id JOIN json_each(r.lines) j ORDER BY r.chunk_id, j.value LIMIT ?",
        (-1 if limit is None else limit,),
    )
    from logtrace.account import RejectedLine

    return map(RejectedLine._make, rows)
