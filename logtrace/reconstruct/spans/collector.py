"""Collecting the records of a block of lines by span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

from logtrace.ids import TraceId
from logtrace.model import Record
from logtrace.reconstruct.spans.fragments import Entry, Fragment, fragment_of_entries

Key = tuple[int, int, int, str]


class Collector:
    """Groups records: one group for each (trace, span id, service)."""

    def __init__(self) -> None:
        self._entries: dict[Key, list[Entry]] = {}

    def add(self, records: Sequence[Record], chunk: int, lines: Sequence[int]) -> None:
        """Adds records, those without a trace left out; `lines` has the index of each one's line in the chunk."""
        groups = self._entries
        for entry in zip(records, repeat(chunk), lines):
            record = entry[0]
            trace = record[0]
            if trace is not None:
                key = (trace[0], trace[1], record[1], record[8])
                known = groups.get(key)
                if known is None:
                    groups[key] = [entry]
                else:
                    known.append(entry)

    def groups(self) -> Iterator[list[Entry]]:
        """The records of each group."""
        return iter(self._entries.values())

    def traces(self) -> set[TraceId]:
        """The traces that records belong to."""
        return {entries[0][0].trace for entries in self._entries.values()}  # type: ignore[misc]

    def fragments(self) -> list[Fragment]:
        """The fragments of all groups."""
        return [fragment_of_entries(entries) for entries in self.groups()]
