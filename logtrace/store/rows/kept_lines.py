"""The lines of many spans as their rows have them (see linerefs), from columns: packed where messages come again, else JSON."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import msgspec
import numpy as np

from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.reconstruct.spans.runs import NONE, Numbers, Truths
from logtrace.store.rows.linerefs import MOST_CHUNKS, MOST_NS
from logtrace.store.rows.packed_lines import Bodies, Lines

_AGAIN = 2
"""Messages that come so often on average have a number instead of standing in each row."""


def kept_lines(
    found: RunCollector, order: Numbers, bodies: Sequence[str], counts: Numbers, stated: Truths, messages: Bodies
) -> Sequence[bytes | str]:  # fmt: skip
    """The lines of each span.

    order: the positions of all lines, those of a span together, by time; bodies: their messages; counts: how many each span has;
    stated: of which spans the row tells elsewhere when the first line was, or that line has no time.
    """
    run = found.run
    assert run is not None
    if not len(order):
        return []
    ends = np.cumsum(counts)
    times, chunks = run.times[order], found.chunks[order]
    first_ns = times[ends - counts]
    since, untimed = times - np.repeat(first_ns, counts), times == NONE
    severities = list(map(_severity_of, map(run.templates.__getitem__, order.tolist())))
    if (
        len(set(bodies)) * _AGAIN <= len(bodies)
        and not untimed.any() and since.max() < MOST_NS and chunks.max() < MOST_CHUNKS
    ):  # fmt: skip
        columns = chunks, run.indexes[order], since, np.array(severities, np.int64), run.hashes[order]
        return Lines(*columns, messages.numbers(bodies, chunks)).packed(counts, first_ns, stated)
    offsets = [None if none else each for each, none in zip(since.tolist(), untimed.tolist(), strict=True)]
    lines = list(
        zip(chunks.tolist(), run.indexes[order].tolist(), offsets, severities, run.hashes[order].tolist(), bodies, strict=True)
    )
    spans = zip(first_ns.tolist(), stated.tolist(), (ends - counts).tolist(), ends.tolist(), strict=True)
    told = [lines[begin:end] if is_stated else [first, *lines[begin:end]] for first, is_stated, begin, end in spans]
    return _encode_lines(told).decode().split("\n")[:-1]


_severity_of = attrgetter("severity")
_encode_lines = msgspec.json.Encoder().encode_lines
