"""Objects that can't be read in columns as the lines of one layout are, many at once all the same: by their shapes, as runs.

What the general way does for each line by itself, from the bytes on, is behind them; only how their keys are read is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from logtrace.ids import Ids
from logtrace.ingest.columns.plans import Plans
from logtrace.ingest.objects.shapes import Shapes
from logtrace.reconstruct.spans.alike import Alike
from logtrace.reconstruct.spans.runs import Run


class Shaped:
    """Makes runs of objects. Remembers what their records have in common."""

    def __init__(self, plans: Plans, ids: Ids, zone: tzinfo) -> None:
        self._plans = plans
        self._ids = ids
        self._zone = zone
        self._alike = Alike()

    def run(self, objects: Sequence[dict[str, Any]], texts: Sequence[bytes], service: tuple[str, int]) -> Run | None:
        """The records of objects, by their positions, without those that tell of several things, or of a link; None where none
        is left. texts: the lines that the objects were; service: what counts where one tells none, with its rank."""
        shapes = Shapes(self._plans, self._ids, self._zone, service)
        for at, (record, text) in enumerate(zip(objects, texts, strict=True)):
            shapes.place(at, record, text, None, 1)
        made = [(at, record) for batch in shapes.batches(None) for at, record in zip(batch.indexes, batch.records, strict=True)]
        told = Counter([at for at, _ in made])
        plain = [(at, record) for at, record in made if told[at] == 1 and not record.links]
        if not plain:
            return None
        indexes, records = zip(*plain, strict=True)
        return self._alike.run(records, indexes)
