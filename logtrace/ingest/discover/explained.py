"""What is told about lines: their kinds, and what a configuration could add."""

from __future__ import annotations

from typing import NamedTuple

from logtrace.ids import TraceId
from logtrace.ingest.discover.kinds import Use
from logtrace.ingest.discover.proposal import Proposal


class Format(NamedTuple):
    """A format that is known. kind: own, json, text or envelope."""

    kind: str
    name: str
    about: str


class Counted(NamedTuple):
    """A use of a key (the first that was met), and on how many lines it is."""

    use: Use
    lines: int


class KindCount(NamedTuple):
    """Lines of one envelope and format: how many, the first of them, how many belong to a trace, how many tell when a
    span began or ended; uses: what keys became; attributes: keys that became nothing else; reasons of rejected ones."""

    envelopes: tuple[str, ...]
    format: str
    lines: int
    first: int
    traced: int
    spans: int
    uses: tuple[Counted, ...]
    attributes: tuple[str, ...]
    reasons: dict[str, int]


class FileKinds(NamedTuple):
    """What the first lines of a file are."""

    path: str
    lines: int
    kinds: tuple[KindCount, ...]


class Outcome(NamedTuple):
    """What lines give: how many belong to a trace, the ids of the traces, lines that tell a duration or an end, that name a
    parent, whose duration has a unit that is only assumed; traces of several spans of which just one is no child of another."""

    lines: int = 0
    traced: int = 0
    ids: frozenset[TraceId] = frozenset()
    spans: int = 0
    parents: int = 0
    assumed: int = 0
    trees: int = 0

    @property
    def traces(self) -> int:
        return len(self.ids)


class Suggestion(NamedTuple):
    """A proposal, and what the lines it is made from give without it and with it."""

    proposal: Proposal
    before: Outcome
    after: Outcome


class Explained(NamedTuple):
    """Files with the kinds of their lines, and what a configuration could add."""

    files: tuple[FileKinds, ...]
    suggestions: tuple[Suggestion, ...]
