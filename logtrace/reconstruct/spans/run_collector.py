"""Collecting runs of lines by span, beside records.

Records that come as columns stay columns: a span is then a stretch of their positions, sorted by span id. What else
belongs to the same span, or shares its id, makes records of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN, TraceId
from logtrace.model import Record
from logtrace.reconstruct.spans.collector import Collector, Key
from logtrace.reconstruct.spans.fragments import Entry
from logtrace.reconstruct.spans.runs import Numbers, Run, joined


class Spans(NamedTuple):
    """Spans of which all lines came in runs.

    order         positions in the run, by span id, in the order of their places
    starts, ends  where in `order` the positions of each span id begin and end
    """

    order: Numbers
    starts: Numbers
    ends: Numbers


class RunCollector(Collector):
    """A Collector of runs as well."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[Run] = []
        self._chunk_of: list[Numbers] = []

    def add(self, records: Sequence[Record], chunk: int, lines: Sequence[int]) -> None:
        """Adds records, those without a trace left out; `lines` has the index of each one's line in the chunk."""
        super().add(records, chunk, lines)
        self.__dict__.pop("_spans", None)

    def add_run(self, run: Run, chunk: int) -> None:
        """Adds the records of a run, those without a trace left out."""
        run = run if run.traced.all() else run.only(run.traced)
        if len(run.indexes):
            self._runs.append(run)
            self._chunk_of.append(np.full(len(run.indexes), chunk, np.int64))
            for made in ("run", "chunks", "_spans"):
                self.__dict__.pop(made, None)

    @cached_property
    def run(self) -> Run | None:
        """All runs as one; None where there was none."""
        return joined(self._runs) if self._runs else None

    @cached_property
    def chunks(self) -> Numbers:
        """The chunk of each record of `run`."""
        return np.concatenate(self._chunk_of)

    def spans(self) -> Spans:
        """The span ids all of whose lines came in runs. The other groups: `unusual`.

        One span id mostly means one group; whoever finds lines of two traces or services among them: see `entries_of`.
        """
        return self._spans

    @cached_property
    def _spans(self) -> Spans:
        nothing = np.empty(0, np.int64)
        if self.run is None:
            return Spans(nothing, nothing, nothing)
        spans = self.run.spans
        mixed = {NO_SPAN, *(key[2] for key in self._entries)}
        pure = ~np.isin(spans, np.array(list(mixed), np.int64))
        order = np.flatnonzero(pure)
        order = order[np.argsort(spans[order], kind="stable")]
        if not len(order):
            return Spans(nothing, nothing, nothing)
        starts = np.flatnonzero(np.r_[True, np.diff(spans[order]) != 0])
        return Spans(order, starts, np.r_[starts[1:], len(order)])

    def groups(self) -> Iterator[list[Entry]]:
        """The records of each group, whether they came in runs or not."""
        order = self.spans().order.tolist()
        return chain(self.unusual(), self.entries_of(order) if order else ())

    def unusual(self) -> Iterator[list[Entry]]:
        """The records of all groups that `spans` leaves out."""
        groups = {key: list(entries) for key, entries in self._entries.items()}
        if self.run is not None:
            mixed = np.array([NO_SPAN, *{key[2] for key in self._entries}], np.int64)
            self._split(np.flatnonzero(np.isin(self.run.spans, mixed)), groups)
        yield from groups.values()

    def entries_of(self, positions: Sequence[int]) -> list[list[Entry]]:
        """The records at positions, by group."""
        groups: dict[Key, list[Entry]] = {}
        self._split(np.array(positions, np.int64), groups)
        return list(groups.values())

    def _split(self, positions: Numbers, groups: dict[Key, list[Entry]]) -> None:
        some = self.run.at(positions)  # type: ignore[union-attr]
        for record, chunk, index in zip(some.records(), self.chunks[positions].tolist(), some.indexes.tolist(), strict=True):
            key = (record.trace.low, record.trace.high, record.span, record.service)
            groups.setdefault(key, []).append((record, chunk, index))

    def opaque_traces(self) -> set[TraceId]:
        """The traces whose ids are not hexadecimal."""
        found = self.traces() | {TraceId(*halves, text) for run in self._runs for halves, text in run.opaque.items()}
        return {trace for trace in found if trace.text}
