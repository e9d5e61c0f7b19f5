from __future__ import annotations

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.reconstruct.decide import _lightest

WEIGHTS = st.integers(0, 40).map(lambda eighths: eighths / 8)
PAIR = ((-1, 3), (-1, 7), (3, 7), (7, 3))


@given(st.fixed_dictionaries({edge: st.tuples(WEIGHTS, st.integers(0, 99)) for edge in PAIR}))
def test_two_spans_in_a_circle_are_parted_as_the_arborescence_parts_them(edges):
    graph = networkx.DiGraph()
    graph.add_weighted_edges_from((above, below, weight) for (above, below), (weight, _) in edges.items())
    found = set(_lightest(edges, {3, 7}))
    assert {below for _, below in found} == {3, 7} != found
    assert networkx.is_arborescence(graph.edge_subgraph(found))
    assert sum(edges[edge][0] for edge in found) == networkx.minimum_spanning_arborescence(graph).size("weight")


def test_of_two_that_are_alike_the_earlier_stays_above():
    alike = {edge: (1.0 if edge[0] == -1 else 0.1 + 0.2, 0) for edge in PAIR}
    assert set(_lightest(alike, {7, 3})) == {(-1, 3), (3, 7)}
    assert set(_lightest({**alike, (7, 3): (0.3, 0)}, {3, 7})) == {(-1, 3), (3, 7)}, "what differs by rounding alone is alike"


@pytest.mark.parametrize(("named", "expected"), [((7, 3), {(-1, 7), (7, 3)}), ((3, 7), {(-1, 3), (3, 7)})])
def test_a_named_parent_stays(named, expected):
    free = named[0]
    edges = {named: (-1e6, -1), (-1, free): (9.0, -1), (named[1], free): (0.1, 5)}
    assert set(_lightest(edges, {3, 7})) == expected


def test_larger_circles_are_opened_where_it_costs_least():
    edges = {(-1, place): (5.0, -1) for place in (1, 2, 3)} | {(1, 2): (0.1, 0), (2, 3): (0.1, 1), (3, 1): (0.2, 2)}
    assert set(_lightest(edges, {1, 2, 3})) == {(-1, 1), (1, 2), (2, 3)}
