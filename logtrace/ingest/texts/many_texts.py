"""Texts under their envelopes, many at once: those of known formats, then those that begin alike. The others are left to the
general way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

import numpy as np

from logtrace.ids import Ids
from logtrace.ingest.columns.plans import Plans
from logtrace.ingest.columns.source import Around
from logtrace.ingest.texts.known_texts import KnownTexts
from logtrace.ingest.texts.plain_lines import plain_lines
from logtrace.ingest.texts.plain_text import Texts
from logtrace.ingest.texts.text_runs import TextRuns
from logtrace.reconstruct.spans.runs import Run


class ManyTexts:
    """Makes runs of texts. trace_key: the key that groups lines; it may stand anywhere in texts of no format."""

    def __init__(self, texts: Texts, plans: Plans, ids: Ids, zone: tzinfo, trace_key: str = "") -> None:
        self._known = KnownTexts(plans, ids, zone, trace_key)
        self._others = TextRuns(texts, zone) if not trace_key else None

    def read(self, texts: Sequence[bytes], around: Around) -> Iterator[Run]:
        """The records of those texts that can be read together, by their positions."""
        places, lines = plain_lines(texts)
        left = np.ones(len(lines), np.bool_)
        for run in self._known.read(lines, around):
            left[run.indexes] = False
            yield _at(run, places)
        others = np.flatnonzero(left).tolist()
        rest = self._others.read([lines[at] for at in others], around.service) if self._others and others else None
        if rest is not None:
            yield _at(_at(rest, others), places)


def _at(run: Run, places: Sequence[int]) -> Run:
    return run._replace(indexes=np.array(places, np.int64)[run.indexes])
