"""What a store knows about what stays how long: facts of its traces, pins, and taking traces out."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from logtrace.errors import StoreError
from logtrace.query.ast import Node
from logtrace.store.file import tallies
from logtrace.store.file.database import write_once
from logtrace.store.file.trouble import explained
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.linerefs import chunks_of_lines
from logtrace.store.search.expressions import Compiled
from logtrace.store.writing.writer import Writer

Key = tuple[int, int]
"""(low, high) of a trace."""


class TraceRow(NamedTuple):
    """What is asked of a trace; end_ns: None where it has no time."""

    low: int
    high: int
    end_ns: int | None
    spans: int
    lines: int


class Pin(NamedTuple):
    """A trace that stays."""

    low: int
    high: int
    note: str
    pinned_ns: int


def trace_rows(reader: FragmentReader) -> list[TraceRow]:
    """All traces."""
    sql = "SELECT low, high, start_ns + coalesce(duration_ns, 0), spans, lines FROM trace"
    return [TraceRow._make(row) for row in reader.stream(sql)]


def matching(reader: FragmentReader, node: Node) -> set[Key]:
    """The traces that an expression holds for."""
    compiled = Compiled(reader, node)
    return set(reader.stream(f"SELECT t.low, t.high FROM trace t WHERE {compiled.on_trace()}", compiled.values))


def pins(reader: FragmentReader) -> list[Pin]:
    """The traces that are pinned, by when."""
    return [Pin._make(row) for row in reader.run("SELECT low, high, note, pinned_ns FROM pin ORDER BY pinned_ns, low")]


def preserved(reader: FragmentReader) -> dict[Key, tuple[str, int]]:
    """Until when traces were kept when they were last judged: (rule, until_ns)."""
    return {(low, high): (rule, until_ns) for low, high, rule, until_ns in reader.run("SELECT * FROM preserved")}


def shares(reader: FragmentReader) -> dict[Key, float]:
    """The traces that stand for others, with the share that was kept."""
    return {(low, high): share for low, high, share in reader.run("SELECT low, high, share FROM sampled")}


class Readings:
    """When chunks were read. Chunks that no run has noted count as read now."""

    def __init__(self, reader: FragmentReader, now_ns: int) -> None:
        rows = reader.run("SELECT chunk_id, read_ns FROM read_by ORDER BY chunk_id")
        self._chunks = [chunk_id for chunk_id, _ in rows]
        self._times = [read_ns for _, read_ns in rows]
        self._now_ns = now_ns
        self._reader = reader

    def of_chunk(self, chunk_id: int) -> int:
        """When a chunk was here at the latest."""
        at = bisect_left(self._chunks, chunk_id)
        return self._times[at] if at < len(self._times) else self._now_ns

    def of_traces(self, lows: Sequence[int]) -> dict[int, int]:
        """When the first line of each trace was here at the latest, by low half."""
        found: dict[int, int] = {}
        for start in range(0, len(lows), 2_000):
            first: dict[int, int] = {}
            for low, chunks in _chunks(self._reader, lows[start : start + 2_000]):
                first[low] = min(first.get(low, chunks[0]), *chunks)
            found.update((low, self.of_chunk(chunk_id)) for low, chunk_id in first.items())
        return found


def note_readings(writer: Writer, now_ns: int) -> None:
    """Notes that all chunks that are here now were here at a time."""
    _run(writer, "INSERT OR IGNORE INTO read_by SELECT max(id), ? FROM chunk HAVING max(id) IS NOT NULL", (now_ns,))


def durations(reader: FragmentReader) -> list[tuple[int, int, int | None]]:
    """(low, high, duration) of all traces."""
    return reader.run("SELECT low, high, duration_ns FROM trace")


def chunks_of(reader: FragmentReader, lows: Sequence[int]) -> set[int]:
    """The chunks that have a line of some traces."""
    return {chunk_id for _, chunks in _chunks(reader, lows) for chunk_id in chunks}


def _chunks(reader: FragmentReader, lows: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """(low half, chunks of its lines) of the rows of some traces that have lines."""
    rows = reader.stream(
        "SELECT s.trace_low, s.lines FROM json_each(?) l CROSS JOIN span s ON s.trace_low = l.value", (_json(lows),)
    )
    return ((low, chunks) for low, lines in rows if (chunks := chunks_of_lines(lines)))


def loose_chunks(reader: FragmentReader) -> list[tuple[int, int | None]]:
    """(id, latest time) of the kept chunks with lines of no trace: records without one, and rejected lines."""
    return reader.run("SELECT c.id, c.max_ns FROM chunk c JOIN chunk_data d ON d.id = c.id WHERE c.lines > c.used")


def take_out(writer: Writer, lows: Sequence[int], why: dict[int, str]) -> None:
    """Takes traces out of all that is made from lines, in the open transaction; what is gone is counted."""
    text = _json(lows)
    rows = writer.connection.execute(
        "SELECT t.low, o.service, o.name, t.spans, t.lines, t.start_ns FROM json_each(?) j CROSS JOIN trace t ON t.low = j.value"
        " JOIN operation o ON o.id = t.root_id", (text,),
    ).fetchall()  # fmt: skip
    for low, service, name, spans, lines, start_ns in rows:
        _run(
            writer,
            "INSERT INTO dropped VALUES (?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET traces = traces + 1,"
            " spans = spans + excluded.spans, lines = lines + excluded.lines,"
            " first_ns = min(coalesce(first_ns, excluded.first_ns), coalesce(excluded.first_ns, first_ns)),"
            " last_ns = max(coalesce(last_ns, excluded.last_ns), coalesce(excluded.last_ns, last_ns))",
            (why[low], service, name, spans, lines, start_ns, start_ns),
        )
    for table, column in (
        ("span", "trace_low"), ("trace", "low"), ("document", "low"), ("opaque_trace", "low"), ("preserved", "low"),
        ("sampled", "low"), ("pushed", "low"),
    ):  # fmt: skip
        _run(writer, f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", (text,))
        if table in tallies.COUNTED:
            tallies.removed(partial(_run, writer), table)
    _run(writer, "UPDATE meta SET value = min(value, (SELECT coalesce(max(id), 0) FROM span)) WHERE key = 'assembled'")


def forget_names(writer: Writer) -> None:
    """Forgets operations, attributes and ids that no row has any more. Not while workers know their numbers."""
    _run(writer, "DELETE FROM operation WHERE id NOT IN (SELECT operation_id FROM span UNION SELECT root_id FROM trace)")
    _run(
        writer,
        "DELETE FROM attribute WHERE id NOT IN (SELECT j.value >> 2 FROM span s JOIN json_each(s.attributes) j"
        " ON j.type = 'integer')",
    )
    _run(
        writer,
        "DELETE FROM opaque_span WHERE key NOT IN (SELECT span_key FROM span UNION SELECT coalesce(parent_key, 0) FROM span)",
    )
    tallies.removed(partial(_run, writer), "opaque_span")


def forget_messages(writer: Writer) -> None:
    """Forgets messages that no row has any more."""
    from logtrace.store.rows.packed_lines import references  # needs numpy, which reading does not

    rows = writer.connection.execute("SELECT lines FROM span WHERE typeof(lines) = 'blob'")
    used = references(lines for (lines,) in rows)
    gone = [each for each in writer.connection.execute("SELECT chunk_id, number FROM body").fetchall() if each not in used]
    _many(writer, "DELETE FROM body WHERE chunk_id = ? AND number = ?", gone)


def begin_documents(writer: Writer) -> None:
    """Empties what search knows; whoever calls adds all documents again in the same transaction."""
    _run(writer, "DELETE FROM document")
    _run(writer, "INSERT INTO term (term) VALUES ('delete-all')")


def save_promises(writer: Writer, promises: Iterable[tuple[int, int, str, int]]) -> None:
    """Keeps until when traces are kept: (low, high, rule, until_ns). An earlier time does not replace a later one."""
    _many(
        writer,
        "INSERT INTO preserved VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET rule = excluded.rule, until_ns = excluded.until_ns"
        " WHERE excluded.until_ns > until_ns",
        promises,
    )


def forget_promises(writer: Writer) -> None:
    """Forgets until when traces were kept: all are judged anew."""
    _run(writer, "DELETE FROM preserved")


def save_shares(writer: Writer, keys: Iterable[Key], share: float) -> None:
    """Keeps that traces stand for others. One that does already keeps its share where that is smaller."""
    _many(
        writer, "INSERT INTO sampled VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET share = min(share, excluded.share)",
        ((low, high, share) for low, high in keys),
    )  # fmt: skip


def forget_chunk(writer: Writer, chunk_id: int) -> None:
    """Forgets the bytes of a chunk; that its lines were read stays known, and that no byte of them is kept on purpose."""
    _run(writer, "DELETE FROM chunk_data WHERE id = ?", (chunk_id,))
    _run(writer, "UPDATE chunk SET size = 0 WHERE id = ?", (chunk_id,))


def free_share(writer: Writer) -> float:
    """How much of the file is free: 0 to 1."""
    (free,), (pages,) = (writer.connection.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count"))
    return free / pages if pages else 0.0


def write_pin(path: Path, pin: Pin) -> None:
    """Pins a trace. Raises StoreError where another process writes the store."""
    write_once(path, "pin", "INSERT OR REPLACE INTO pin VALUES (?, ?, ?, ?)", pin)


def remove_pin(path: Path, low: int, high: int) -> None:
    """Unpins a trace."""
    write_once(path, "pin", "DELETE FROM pin WHERE low = ? AND high = ?", (low, high))


def dropped(reader: FragmentReader) -> Iterator[tuple[str, int]]:
    """(why, traces) of all that is gone."""
    return iter(reader.run("SELECT why, sum(traces) FROM dropped GROUP BY why ORDER BY 2 DESC, 1"))


def _run(writer: Writer, sql: str, values: tuple[Any, ...] = ()) -> None:
    _guarded(writer, lambda: writer.connection.execute(sql, values))


def _many(writer: Writer, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    _guarded(writer, lambda: writer.connection.executemany(sql, rows))


def _guarded(writer: Writer, work: Any) -> None:
    try:
        work()
    except sqlite3.Error as error:
        raise StoreError(*explained(error, writer.path)) from error


def _json(value: Any) -> str:
    return orjson.dumps(list(value)).decode()
