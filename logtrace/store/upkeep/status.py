"""What a store holds: counts, sources, what waits to be assembled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from logtrace.account import SourceStatus, StoreStatus
from logtrace.store.file.database import beside
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.reading.sample import sample_text
from logtrace.store.upkeep.preserve import dropped
from logtrace.units import counted

_TRACES = "SELECT count(*), coalesce(sum(spans), 0), min(start_ns), max(start_ns + duration_ns) FROM trace"
_LINES = "SELECT coalesce(sum(lines), 0), coalesce(sum(used), 0), coalesce(sum(untraced), 0) FROM chunk"
_REASONS = "SELECT reason, sum(json_array_length(lines)) AS n FROM rejected GROUP BY reason ORDER BY n DESC, reason"
_WAITING = "SELECT count(DISTINCT +trace_low) FROM span WHERE id > (SELECT value FROM meta WHERE key = 'assembled')"


def status(reader: FragmentReader) -> StoreStatus:
    """Counts and sources of a whole store."""
    traces, spans, start_ns, end_ns = reader.run(_TRACES)[0]
    read, used, untraced = reader.run(_LINES)[0]
    reasons = dict(reader.run(_REASONS))
    return StoreStatus(
        path=str(reader.path),
        size_bytes=size_of(reader.path),
        sources=tuple(_sources(reader)),
        traces=traces,
        spans=spans,
        lines_read=read,
        lines_used=used,
        lines_without_trace=untraced,
        lines_rejected=sum(reasons.values()),
        rejected_by_reason=reasons,
        start_ns=start_ns,
        end_ns=end_ns,
        notes=tuple(_notes(reader)),
    )


def size_of(path: Path) -> int:
    """Bytes of the store and of what SQLite has not moved into it yet."""
    return sum(part.stat().st_size for part in (path, beside(path, "-wal")) if part.exists())


def _sources(reader: FragmentReader) -> Iterator[SourceStatus]:
    rows = reader.run(
        "SELECT s.path, s.committed, coalesce(c.lines, 0), coalesce(r.lines, 0), c.newest FROM source s"
        " LEFT JOIN (SELECT source_id, sum(lines) AS lines, max(max_ns) AS newest FROM chunk GROUP BY source_id) c"
        " ON c.source_id = s.id"
        " LEFT JOIN (SELECT source_id, sum(json_array_length(r.lines)) AS lines FROM rejected r JOIN chunk c ON c.id = r.chunk_id"
        " GROUP BY source_id) r ON r.source_id = s.id ORDER BY s.id"
    )
    yield from map(SourceStatus._make, rows)


def _notes(reader: FragmentReader) -> Iterator[str]:
    if traces := waiting(reader):
        yield f"the last ingest did not finish: {counted(traces, 'trace')} not in any list yet; ingest the same files again"
    gone = dict(dropped(reader))
    if gone.pop("sample", 0):
        yield f"{sample_text(reader)}; numbers are of what is kept"
    if gone:
        yield f"{counted(sum(gone.values()), 'trace')} gone, by the rules of preservation"


def waiting(reader: FragmentReader) -> int:
    """How many traces have rows that no assembly has seen."""
    return int(reader.run(_WAITING)[0][0])


Mark = tuple[int, int]
"""How far the assemblies of a store went: its last document, which is of a trace with this low half."""

NOTHING_YET: Mark = 0, 0


def mark(reader: FragmentReader) -> Mark:
    """The mark of now. Rows can't tell: those of a span that grows are made one, and their ids are given out again."""
    return next(iter(reader.run("SELECT id, low FROM document ORDER BY id DESC LIMIT 1")), NOTHING_YET)


def documents_at(reader: FragmentReader, earlier: Mark) -> int:
    """The last document at an earlier mark; 0 where documents were all made anew since, so that all traces count as new."""
    number, low = earlier
    return number if reader.run("SELECT low FROM document WHERE id = ?", (number,)) == [(low,)] else 0


def assembled_since(reader: FragmentReader, earlier: Mark) -> tuple[Mark, list[int]]:
    """The mark of now, and the low halves of the traces that were assembled since an earlier one (NOTHING_YET: all).

    Each assembly of a trace leaves a document.
    """
    known = documents_at(reader, earlier)
    found = reader.run("SELECT id, low FROM document WHERE id > ? ORDER BY id", (known,))
    now = found[-1] if found else earlier if known else NOTHING_YET
    return now, list({each: None for _, each in found})
