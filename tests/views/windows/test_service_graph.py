from __future__ import annotations

import re

import numpy as np

from logtrace.analysis.statistics.service_graph import ServiceGraph, service_graph
from logtrace.model import Trace
from logtrace.views.elements.glyphs import ASCII, UNICODE
from logtrace.views.windows.service_graph import dot, mermaid, service_graph_view
from tests.analysis.columns import columns_of
from tests.builders import span, throttled, trace
from tests.views.show import lines_of

EVIL = 'x"]; click s0 "javascript:1" %%\n<b>\\'


def graph_of(traces: list[Trace]) -> ServiceGraph:
    columns = columns_of(traces)
    return service_graph(columns, np.ones(len(columns), bool))


def evil():
    root = span("a", EVIL)
    return graph_of([trace(root, span("b", "db", parent=root))])


def test_the_tree_has_a_row_for_each_call():
    told = lines_of(service_graph_view(graph_of([throttled()]), ASCII), 60)
    assert told[1:] == ["    1   100 %  900ms  max of 1  edge-mcp", "    1   100 %  770ms  max of 1  `-- worker"]


def test_names_cannot_leave_their_place_in_mermaid_and_dot():
    drawn = mermaid(evil())
    assert drawn.count("\n") == 3
    assert not re.search(r"[\"<\\].*javascript", drawn.replace('["', "", 2))
    lines = dot(evil()).splitlines()
    assert len(lines) == 7
    assert all(re.fullmatch(r'[^"]*("(?:[^"\\]|\\.)*"[^"]*)*', line) for line in lines)


def test_a_circle_ends():
    root = span("a", "one")
    two = span("b", "two", parent=root)
    told = lines_of(service_graph_view(graph_of([trace(root, two, span("c", "one", parent=two))]), UNICODE), 80)
    assert told[-2].endswith("one (drawn above)")
    assert told[-1] == "circle    one → two → one"
