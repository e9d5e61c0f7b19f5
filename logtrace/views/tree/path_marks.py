"""Which stretches of each row lie on the critical path."""

from __future__ import annotations

from collections.abc import Sequence

from logtrace.analysis.traces.critical_path import CriticalPath
from logtrace.analysis.traces.folding import Fold
from logtrace.model import Span, Trace
from logtrace.views.tree.rows import Row

Stretches = list[tuple[int, int]]


def path_marks(trace: Trace, rows: Sequence[Row], path: CriticalPath) -> dict[int, Stretches] | None:
    """Place of a row → its stretches on the path, by start; None where no path is known.

    The stretches of spans that are not drawn count for the nearest ancestor that is.
    """
    if not path.sections:
        return None
    places: dict[int, int] = {}
    for place, row in enumerate(rows):
        if isinstance(row.item, Span):
            places[row.item.key] = place
        elif isinstance(row.item, Fold):
            places.update(dict.fromkeys(row.item.keys, place))
    found: dict[int, Stretches] = {}
    for key, start_ns, end_ns in path.sections:
        place = _drawn(trace, key, places)
        if place >= 0:
            found.setdefault(place, []).append((start_ns, end_ns))
    return found


def _drawn(trace: Trace, key: int, places: dict[int, int]) -> int:
    """The place that stands for a span, -1 where none of its ancestors is drawn; what was climbed is kept in places."""
    climbed = []
    while key not in places and key in trace.by_key:
        climbed.append(key)
        key = trace.by_key[key].parent_key
    place = places.get(key, -1)
    places.update(dict.fromkeys(climbed, place))
    return place
