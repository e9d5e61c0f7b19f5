"""The records of a chunk on their way into the rows of a block: counted, and put together as columns where there are many."""

from __future__ import annotations

from itertools import compress
from operator import itemgetter, not_

from logtrace.ingest.records import Rejection
from logtrace.jobs.intake.careful import Careful
from logtrace.model import Record
from logtrace.reconstruct.spans.alike import Alike, has_columns
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.reconstruct.spans.runs import NONE, Run

_NEVER = 1 << 62
_MANY = 64
"""From so many records on it pays to make columns of them."""

Counts = tuple[int, int, int, int | None, int | None]


def collected(
    decoder: Careful, collector: RunCollector, alike: Alike, chunk: int, data: bytes
) -> tuple[Counts, dict[str, list[int]]]:  # fmt: skip
    """((lines, used, untraced, min_ns, max_ns), line indexes by reason) of a chunk; its records go to the collector."""
    used = untraced = rejected = 0
    low, high = _NEVER, 0
    reasons: dict[str, list[int]] = {}
    single: list[tuple[int, Record]] = []
    for batch in decoder.pieces(data):
        if isinstance(batch, Rejection):
            reasons.setdefault(batch.reason, []).extend(range(batch.at, batch.at + batch.parts))
            rejected += batch.parts
            continue
        if isinstance(batch, Run):
            collector.add_run(batch, chunk)
            found = int(batch.traced.sum())
            used, untraced = used + found, untraced + len(batch.indexes) - found
            times = batch.times[batch.times != NONE]
            if len(times):
                low, high = min(low, int(times.min())), max(high, int(times.max()))
            continue
        single += zip(batch.indexes, batch.records, strict=True)
        times = [record[4] for record in batch.records if record[4] is not None]
        if times:
            low, high = min([low, *times]), max([high, *times])
        lost = [position for position, record in enumerate(batch.records) if record[0] is None]
        untraced += sum(batch.parts[position] for position in lost)
        used += sum(batch.parts) - sum(batch.parts[position] for position in lost)
    _add(collector, alike, chunk, single)
    return (used + untraced + rejected, used, untraced, low if high else None, high or None), reasons


def _add(collector: RunCollector, alike: Alike, chunk: int, found: list[tuple[int, Record]]) -> None:
    """Records with the index of each one's line go to the collector, many as a run, in the order of their lines."""
    if len(found) >= _MANY:
        found.sort(key=itemgetter(0))
        plain = [has_columns(record) for _, record in found]
        if any(plain):
            indexes, records = zip(*compress(found, plain), strict=True)
            collector.add_run(alike.run(records, indexes), chunk)
            found = list(compress(found, map(not_, plain)))
    if found:
        indexes, records = zip(*found, strict=True)
        collector.add(records, chunk, indexes)
