from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.reconstruct.choice.decide import Chosen, _lightest, _with_room
from logtrace.reconstruct.evidence.priors import NOTHING
from logtrace.reconstruct.evidence.scorer import weigh
from logtrace.reconstruct.evidence.tables import Tables
from tests.reconstruct.evidence.test_scorer import forest

WEIGHTS = st.integers(0, 40).map(lambda eighths: eighths / 8)
PAIR = ((-1, 3), (-1, 7), (3, 7), (7, 3))
CIRCLE = {3: 7, 7: 3}


@st.composite
def _circles(draw):
    """(weights, cycle): the ways of a cycle and from -1, and any others between its members."""
    places = list(range(draw(st.integers(2, 5))))
    cycle = {place: places[place - 1] for place in places}
    ways = [(-1, place) for place in places] + [(above, place) for place, above in cycle.items()]
    others = [(above, place) for above in places for place in places if above not in (place, cycle[place])]
    ways += draw(st.lists(st.sampled_from(others), unique=True)) if others else []
    return {way: draw(WEIGHTS) for way in ways}, cycle


@given(_circles())
def test_a_circle_is_opened_as_the_arborescence_opens_it(circle):
    weights, cycle = circle
    graph = networkx.DiGraph()
    graph.add_weighted_edges_from((above, below, weight) for (above, below), weight in weights.items())
    found = set(_lightest(weights, cycle))
    assert sorted(below for _, below in found) == sorted(cycle)
    assert networkx.is_arborescence(graph.edge_subgraph(found))
    assert sum(weights[edge] for edge in found) == networkx.minimum_spanning_arborescence(graph).size("weight")


def test_of_two_that_are_alike_the_earlier_stays_above():
    alike = {edge: 1.0 if edge[0] == -1 else 0.1 + 0.2 for edge in PAIR}
    assert set(_lightest(alike, CIRCLE)) == {(-1, 3), (3, 7)}
    assert set(_lightest({**alike, (7, 3): 0.3}, CIRCLE)) == {(-1, 3), (3, 7)}, "what differs by rounding alone is alike"


@pytest.mark.parametrize(("named", "expected"), [((7, 3), {(-1, 7), (7, 3)}), ((3, 7), {(-1, 3), (3, 7)})])
def test_a_named_parent_stays(named, expected):
    free = named[0]
    assert set(_lightest({named: -1e6, (-1, free): 9.0, (named[1], free): 0.1}, CIRCLE)) == expected


def test_larger_circles_are_opened_where_it_costs_least():
    weights = {(-1, place): 5.0 for place in (1, 2, 3)} | {(1, 2): 0.1, (2, 3): 0.1, (3, 1): 0.2}
    assert set(_lightest(weights, {1: 3, 2: 1, 3: 2})) == {(-1, 1), (1, 2), (2, 3)}


@pytest.mark.parametrize(
    ("most", "other", "parents"), [(3, 0.4, [1, 1, 1]), (2, 0.4, [1, 2, 1]), (1, 0.4, [1, 2, 1]), (2, 0.29, [1, 1, 1])]
)
def test_of_more_calls_than_a_parent_ever_had_the_least_sure_move_where_there_is_room(
    most: int, other: float, parents: list[int]
):
    """Three writes seem to belong to the first of two reads; the second is the next best of each."""
    found = forest([(0, 0, 200), (1, 10, 150), (1, 12, 160), (2, 30, 40), (2, 50, 60), (2, 70, 80)])
    scored = weigh(found, Tables(NOTHING))
    sure = {3: 0.6, 4: 0.5, 5: 0.55}
    places = list(zip(scored.pairs.child.tolist(), scored.pairs.parent.tolist(), strict=True))
    share = np.array([sure.get(child, 0.9) if parent == 1 else other if parent == 2 else 0.1 for child, parent in places])
    scored = scored._replace(share=share, most=np.where(scored.pairs.parent > 0, most, 0.0))
    best = [places.index((child, 1)) for child in sure]
    chosen = Chosen(np.array([-1, -1, -1, 1, 1, 1]), np.array([0, 0, 0, *sure.values()]), np.array([-1, -1, -1, *best]))
    assert _with_room(found, scored, chosen).parent[3:].tolist() == parents
