"""Two populations of a store's requests, by windows or by expressions, compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from logtrace.errors import NotFoundError, UsageError
from logtrace.store.reading.arrays import Window, span_columns
from logtrace.store.reading.attribute_arrays import attribute_triples
from logtrace.store.reading.sample import sample_text, weights
from logtrace.store.reading.set_back import set_back
from logtrace.store.search.populations import Population, population_of, population_within, start_times
from logtrace.units import NS, counted, format_duration, format_instant

if TYPE_CHECKING:
    from logtrace.analysis.cohorts.windows import CohortComparison, Side
    from logtrace.store.reading.reader import FragmentReader

MOST = 5_000
"""So many requests of a side are compared; more say hardly more, and take longer."""

_EARLIER_NS, _LATER_NS = NS["h"], NS["d"]
_OTHER_TRAFFIC = 1.5
_OTHER_LOSS = 0.05
_OTHER_SAMPLE = 1.1


class Chosen(NamedTuple):
    """Which requests: those that start in a window, or those that an expression holds for."""

    since_ns: int | None = None
    until_ns: int | None = None
    expression: str = ""


def compare_populations(reader: FragmentReader, before: Chosen, after: Chosen) -> CohortComparison:
    """See Many.compare_populations."""
    import numpy as np

    from logtrace.analysis.cohorts.attributes import Carried
    from logtrace.analysis.cohorts.measured import Cohorts
    from logtrace.analysis.cohorts.windows import compare_cohorts, unknown_lengths
    from logtrace.jobs.statistics.clock_doubts import clock_doubts

    one, other = _population(reader, before), _population(reader, after)
    one, other, overlap = _apart(one, other)
    for population, chosen, name in ((one, before, "before"), (other, after, "after")):
        if not population.lows:
            raise _nothing(reader, chosen, name, bool(overlap))
    one, other, sampled = _of_one_sample(reader, one, other)
    drawn, drawn_other = one.drawn(MOST), other.drawn(MOST)
    is_after = {**dict.fromkeys(drawn, False), **dict.fromkeys(drawn_other, True)}
    spans = span_columns(reader, _window(before, after))
    spans = spans.where(np.isin(spans.trace, list(is_after)))
    cohorts, carried = Cohorts(spans, is_after), Carried(*attribute_triples(reader, spans.row))
    sides = _side(before, one, len(drawn)), _side(after, other, len(drawn_other))
    notes = (
        *_notes(*sides, overlap), *unknown_lengths(cohorts),
        *clock_doubts(spans, lambda: set_back(reader)), *([sampled] if sampled else []),
    )  # fmt: skip
    return compare_cohorts(*sides, cohorts, carried, _asked_keys(before, after), notes)


def _apart(one: Population, other: Population) -> tuple[Population, Population, str]:
    """Two populations without what both mean, and a sentence about that, "" where there is none. Where the one is a part of
    the other (a request that failed has spans that did not, too) it stays whole, and the other is the rest."""
    both = one.lows.keys() & other.lows.keys()
    if not both:
        return one, other, ""
    many, named = len(both), counted(len(both), "request")
    if many == len(other.lows) < len(one.lows):
        return one.without(both), other, f"before leaves out what after means too: {named}"
    if many == len(one.lows) < len(other.lows):
        return one, other.without(both), f"after leaves out what before means too: {named}"
    return one.without(both), other.without(both), f"left out, because both mean them: {named}"


def _of_one_sample(reader: FragmentReader, one: Population, other: Population) -> tuple[Population, Population, str]:
    """Two populations of which each request stands for as many as any other of its side, and a sentence about that, "" where
    the store is no sample. Where both are of one make (rules keep failures, a sample of the rest) they stay as they are."""
    sampled = sample_text(reader)
    if not sampled:
        return one, other, ""
    known = weights(reader)
    stands = [sum(known.get(low, 1.0) for low in each.lows) / max(1, len(each.lows)) for each in (one, other)]
    if max(stands) <= _OTHER_SAMPLE * min(stands):
        return one, other, f"{sampled}; both sides are of what is kept"
    thinned, thinned_other = one.thinned(known), other.thinned(known)
    left = len(one.lows) + len(other.lows) - len(thinned.lows) - len(thinned_other.lows)
    why = f"the sides are no equal parts of it, so {counted(left, 'request')} of kinds kept more often are left out at random"
    return thinned, thinned_other, f"{sampled}; {why}"


def _population(reader: FragmentReader, chosen: Chosen) -> Population:
    if not chosen.expression:
        return population_within(reader, chosen.since_ns, chosen.until_ns)
    from logtrace.query.grammar import parse

    return population_of(reader, parse(chosen.expression))


def _window(before: Chosen, after: Chosen) -> Window:
    """Where the spans of requests that start in two windows may start; no limit where one is chosen otherwise."""
    if before.expression or after.expression:
        return Window()
    starts = [each.since_ns for each in (before, after) if each.since_ns is not None]
    ends = [each.until_ns for each in (before, after) if each.until_ns is not None]
    whole = len(starts) == len(ends) == 2
    return Window(min(starts) - _EARLIER_NS, max(ends) + _LATER_NS) if whole else Window()


def _side(chosen: Chosen, population: Population, compared: int) -> Side:
    from logtrace.analysis.cohorts.windows import Side

    partial = sum(population.lows.values()) / len(population.lows)
    return Side(chosen.expression, chosen.since_ns, chosen.until_ns, len(population.lows), compared, partial)


def _asked_keys(*chosen: Chosen) -> frozenset[str]:
    """The plain keys of the attributes that populations were chosen by; cohorts.ERRORS where they were by failures."""
    from logtrace.analysis.cohorts.measured import ERRORS
    from logtrace.model import plain_key
    from logtrace.query.ast import Kind, leaves
    from logtrace.query.grammar import parse

    nodes = [node for each in chosen if each.expression and (node := parse(each.expression)) is not None]
    asked = [leaf for node in nodes for leaf in leaves(node)]
    keys = {plain_key(leaf.name) for leaf in asked if leaf.kind is Kind.ATTRIBUTE}
    return frozenset(keys | ({ERRORS} if any(leaf.kind is Kind.ERROR for leaf in asked) else set()))


def _nothing(reader: FragmentReader, chosen: Chosen, name: str, overlap: bool) -> NotFoundError | UsageError:
    if overlap:
        return UsageError("the same requests are before and after", "name two populations that do not overlap")
    if chosen.expression:
        return NotFoundError(f"no request is {name}: {chosen.expression!r} holds for none", "logtrace search tries expressions")
    times = start_times(reader)
    if not times:
        return NotFoundError("no request of this store has a time", "logtrace ingest PATH… reads logs into it")
    window = " to ".join(format_instant(at, digits=0) if at is not None else "…" for at in (chosen.since_ns, chosen.until_ns))
    bounds = f"{format_instant(min(times), digits=0)} to {format_instant(max(times), digits=0)}"
    return NotFoundError(f"no request starts in the window {name}, {window}", f"those of the store start from {bounds}")


def _notes(before: Side, after: Side, overlap: str) -> Iterator[str]:
    if overlap:
        yield overlap
    for side, name in ((before, "before"), (after, "after")):
        if side.compared < side.requests:
            yield f"of {counted(side.requests, 'request')} {name}, {side.compared:,} were drawn at random"
    if before.per_minute and after.per_minute:
        ratio = after.per_minute / before.per_minute
        if not 1 / _OTHER_TRAFFIC < ratio < _OTHER_TRAFFIC:
            yield (
                f"{before.per_minute:.3g} requests a minute before, {after.per_minute:.3g} after: other traffic or another"
                " sampling, logs alone can't tell which"
            )
    if abs(after.partial - before.partial) >= _OTHER_LOSS:
        yield (
            f"spans are missing from {before.partial:.0%} of the requests before and {after.partial:.0%} after: what seems"
            " not to be called may just not be logged"
        )
    if before.since_ns is not None and after.since_ns is not None and before.until_ns and after.until_ns:
        one, other = before.until_ns - before.since_ns, after.until_ns - after.since_ns
        if max(one, other) > 2 * min(one, other):
            yield f"the windows are {format_duration(one)} and {format_duration(other)} long"
