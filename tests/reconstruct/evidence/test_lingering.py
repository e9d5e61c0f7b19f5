"""Servers whose spans end when the caller has its answer already."""

from __future__ import annotations

import random

import numpy as np

from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.choice.plausible import plausibility, times_of
from logtrace.reconstruct.evidence.lingering import lingering
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.candidates import HELD, OUTLIVES, candidates, relations
from logtrace.reconstruct.forest.columns import Forest
from logtrace.reconstruct.learning.selftaught import taught
from tests.reconstruct.evidence.test_scorer import forest

OPERATIONS = [
    ("shop", "/buy", ""),
    ("shop", "Buy.run", ""),
    ("shop", "HTTP POST", ""),
    ("stock", "/take", ""),
    ("pay", "/pay", ""),
]
BUY, RUN, POST, TAKE, PAY = range(5)


def requests(late: int, many: int = 40) -> Forest:
    """Requests (0, and 1 within; in microseconds) that call two services, one after the other, each by a client span (2) of its
    own. Of every second call the span of the server (3, 4) ends up to so much after the client's."""
    rng, traces = random.Random(1), []
    for _ in range(many):
        spans, at = [], 2_000
        for server in (TAKE, PAY):
            begins, took = at + rng.randint(50, 400), rng.randint(800, 2_000)
            ends = begins + took + rng.choice((-rng.randint(20, 60), rng.randint(1, late)))
            spans += [(POST, at, begins + took), (server, begins, ends)]
            at = begins + took + rng.randint(30, 90)
        traces.append([(BUY, 0, at + 9_000), (RUN, 500, at + 8_000), *spans])
    found = forest(*traces)
    return found._replace(start=found.start // 1_000, end=found.end // 1_000, operations=OPERATIONS)


def pairs_of(found: Forest) -> set[tuple[int, int]]:
    """The pairs of operations that linger."""
    many = len(found.operations)
    return {(code // many, code % many) for code in lingering(found, candidates(found, every=True)).tolist()}


def test_servers_that_end_a_little_after_their_callers_linger() -> None:
    assert pairs_of(requests(late=250)) == {(POST, TAKE), (POST, PAY)}


def test_what_ends_anywhere_after_its_caller_does_not() -> None:
    assert pairs_of(requests(late=4_000)) == set()


def test_what_lingers_is_held_as_far_as_it_does() -> None:
    found = requests(late=250)
    child = (found.operation == TAKE).nonzero()[0]
    parent = child - 1
    assert OUTLIVES in relations(found, parent, child)
    lingers = found._replace(lingers=lingering(found, candidates(found, every=True)))
    assert set(relations(lingers, parent, child).tolist()) == {HELD}
    longer = lingers._replace(end=lingers.end + 3_000_000 * (found.operation == TAKE))
    assert OUTLIVES in relations(longer, parent, child)


def test_a_server_that_lingers_is_called_by_what_has_its_answer() -> None:
    found = requests(late=250)
    decision = decide(found, Tables(taught(found)))
    for server in (TAKE, PAY):
        assert set(found.operation[decision.parent[found.operation == server]].tolist()) == {POST}


def test_names_in_another_order_change_nothing() -> None:
    found = requests(late=250)
    found = found._replace(lingers=lingering(found, candidates(found, every=True)))
    named = found.by_name()
    many = len(OPERATIONS)
    told = {(named.operations[code // many], named.operations[code % many]) for code in named.lingers.tolist()}
    assert told == {(OPERATIONS[POST], OPERATIONS[TAKE]), (OPERATIONS[POST], OPERATIONS[PAY])}


def test_to_give_the_late_to_what_called_their_callers_makes_no_times_more_probable() -> None:
    found = requests(late=100)
    first = np.searchsorted(found.trace, found.trace)
    above = np.where(found.operation == BUY, -1, np.where(found.operation == RUN, first, first + 1))
    served = np.isin(found.operation, [TAKE, PAY])
    above[served] = np.flatnonzero(served) - 1
    late = served & (found.end > found.end[above])
    times = times_of(found, np.zeros(len(OPERATIONS), bool))
    moved = np.where(late, first + 1, above)
    assert plausibility(times, moved, [RUN, POST]) < plausibility(times, above, [RUN, POST])
