"""What of a store stands for more than itself: a sample of quiet requests was kept, the others were left out."""

from __future__ import annotations

from logtrace.store.reading.reader import FragmentReader
from logtrace.units import NS, counted

_NEVER_NS = (1 << 63) - 1
_LONGEST_NS = NS["h"]
"""So long after its start a quiet request may still have had spans."""

_NEAR = """SELECT 1 FROM dropped WHERE why = 'sample' AND (first_ns IS NULL OR last_ns IS NULL
    OR first_ns < :until_ns AND last_ns >= :since_ns) LIMIT 1"""


def sample_text(reader: FragmentReader, since_ns: int | None = None, until_ns: int | None = None) -> str:
    """That a store is a sample, and of what; "" where it is none, or nothing was left out that may be of a window."""
    left_out = reader.run("SELECT sum(traces) FROM dropped WHERE why = 'sample'")[0][0]
    if not left_out or not _is_near(reader, since_ns, until_ns):
        return ""
    share = reader.run("SELECT min(share) FROM sampled WHERE share < 1")[0][0]
    told = f", about {share:.3g} of those are kept" if share is not None else ""
    return f"this store is a sample: {counted(left_out, 'quiet request')} left out{told}"


def _is_near(reader: FragmentReader, since_ns: int | None, until_ns: int | None) -> bool:
    low = -_NEVER_NS if since_ns is None else since_ns - _LONGEST_NS
    return bool(reader.run(_NEAR, {"since_ns": low, "until_ns": _NEVER_NS if until_ns is None else until_ns}))


def weights(reader: FragmentReader) -> dict[int, float]:
    """The low half of the id of each trace that stands for others → for how many."""
    return {low: 1 / share for low, share in reader.run("SELECT low, share FROM sampled WHERE share < 1")}
