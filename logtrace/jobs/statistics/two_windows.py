"""Two windows of a store's requests, named by one instant: around a deploy, or the end of the store and some time before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from logtrace.errors import NotFoundError
from logtrace.jobs.statistics.cohorts import Chosen
from logtrace.store.search.populations import start_times
from logtrace.units import MAX_NS, NS, counted, format_duration, format_instant

if TYPE_CHECKING:
    from logtrace.store.reading.reader import FragmentReader


class Bounds(NamedTuple):
    """When the first and the last request of a store start; outside: how many more do, far from all others."""

    first_ns: int
    last_ns: int
    outside: int


def bounds(reader: FragmentReader) -> Bounds:
    """From when to when requests start. Raises NotFoundError where none has a time."""
    import numpy as np

    from logtrace.analysis.statistics.far_out import far_out

    times = start_times(reader)
    if not times:
        raise NotFoundError("no request of this store has a time", "logtrace ingest PATH… reads logs into it")
    return Bounds(*far_out(np.array(times, np.int64)))


def around_deploy(reader: FragmentReader, at_ns: int, window_ns: int | None) -> tuple[Chosen, Chosen]:
    """What starts before and from an instant on, for as long on both sides: window_ns, or what there is after it."""
    last = bounds(reader).last_ns
    length = window_ns or max(0, last + 1 - at_ns)
    if length <= 0:
        raise NotFoundError(
            f"no request starts at or after {format_instant(at_ns)}", f"the last one did at {format_instant(last)}"
        )
    return Chosen(_known(at_ns - length), at_ns), Chosen(at_ns, _known(at_ns + length))


def ago(reader: FragmentReader, ago_ns: int, window_ns: int) -> tuple[Chosen, Chosen]:
    """The last window of the store, and the one that ended so long before. Now is when the last request starts: seconds ago
    where logs are followed, the end of what happened where they are old."""
    end = bounds(reader).last_ns + 1
    return Chosen(_known(end - ago_ns - window_ns), _known(end - ago_ns)), Chosen(end - window_ns, end)


def _known(ns: int) -> int:
    """The nearest instant that a store can hold."""
    return max(-MAX_NS, min(ns, MAX_NS))


def now_notes(reader: FragmentReader, window_ns: int, clock_ns: int | None = None) -> Iterator[str]:
    """Sentences about what `ago` takes for now. clock_ns: what the clock says; None: look."""
    found = bounds(reader)
    since = (time.time_ns() if clock_ns is None else clock_ns) - found.last_ns
    if window_ns < since < NS["d"]:
        yield f"the store ends {format_duration(since)} ago: what came since is in no window"
    if found.outside:
        yield (
            f"{counted(found.outside, 'request')} far from the others, which start up to"
            f" {format_instant(found.last_ns, digits=0)}: a clock that jumped? They are in no window"
        )
