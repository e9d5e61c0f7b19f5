from __future__ import annotations

import marshal

from logtrace.ids import NO_SPAN
from logtrace.model import OBSERVED_SOURCES, UNKNOWN, Attribute, Evidence, Trace, plain_key
from tests.builders import MS, T0, TRACE_ID, log, slow_task, span, throttled, trace


def test_attributes_are_told_apart_by_key_and_text():
    one = Attribute("db.system", '"postgresql"')
    assert Attribute("db.system", '"postgresql"') == one
    assert Attribute("db.system", '"redis"') != one
    assert Attribute("retry", "1") != Attribute("retry", "true")
    assert marshal.loads(marshal.dumps(one.pair)) == one


def test_observed_sources_are_those_that_a_line_states():
    assert all(Evidence(source, 100).observed for source in OBSERVED_SOURCES)
    assert not any(Evidence(source, 60).observed for source in ("contain", "lines", "children", "remote"))
    assert not UNKNOWN.observed


def test_keys_of_all_spellings_are_one():
    assert {plain_key(key) for key in ("trace_id", "traceId", "trace.id", "TRACE-ID")} == {"traceid"}


def test_the_time_of_a_trace_covers_spans_and_lines():
    made = trace(span(at=0, ms=10), span(at=5, ms=20), lines=[log("late", at=40), log("untimed", at=None)])
    assert (made.start_ns, made.end_ns, made.duration_ns) == (T0, T0 + 40 * MS, 40 * MS)


def test_an_open_span_counts_by_its_start():
    assert trace(span(at=0, ms=10), span(at=30, ms=None)).duration_ns == 30 * MS


def test_a_trace_without_times_has_no_duration():
    made = trace(span(at=None, ms=None), lines=[log("Request processed", at=None)])
    assert (made.start_ns, made.end_ns, made.duration_ns) == (None, None, None)


def test_a_walk_goes_down_before_it_goes_on():
    assert [(depth, s.name) for depth, s in throttled().walk()] == [
        (0, "POST /api/v1/tasks"), (1, "CreateTask"), (1, "PublishToQueue"), (1, "ProcessTask"), (2, "FetchFromQueue"),
        (2, "ExecuteTask"), (3, "CallBedrock"), (3, "Retry"), (2, "PublishError"),
    ]  # fmt: skip


def test_a_walk_needs_no_recursion():
    chain = [span(key=1)]
    for key in range(2, 5000):
        chain.append(span(parent=chain[-1], key=key))
    assert [depth for depth, _ in Trace(TRACE_ID, tuple(chain)).walk()] == list(range(4999))


def test_all_roots_are_walked():
    a, b = span("a"), span("b", at=5)
    assert [s.name for _, s in trace(a, b, span("c", parent=b, at=6)).walk()] == ["a", "b", "c"]
    assert [root.parent_key for root in trace(a, b).roots] == [NO_SPAN, NO_SPAN]


def test_errors_services_and_inferred():
    root = span("root", "api")
    made = trace(root, span("a", "db", parent=root, at=1, error="x"), span("b", "db", parent=root, at=2, inferred=60, soft="y"))
    assert made.services == ["api", "db"]
    assert [s.name for s in made.errors] == ["a", "b"]
    assert [s.status for s in made.spans] == ["unset", "error", "unset"]
    assert [s.name for s in made.inferred] == ["b"]


def test_the_graph_is_the_tree():
    made = slow_task()
    graph = made.graph
    assert set(graph.nodes) == {s.span_id for s in made.spans}
    assert set(graph.edges) == {(s.parent_span_id, s.span_id) for s in made.spans if s.parent_span_id}
    assert graph.nodes[made.spans[0].span_id]["span"] is made.spans[0]
    assert {data["source"] for *_, data in graph.edges(data=True)} == {"explicit"}
    assert graph.graph["trace_id"] == TRACE_ID
