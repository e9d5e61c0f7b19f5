"""Why a span has the parent it has: all that could be its parent, with their scores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import orjson

from logtrace.ids import NO_SPAN
from logtrace.model import Span, Trace
from logtrace.reconstruct.choice.decide import above_of, best, rechosen
from logtrace.reconstruct.choice.pacing import paced
from logtrace.reconstruct.choice.rivals import blurred, rivalled
from logtrace.reconstruct.evidence.adrift import adrift, numbered_domains
from logtrace.reconstruct.evidence.kinds import SERVES
from logtrace.reconstruct.evidence.priors import Model
from logtrace.reconstruct.evidence.scorer import Scored, weigh
from logtrace.reconstruct.evidence.shared import TELLING, ids_of, numbered_ids
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.columns import UNKNOWN_PARENT, Spans, forest_of, grains
from logtrace.reconstruct.forest.peers import TOLD_KEYS, Numbered, numbered_peers
from logtrace.reconstruct.parents import PHANTOM
from logtrace.reconstruct.spans.clocks import HOST_KEYS, Clocks, domain_of
from logtrace.reconstruct.spans.naming import OperationKey

RELATIONS = ("holds it in time", "was running when it started, ended before it", "had ended when it started")


class Weighed(NamedTuple):
    """A span that could be the parent. share: 0 to 1; the scores (natural logarithms) add up to `score`.

    prior      what is known, or times show, of who calls this operation
    gate       whether such holding is by call or by accident; 0 where it does not hold it
    between    the tighter spans that hold it as well, and did not call it
    relation   the cost of outliving or following it, 0 or less
    shared     what ids that both carry add: of a thread, of a request or job
    peers      what it adds, or takes, that they tell of one another: whom one calls, who called the other
    room       what it gains or loses because a parent has only so many children of an operation
    """

    span: Span
    how: str
    share: float
    score: float
    prior: float
    gate: float
    between: float
    relation: float
    shared: float
    peers: float
    room: float


class Why(NamedTuple):
    """A span, its candidates from best to worst, and whether calls of its operation are known rather than seen.

    paced, weight    the parent by the paces of operations, where these had the last word between the candidates, and the share
                     (0 to 1) of the trees of the trace in which it is
    rivalled         whether another span within its parent, or beside it, could have called it as well
    blurred          whether whole milliseconds leave open which of two that look alike called it
    doubted          whether times leave in doubt what calls its operation
    adrift           whether clocks leave open which of those about as long called it
    asks             what its operation asks of its callers, see `kinds`; 0: nothing
    """

    span: Span
    candidates: tuple[Weighed, ...]
    known: bool
    paced: Span | None = None
    weight: float = 0.0
    rivalled: bool = False
    blurred: bool = False
    doubted: bool = False
    adrift: bool = False
    asks: int = 0


def why(trace: Trace, span: Span, model: Model) -> Why:
    """The candidates of one span, also where a line names its parent: then as if it did not."""
    timed = [one for one in trace.spans if one.start_ns is not None]
    if span not in timed:
        return Why(span, (), False)
    tables = Tables(model)
    told = told_of(timed)
    operations: dict[OperationKey, int] = {}
    numbers = [operations.setdefault(key, len(operations)) for key in told.operations]
    columns = _columns(timed, numbers, told.numbers, span, Clocks(model.clocks))
    forest, order = forest_of(columns, list(operations), told.peers)
    spans = [timed[at] for at in order.tolist()]
    place = spans.index(span)
    named = forest.named.copy()
    named[place] = UNKNOWN_PARENT
    forest = tables.as_known(forest._replace(named=named))
    scored = weigh(forest, tables)
    chosen = best(forest, scored)
    operation = tables.numbers(forest.operations)[forest.operation]
    known, by_pace, weight = tables.known[operation], None, 0.0
    if tables.paces:
        trees = paced(forest, scored, above_of(forest, chosen), tables.paces, known)
        chosen = rechosen(forest, scored, chosen, tables, tables.paces)
        if trees.open[place]:
            by_pace, weight = spans[trees.parent[place]], float(trees.share[place])
    above, untaught = above_of(forest, chosen), not known[place]
    blur = blurred(forest, scored, chosen.candidate, above)[place]
    doubts = rivalled(forest, scored, above)[place], blur, tables.doubted[operation[place]]
    asks = int(tables.asks[operation[place]]) % SERVES if untaught else 0
    rival, is_blurred, doubt = (bool(told and untaught) for told in doubts)
    loose = bool(adrift(forest, above, tables)[place])
    return Why(span, _weighed(scored, place, spans), not untaught, by_pace, weight, rival, is_blurred, doubt, loose, asks)


def told_of(spans: Sequence[Span]) -> Numbered:
    """What spans tell of the other ends of calls."""
    attributes = (_told(one, TOLD_KEYS | {*HOST_KEYS}) for one in spans)
    return numbered_peers(attributes, map(_operation, spans))


def _columns(timed: Sequence[Span], operations: Sequence[int], peers: Sequence[int], asked: Span, clocks: Clocks) -> Spans:
    """Spans as columns, with the parents that lines name, but for the one that is asked about."""
    start, end = np.array([_own_bounds(one) for one in timed], np.int64).T
    skew = np.array([one.skew_ns for one in timed], np.int64)
    open_end = np.array([not one.end.observed for one in timed], bool)
    thread, request = numbered_ids([ids_of(_told(one, TELLING), one.service) for one in timed])
    domains = [_domain(one) for one in timed]
    return Spans(
        trace=np.zeros(len(timed), np.int64),
        start=start,
        end=end,
        key=np.array([one.key for one in timed], np.int64),
        operation=np.array(operations, np.int64),
        parent=np.array([one.parent_key if one.parent.observed and one is not asked else NO_SPAN for one in timed], np.int64),
        root=np.array([one.parent.source == "root" and one is not asked for one in timed], bool),
        open_end=open_end,
        late=np.array([bool(one.error) and len(one.lines) == 1 and not one.start.observed for one in timed], bool),
        grain=grains(start - skew, end - skew, open_end),
        thread=thread,
        request=request,
        unsure=np.array([clocks.unsure_ns(domain) for domain in domains], np.int64),
        clock=numbered_domains(domains),
        peer=np.array(peers, np.int64),
    )


def _weighed(scored: Scored, place: int, spans: Sequence[Span]) -> tuple[Weighed, ...]:
    """The candidates of the span at a place, from best to worst."""
    found = [
        Weighed(
            spans[scored.pairs.parent[at]], RELATIONS[scored.pairs.relation[at]], float(scored.share[at]),
            float(scored.score[at]), float(scored.prior[at]),
            float(np.log(scored.gate[at])) if scored.pairs.relation[at] == 0 else 0.0,
            float(scored.between[at]), 0.0 - float(scored.cost[at]), float(scored.shared[at]),
            float(scored.peers[at]), float(scored.room[at]),
        )
        for at in np.flatnonzero(scored.pairs.child == place).tolist()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.share, -one.score, one.span.key)))


def _operation(span: Span) -> OperationKey:
    return PHANTOM if span.phantom else (span.service, span.name, span.kind)


def _told(span: Span, keys: Collection[str]) -> list[tuple[str, str]]:
    """The attributes of a span with these keys, the best first."""
    told = [(key, value) for key, value in span.attributes.items() if key in keys]
    told += [(key, value) for key, values in span.attribute_conflicts.items() if key in keys for value in values]
    return [(key, orjson.dumps(value).decode()) for key, value in told]


def _domain(span: Span) -> str:
    best = [(key, orjson.dumps(value).decode()) for key, value in span.attributes.items() if key in HOST_KEYS]
    return domain_of(best, span.service)


def _own_bounds(span: Span) -> tuple[int, int]:
    """Start and end by the common clock as the span's own lines tell them."""
    assert span.start_ns is not None
    times = sorted(_times(span))
    start, end = span.start_ns, span.end_ns if span.end_ns is not None else span.start_ns
    if span.start.source == "children" and times:
        start = times[0]
    if span.end.source == "children" and times:
        end = max(start, times[-1])
    return start + span.skew_ns, end + span.skew_ns


def _times(span: Span) -> Sequence[int]:
    return [line.time_ns for line in span.lines if line.time_ns is not None]
