"""What of a store stands for more than itself: a sample of quiet requests was kept, the others were left out."""

from __future__ import annotations

from logtrace.store.reader import FragmentReader
from logtrace.units import counted


def sample_text(reader: FragmentReader) -> str:
    """That a store is a sample, and of what; "" where it is none."""
    left_out = reader.run("SELECT sum(traces) FROM dropped WHERE why = 'sample'")[0][0]
    if not left_out:
        return ""
    share = reader.run("SELECT min(share) FROM sampled WHERE share < 1")[0][0]
    told = f", about {share:.3g} of those are kept" if share is not None else ""
    return f"this store is a sample: {counted(left_out, 'quiet request')} left out{told}"


def weights(reader: FragmentReader) -> dict[int, float]:
    """The low half of the id of each trace that stands for others → for how many."""
    return {low: 1 / share for low, share in reader.run("SELECT low, share FROM sampled WHERE share < 1")}
