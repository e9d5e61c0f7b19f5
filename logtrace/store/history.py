"""How long the operations of a store take: what a single span is measured against."""

from __future__ import annotations

from collections.abc import Iterable

from logtrace.store.reader import FragmentReader

_OBSERVED = 4  # the one bit that the numbers of field, duration and record share, and no other source of a time has
_CLOSED = f"duration_ns IS NOT NULL AND facts & {_OBSERVED << 20 | _OBSERVED << 24} = {_OBSERVED << 20 | _OBSERVED << 24}"
"""Spans whose both ends lines state (see rows.SOURCES). Index span_operation has all that is asked for here."""


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
