"""Parts of log as records: the values of their lines, column by column, as arrays where all have the usual form.

Each column is what the methods of Columns give: those are asked where a value has another form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from itertools import compress
from typing import Any, Literal

import numpy as np

from logtrace.ids import NO_SPAN, Ids, TraceId
from logtrace.ingest.columns.cells import duration_ns
from logtrace.ingest.columns.columns import Columns, span_of_line
from logtrace.ingest.columns.source import ABSENT, Around, Source
from logtrace.ingest.uniform.objects import Sign
from logtrace.ingest.uniform.parts import Kind, Part
from logtrace.ingest.vocabulary import arrays, text
from logtrace.ingest.vocabulary.aliases import ERRORS
from logtrace.ingest.vocabulary.levels import SPOKEN
from logtrace.model import Role
from logtrace.reconstruct.spans.runs import NO_FAILURE, NONE, Failure, Numbers, Run, Truths, numbers
from logtrace.units import decimal_or_none

_NO_TRACE = TraceId(0, 0)
_TOLD = 2_000


def _of_length(column: Sequence[Any], digits: int) -> tuple[Truths, Sequence[Any]]:
    """(which values are texts of so many characters, those values) of a column."""
    try:
        if set(map(len, column)) == {digits}:
            return np.ones(len(column), np.bool_), column
    except TypeError:  # numbers, nulls
        pass
    usual = np.array([value.__class__ is str and len(value) == digits for value in column], np.bool_)
    return usual, list(compress(column, usual))


def _made_spans(kinds: Sequence[Kind], hashes: Numbers, times: Numbers) -> list[int]:
    """The keys of spans that are made of a line each."""
    told = zip(kinds, hashes.tolist(), times.tolist(), strict=True)
    return [span_of_line(kind.record.service, text_hash, None if time == NONE else time) for kind, text_hash, time in told]


class Together:
    """Makes runs of parts. Remembers which durations messages tell."""

    def __init__(self, ids: Ids, zone: tzinfo) -> None:
        self._ids = ids
        self._zone = zone
        self._telling: dict[str, int | None] = {}

    def run(self, part: Part, around: Around, unit: str) -> tuple[Run | None, list[int]]:
        """(the records of lines, positions of those that are to be read the general way).

        unit: that of durations, as their key tells; "" where it does not.
        """
        found, kinds, bundles, loud = part.columns, part.kinds, part.bundles, set(part.loud)
        read = Columns(Source(self._settled(found), (), part.lines, "", ()), self._ids, self._zone, around.service)
        bodies = read.bodies()
        traced, lows, highs, opaque = self._traces(found.get("trace"), read)
        spans = self._spans(found.get("span"), read)
        told, parents = self._parents(found.get("parent"), read)
        if not traced.all():
            loud |= {at for at in np.flatnonzero(~traced).tolist() if "race" in bodies[at].lower()}
        durations, odd = self._durations(found.get("duration"), kinds, unit)
        loud |= odd
        places = self._may_tell(kinds, spans)
        if told_in := {at: took for at in places if (took := self._duration_in(bodies[at])) is not None}:
            durations[list(told_in)] = list(told_in.values())
            kinds = [(kind and kind.telling) or False if at in told_in else kind for at, kind in enumerate(kinds)]
            part = part._replace(kinds=kinds)
        if spoken := self._spoken(part, places, bodies):
            kinds = [kind.spoken(spoken[at]) if kind and at in spoken else kind for at, kind in enumerate(kinds)]
            part = part._replace(kinds=kinds)
        loud |= {at for at, kind in enumerate(kinds) if not kind}
        starts, ends = (self._times(concept, read) for concept in ("start", "end"))
        # a line with a duration, or with both bounds, is a span, whether it names one or not
        lasts = (durations != NONE) | ((starts != NONE) & (ends != NONE))
        alone = (spans == NO_SPAN) & lasts
        makers = {kind for kind in set(kinds) if kind and kind.makes_spans}
        making = np.array([kind in makers for kind in kinds], np.bool_) if makers else np.zeros(read.count, np.bool_)
        loud |= set(np.flatnonzero((alone & ~traced) | (alone != making)).tolist())
        for concept, bound in (("start", starts), ("end", ends)):
            if concept in found:  # what a field says that is no time does not count, and then others do
                missing = np.flatnonzero(bound == NONE).tolist()
                loud |= {at for at in missing if found[concept][at] not in (None, ABSENT)}
        hashes, times = np.frombuffer(part.hashes, ">u4")[1::2].astype(np.int64), self._times("time", read)
        if makers:
            own = [at for at in np.flatnonzero(making).tolist() if at not in loud]
            spans[own] = _made_spans([kinds[at] for at in own], hashes[own], times[own])  # type: ignore[misc]
        errors, failures = self._errors(part, bodies, read)
        run = Run(
            np.array(part.indexes, np.int64), kinds, bundles, traced, lows, highs, spans, told, parents,  # type: ignore[arg-type]
            times, durations, starts, ends, list(bodies), hashes, errors, failures, opaque,
        )  # fmt: skip
        if not loud:
            return run, []
        quiet = np.ones(read.count, np.bool_)
        quiet[list(loud)] = False
        return run.only(quiet) if quiet.any() else None, sorted(loud)

    def _traces(self, column: Sequence[Any] | None, read: Columns) -> tuple[Truths, Numbers, Numbers, dict[tuple[int, int], str]]:
        """(which lines name a trace, low and high halves of its id, texts of those that are not hexadecimal)."""
        if not column:
            return np.zeros(read.count, np.bool_), *np.zeros((2, read.count), np.int64), {}
        usual, some = _of_length(column, 32)
        halves = arrays.trace_halves(some)
        if halves is None:
            usual, halves = np.zeros(read.count, np.bool_), (np.empty(0, np.int64), np.empty(0, np.int64))
        elif usual.all():
            return usual, *halves, {}
        known = [trace or _NO_TRACE for trace in self._rest("trace", column, usual, read).traces()]
        traced, lows, highs = usual.copy(), *np.zeros((2, read.count), np.int64)
        lows[usual], highs[usual] = halves
        traced[~usual] = [trace is not _NO_TRACE for trace in known]
        lows[~usual], highs[~usual] = ([trace[half] for trace in known] for half in (0, 1))
        return traced, lows, highs, {(trace.low, trace.high): trace.text for trace in set(known) if trace.text}

    def _spans(self, column: Sequence[Any] | None, read: Columns) -> Numbers:
        if not column:
            return np.full(read.count, NO_SPAN, np.int64)
        usual, some = _of_length(column, 16)
        keys = arrays.span_keys(some)
        if keys is None:
            return np.array(read.spans("span", NO_SPAN), np.int64)
        if usual.all():
            return keys
        spans = np.empty(read.count, np.int64)
        spans[usual], spans[~usual] = keys, self._rest("span", column, usual, read).spans("span", NO_SPAN)
        return spans

    def _rest(self, concept: str, column: Sequence[Any], usual: Truths, read: Columns) -> Columns:
        """A column without its usual values."""
        rest = [None if value is ABSENT else value for value in compress(column, ~usual)]
        return self._columns({concept: rest}, read.service)

    def _parents(self, column: Sequence[Any] | None, read: Columns) -> tuple[Truths, Numbers]:
        """(which lines tell a parent, its key)."""
        if column is None:
            return np.zeros(read.count, np.bool_), np.zeros(read.count, np.int64)
        told = np.array([value is not ABSENT for value in column], np.bool_)
        found = arrays.span_keys([value for value in column if value is not ABSENT])
        parents = np.zeros(read.count, np.int64)
        if found is None:
            parents[:] = [parent or NO_SPAN for parent in read.parents()]
        else:
            parents[told] = found
        return told, parents

    def _errors(self, part: Part, bodies: Sequence[str], read: Columns) -> tuple[Numbers, list[Failure]]:
        """(the ErrorLevel, type and message) of lines."""
        levels, failures = np.zeros(read.count, np.int64), [NO_FAILURE] * read.count
        failing = [(at, told, kind) for at, told in part.failing if (kind := part.kinds[at])]
        if failing:
            places, told, kinds = zip(*failing, strict=True)
            columns = dict(zip(ERRORS, zip(*told, strict=True), strict=True))
            records = [kind.record for kind in kinds]
            found, types, messages = self._columns(columns, read.service).errors(
                [record.role for record in records], [record.severity for record in records], [bodies[at] for at in places]
            )
            levels[list(places)] = found
            for at, failure in zip(places, zip(types, messages, strict=True), strict=True):
                failures[at] = failure
        return levels, failures

    def _columns(self, concepts: Mapping[str, Sequence[Any]], service: tuple[str, int]) -> Columns:
        """What reads the values of some concepts, of which each is there for every line."""
        count = len(next(iter(concepts.values())))
        return Columns(Source(dict(concepts), (), (b"",) * count, "", ()), self._ids, self._zone, service)

    def _times(self, concept: str, read: Columns) -> Numbers:
        column = read.get(concept)
        if column is None:
            return np.full(read.count, NONE, np.int64)
        found = arrays.instants_in(column, self._zone)
        return numbers(read.instants(concept)) if found is None else found

    def _settled(self, found: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        """Columns with None for what a line does not have; of a parent, that stays told apart from null."""
        return {
            concept: column if concept == "parent" or ABSENT not in column else [None if v is ABSENT else v for v in column]
            for concept, column in found.items()
            if column
        }

    def _may_tell(self, kinds: list[Kind | Literal[False]], spans: Numbers) -> list[int]:
        """The positions of lines with a span whose messages may tell what no field does."""
        special = {kind for kind in set(kinds) if kind and kind.may_tell}
        if not special:
            return []
        named = (spans != NO_SPAN).tolist()
        return [at for at, kind in enumerate(kinds) if kind in special and named[at]]

    def _spoken(self, part: Part, places: Sequence[int], bodies: Sequence[str]) -> dict[int, int]:
        """The roles that whole messages tell, by the positions of the lines: those of points that have no event."""
        events = part.columns["event"]
        return {
            at: role
            for at in places
            if (role := SPOKEN.get(bodies[at])) is not None
            and (kind := part.kinds[at])
            and kind.record.role == Role.POINT
            and not (events and events[at] is not ABSENT)
            and not (isinstance(sign := part.bundles[at].sign, Sign) and sign.tells("event"))
        }

    def _duration_in(self, body: str) -> int | None:
        """The duration that the general way finds in a message."""
        if body not in self._telling:
            if len(self._telling) > _TOLD:
                self._telling.clear()
            self._telling[body] = text.duration_in(body) if "ms" in body or body[-1:] == "s" else None
        return self._telling[body]

    def _durations(self, column: Sequence[Any] | None, kinds: list[Kind | Literal[False]], unit: str) -> tuple[Numbers, set[int]]:
        """(durations, positions of those that only the general way can tell)."""
        if column is None:
            return np.full(len(kinds), NONE, np.int64), set()
        values = [None if value is ABSENT else value for value in column]
        if unit and (found := arrays.durations(values, unit)) is not None:
            return found, set()
        known = [
            None if value is None or not (told := unit or (kind and kind.unit)) else duration_ns(value, told)
            for value, kind in zip(values, kinds, strict=True)
        ]
        odd = {at for at, value in enumerate(values) if value is not None and known[at] is None}
        if not unit:  # a number that is a text has an assumed unit; one with its own has none
            odd |= {at for at, value in enumerate(values) if value.__class__ is str and decimal_or_none(value) is not None}
        return numbers(known), odd
