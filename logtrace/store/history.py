"""How long the operations of a store take: what a single span is measured against."""

from __future__ import annotations

from collections.abc import Iterable

from logtrace.store.reader import FragmentReader
from logtrace.store.rows import SOURCES

_OBSERVED = ", ".join(str(SOURCES.index(name)) for name in ("field", "duration", "record"))
_CLOSED = f"duration_ns IS NOT NULL AND (facts >> 20 & 15) IN ({_OBSERVED}) AND (facts >> 24 & 15) IN ({_OBSERVED})"
"""Spans whose both ends lines state. Index span_operation has all that is asked for here."""


def history(reader: FragmentReader, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """(service, operation) → (samples, their 99th percentile in ns) of closed spans; pairs without any are left out.

    The percentile is the smallest duration that at least 99 % of the samples do not exceed.
    """
    found = {}
    for service, name in dict.fromkeys(pairs):
        ids = [i for (i,) in reader.run("SELECT id FROM operation WHERE service = ? AND name = ?", (service, name))]
        samples = _samples(reader, ids)
        if samples:
            found[service, name] = samples, _from_top(reader, ids, samples // 100)
    return found


def _samples(reader: FragmentReader, ids: list[int]) -> int:
    return sum(reader.run(f"SELECT count(*) FROM span WHERE operation_id = ? AND {_CLOSED}", (i,))[0][0] for i in ids)


def _from_top(reader: FragmentReader, ids: list[int], skipped: int) -> int:
    """The duration with exactly so many samples before it, longest first."""
    sql = f"SELECT duration_ns FROM span WHERE operation_id = ? AND {_CLOSED} ORDER BY duration_ns DESC LIMIT ?"
    longest = [duration_ns for i in ids for (duration_ns,) in reader.run(sql, (i, skipped + 1))]
    return int(sorted(longest, reverse=True)[skipped])
