from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.statistics.path_times import PathTimes, WindowBottlenecks, window_bottlenecks
from logtrace.analysis.traces.critical_path import critical_path
from logtrace.model import Trace
from tests.analysis.columns import columns_of
from tests.analysis.traces.test_critical_path import traces
from tests.builders import MS, span, trace


def found(*made: Trace) -> WindowBottlenecks:
    columns = columns_of(made)
    walked = PathTimes(columns)
    roots = columns.roots.tolist()
    for root in roots:
        walked.add(root)
    return window_bottlenecks(columns, roots, {root: str(root) for root in roots}, walked, (None, None))


@given(st.lists(traces(), max_size=3))
def test_paths_are_those_of_single_requests_and_add_up(made: list[Trace]):
    single = [critical_path(each) for each in made if each.roots]
    together = found(*[each for each in made if each.roots])
    known = [path for path, each in zip(single, [t for t in made if t.roots], strict=True) if path.root is each.roots[0]]
    assert sum(each.path_ns for each in together.operations) == together.total_ns == sum(path.duration_ns for path in known)
    assert sum(each.path_ns for each in together.paths) == together.total_ns
    assert all(0 <= each.gain_ns <= each.path_ns for each in (*together.operations, *together.paths))


def test_what_ran_beside_the_path_would_be_waited_for_instead():
    root = span("root", ms=100)
    long, short = span("long", parent=root, at=10, ms=80), span("short", parent=root, at=10, ms=50)
    by_name = {each.operation.name: each for each in found(trace(root, long, short)).operations}
    assert (by_name["long"].path_ns, by_name["long"].gain_ns) == (80 * MS, 30 * MS)
    assert (by_name["root"].path_ns, by_name["root"].gain_ns) == (20 * MS, 20 * MS)
    assert "short" not in by_name


def test_paths_tell_one_call_from_another():
    def request(ms: int) -> Trace:
        root = span("root", ms=ms)
        inner = span("inner", parent=root, ms=ms - 10)
        return trace(root, inner, span("query", parent=inner, ms=ms - 20), span("query", parent=root, at=ms - 10, ms=10))

    together = found(request(100), request(300))
    paths = {
        (*(name for _, name in each.path), each.operation.name): (each.path_ns, each.requests, each.example)
        for each in together.paths
    }
    assert paths["root", "inner", "query"] == (360 * MS, 2, "4")
    assert paths["root", "query"] == (20 * MS, 2, "0")
    assert together.operations[0].share == 380 / 400


def test_requests_without_a_length_are_counted():
    together = found(trace(span("open", ms=None)), trace(span("done", ms=5)))
    assert (together.requests, together.without) == (1, 1)
