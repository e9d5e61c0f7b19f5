"""Jaeger's own cases of clocks that differ (jaeger, adjuster/clockskew_test.go), and what a log adds to them."""

from __future__ import annotations

import pytest

from logtrace.exporters.adjust import adjusted_spans, adjusted_trace
from logtrace.exporters.clock_skew import seen_by_jaeger
from tests.builders import MS, T0, log, span, trace

SECOND = 1000 * MS
OFF = "clock skew adjustment disabled; not applying calculated delta of "
MORE = "max clock skew adjustment delta of 10ms exceeded; not applying calculated delta of "


def on(host: str, **given):
    return span(attributes={"host.ip": [host, "10.0.0.9"]}, **given)


@pytest.mark.parametrize(
    ("parent", "child", "most", "starts", "told"),
    [
        (("a", 0, 100), ("a", 10, 50), 0, 10, None),
        (("a", 10, 100), ("a", 0, 50), 1000, 0, None),  # the same host is never moved
        (("a", 10, 100), ("b", 20, 50), 1000, 20, None),
        (("a", 10, 100), ("b", 20, 150), 1000, 20, None),
        (("a", 10, 100), ("b", 0, 50), 10, 0, MORE + "35ms"),
        (("a", 10, 100), ("b", 80, 50), 10, 80, MORE + "-45ms"),
        (("a", 10, 100), ("b", 0, 50), 0, 0, OFF + "35ms"),
        (("a", 10, 100), ("b", 0, 50), 1000, 35, None),
        (("a", 10, 100), ("b", 0, 150), 1000, 10, None),
        (("a", 10, 100), ("b", 50, 70), 1000, 25, None),
    ],
)
def test_a_child(parent, child, most, starts, told):
    root = on(parent[0], at=parent[1], ms=parent[2])
    below = on(child[0], at=child[1], ms=child[2], parent=root)
    found = seen_by_jaeger(trace(root, below), most * MS)
    assert found.trace.by_key[below.key].start_ns == T0 + starts * MS
    assert found.told.get(below.key) == told
    assert found.told.get(root.key) is None


def test_events_and_what_runs_on_the_same_host_move_along():
    root = on("a", at=10, ms=100)
    event = {"name": "e", "time": str(T0 + 65 * MS), "attributes": {}}
    child = on("b", at=50, ms=70, parent=root)
    attributes = {"host.ip": ["b"], "events": [event]}
    grandchild = span(at=60, ms=20, parent=child, attributes=attributes, lines=[log("hello", 70)])
    made = adjusted_spans(trace(root, child, grandchild), SECOND)
    last = made[-1]["scopeSpans"][0]["spans"][-1]
    assert int(last["startTimeUnixNano"]) == T0 + 35 * MS
    assert [int(each["timeUnixNano"]) for each in last["events"]] == [T0 + 40 * MS, T0 + 45 * MS]
    warned = [pair["value"] for pair in last["attributes"] if pair["key"] == "@jaeger@warnings"]
    assert warned == [{"arrayValue": {"values": [{"stringValue": "This span's timestamps were adjusted by -25ms"}]}}]


def test_each_below_is_told_where_nothing_moves():
    root = on("a", at=10, ms=100)
    child = on("b", at=0, ms=50, parent=root)
    below = on("b", at=5, ms=10, parent=child)
    found = seen_by_jaeger(trace(root, child, below), 0)
    assert found.told == {child.key: OFF + "35ms", below.key: OFF + "35ms"}
    assert adjusted_trace(trace(root, child, below), 0).by_key[child.key].start_ns == child.start_ns
    assert adjusted_trace(trace(root, child, below), SECOND).by_key[child.key].start_ns == T0 + 35 * MS


def test_an_orphan_is_told():
    ghost = span(phantom=True, at=None, ms=None, key=0x63)
    orphan = span(parent=ghost)
    told = "parent span ID=0000000000000063 is not in the trace; skipping clock skew adjustment"
    assert seen_by_jaeger(trace(ghost, orphan), 0).told == {orphan.key: told}


def test_without_a_host_a_service_stands_for_it():
    root = span(service="a", at=10, ms=100)
    own, other = span(service="a", at=200, parent=root), span(service="b", at=0, ms=50, parent=root)
    assert seen_by_jaeger(trace(root, own, other), 0).told == {other.key: OFF + "35ms"}


def test_a_span_without_a_time_is_let_be():
    root = on("a", at=10, ms=100)
    assert seen_by_jaeger(trace(root, on("b", at=None, ms=None, parent=root)), SECOND).told == {}
