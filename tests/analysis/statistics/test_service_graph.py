from __future__ import annotations

import numpy as np

from logtrace.analysis.statistics.service_graph import ServiceGraph, service_graph
from logtrace.model import Flag, Trace
from tests.analysis.columns import columns_of
from tests.builders import MS, span, throttled, trace


def graph(*traces: Trace) -> ServiceGraph:
    columns = columns_of(traces)
    return service_graph(columns, np.ones(len(columns), bool))


def circle() -> Trace:
    root = span("a", "one", ms=50)
    second = span("b", "two", parent=root, ms=40, inferred=60)
    return trace(root, second, span("c", "one", parent=second, ms=30), span("inside", "two", parent=second, ms=1))


def test_calls_between_services_are_counted_and_those_inside_are_not():
    (edge,) = graph(throttled(), throttled()).edges
    assert (edge.caller, edge.callee, edge.calls, edge.errors, edge.inferred) == ("edge-mcp", "worker", 2, 2, 0)
    assert (edge.p50_ns, edge.p99_ns, edge.p99_is_max) == (770 * MS, 770 * MS, True)


def test_calls_of_unknown_length_are_counted_and_in_no_percentile():
    root = span("a", "one", ms=100, flags=Flag.OPEN)
    calls = [span("b", "two", parent=root, ms=ms, lower_bound=bound) for ms, bound in ((10, False), (900, True), (None, False))]
    found = graph(trace(root, *calls))
    (edge,) = found.edges
    assert (edge.calls, edge.samples, edge.p99_ns, found.unknown_lengths) == (3, 1, 10 * MS, 3)


def test_requests_that_begin_in_a_service_are_its_entries():
    found = graph(throttled(), circle())
    assert [(each.callee, each.calls, each.errors) for each in found.entries] == [("edge-mcp", 1, 1), ("one", 1, 0)]
    assert found.tops() == ["edge-mcp", "one"]


def test_a_service_that_is_called_and_begins_requests_is_drawn_for_both():
    assert graph(throttled(), trace(span("cron", "worker"))).tops() == ["edge-mcp", "worker"]


def test_circles_are_found_and_drawn_once():
    found = graph(circle())
    assert found.cycles == (("one", "two"),)
    assert found.tops() == ["one"]
    assert [each.inferred for each in found.edges] == [1, 0] or [each.inferred for each in found.edges] == [0, 1]


def test_callers_that_were_never_logged_are_told():
    lost = span("gone", "gateway")
    found = graph(trace(span("b", "two", parent=lost)))
    assert (found.edges, found.entries, found.not_logged) == ((), (), (("two", 1),))
    assert found.tops() == ["two"]


def test_no_spans_give_an_empty_graph():
    assert graph() == ServiceGraph((), (), (), ())
