from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN, TraceId
from logtrace.reconstruct.spans.fragments import Fragment
from logtrace.reconstruct.spans.run_collector import RunCollector
from tests.reconstruct.runs import run_of
from tests.strategies import TRACE, record, records

OTHER = TraceId(TRACE.low, 0)
FOUND = [
    record(1),
    record(NO_SPAN),
    record(1, service="worker"),
    record(1, trace=OTHER),
    record(1, trace=None),
    record(1, body="x"),
]


def places(groups) -> dict[tuple[object, ...], list[tuple[int, int]]]:
    """The places of the lines of each group, by (trace, span, service)."""
    return {(group[0][0].trace, group[0][0].span, group[0][0].service): [(c, n) for _, c, n in group] for group in groups}


GROUPS = {
    (TRACE, 1, "api"): [(3, 0), (3, 5)],
    (TRACE, NO_SPAN, "api"): [(3, 1)],
    (TRACE, 1, "worker"): [(3, 2)],
    (OTHER, 1, "api"): [(3, 3)],
}


def test_records_are_grouped_by_trace_span_and_service():
    collector = RunCollector()
    collector.add(FOUND, 3, range(6))
    assert places(collector.unusual()) == GROUPS
    assert collector.run is None
    assert not len(collector.spans().order)


def test_columns_are_grouped_by_span_id_and_apart_where_asked():
    collector = RunCollector()
    collector.add_run(run_of(FOUND, range(6)), 3)
    order, starts, ends = (column.tolist() for column in collector.spans())
    assert (order, starts, ends) == ([0, 2, 3, 4], [0], [4]), "the line without a trace is left out"
    assert places(collector.unusual()) | places(collector.entries_of(order)) == GROUPS


def test_what_shares_a_span_id_with_a_record_becomes_records():
    collector = RunCollector()
    collector.add_run(run_of([record(1), record(2)], [0, 1]), 3)
    collector.add([record(1)], 3, [2])
    assert collector.spans().order.tolist() == [1]
    assert places(collector.unusual()) == {(TRACE, 1, "api"): [(3, 2), (3, 0)]}


def test_opaque_traces_are_told():
    opaque = TraceId(7, 8, "debug-1")
    collector = RunCollector()
    collector.add_run(run_of([record(1, trace=opaque), record(2)], [0, 1]), 3)
    collector.add([record(3, trace=TraceId(9, 9, "debug-2"))], 3, [2])
    assert {trace.text for trace in collector.opaque_traces()} == {"debug-1", "debug-2"}


lists = st.lists(records(st.integers(0, 3)).filter(lambda each: each.start_ns is None and each.end_ns is None), max_size=8)


@given(lists, st.data())
def test_columns_and_records_give_the_same_fragments(found, data):
    alone, mixed = RunCollector(), RunCollector()
    alone.add(found, 1, range(len(found)))
    for at, each in enumerate(found):
        if data.draw(st.booleans()):
            mixed.add_run(run_of([each], [at], data.draw(st.integers(0, 2))), 1)
        else:
            mixed.add([each], 1, [at])

    def key(fragment: Fragment) -> tuple[object, ...]:
        return fragment.trace, fragment.span, fragment.service

    assert sorted(mixed.fragments(), key=key) == sorted(alone.fragments(), key=key)
