from __future__ import annotations

from logtrace.analysis.traces.bottlenecks import bottlenecks
from logtrace.analysis.traces.findings import findings
from logtrace.model import Flag, Trace
from logtrace.views.elements.glyphs import ASCII, UNICODE
from logtrace.views.requests.bottlenecks import bottlenecks_view
from logtrace.views.tree.bars import Axis, bar
from logtrace.views.tree.findings import finding_texts
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.waterfall import waterfall
from tests.builders import slow_task, span, trace
from tests.views.show import lines_of


def told(made: Trace) -> list[tuple[str, str]]:
    return list(finding_texts(findings(made), UNICODE))


def test_the_path_names_operations_and_counts_the_rest() -> None:
    assert told(slow_task()) == [
        ("path ━", "CreateTask 4.8s (92 %) · AuthorizeUser 200ms (4 %) · PublishToQueue 150ms (3 %) · 2 more 50ms (<1 %)"),
        ("shape", "sequential: POST /api/v1/tasks (100 % covered)"),
    ]


def test_like_calls_waiting_and_several_at_once() -> None:
    root = span("List", ms=1000)
    calls = [span("SELECT", "db", parent=root, at=60 * n, ms=59) for n in range(8)]
    late = span("Render", parent=root, at=900, ms=100)
    found = dict(told(trace(root, *calls, late, *(span("draw", parent=late, at=900, ms=90) for _ in range(3)))))
    assert found["path ━"].startswith("db: SELECT × 8 472ms (47 %) · edge-mcp: List 428ms")
    assert found["N+1"] == "SELECT × 8 one after the other in List: 472ms (47 % of it)"
    assert found["gap"] == "421ms (42 % of the trace) in edge-mcp: List between SELECT and Render"
    assert found["shape"] == "sequential: List (57 % covered)"
    side = span("All", ms=100)
    assert told(trace(side, *(span("call", parent=side, ms=90) for _ in range(3))))[1] == (
        "shape", "parallel: All (up to 3 at once, 90 % covered)",
    )  # fmt: skip


def test_a_root_with_one_child_is_told_as_such() -> None:
    root = span("root", ms=100)
    made = trace(root, span("child", parent=root, ms=40))
    assert dict(told(made))["shape"] == "single child: root (40 % covered)"
    view = bottlenecks_view(bottlenecks(made, {}), 5, (), UNICODE)
    assert any("single child: 60ms is its own, the rest that child's" in line for line in lines_of(view, 100))


def test_more_than_three_gaps_are_counted() -> None:
    root = span("root", ms=100)
    made = trace(root, *(span("call", parent=root, at=20 * n, ms=1) for n in range(5)))
    assert [text for label, text in told(made) if label == "gap"][-1] == "and 2 more"


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert told(trace(span("alone"))) == []
    assert told(Trace("x", ())) == []
    untimed = span("root", at=None, ms=None)
    assert told(trace(untimed, span("child", parent=untimed, at=None, ms=None))) == []
    going = span("root", flags=Flag.LOWER_BOUND)
    assert told(trace(going, span("c", parent=going, ms=5)))[0][1].startswith("at least ")
    root = span("root")
    assert told(trace(root, span("c", parent=root, inferred=90)))[0][1] == "c 10ms (100 %); rests on 1 inferred parent"
    assert told(trace(span("first"), span("second", at=20)))[0][1] == "of first: first 10ms (100 %)"


def test_bars_are_heavy_on_the_path() -> None:
    axis = Axis(0, 100, 10)
    assert bar(axis, 0, 100, True, UNICODE, [(25, 55)]) == "──╼━━━────"[:2] + "╼━━╾" + "────"
    assert bar(axis, 0, 100, True, UNICODE, []) == "──────────"
    assert bar(axis, 5, 25, True, UNICODE, []) == "╶─╴"
    assert bar(axis, 0, 100, True, ASCII, [(25, 55)]) == "--====----"
    assert bar(axis, 5, 8, True, ASCII, []) == "'"
    assert bar(axis, 0, 20, False, ASCII, []) == "--.."


def test_what_is_not_drawn_counts_for_the_ancestor_that_is() -> None:
    options = WaterfallOptions(depth=1)
    (line,) = [line for line in lines_of(waterfall(slow_task(), {}, options), 80) if line.startswith("edge-mcp")]
    assert set(line.split()[-1]) == {"━"}


def test_a_fold_is_heavy_where_its_spans_are() -> None:
    root = span("root", ms=10)
    made = trace(root, *(span("call", parent=root, at=n, ms=1) for n in range(6)))
    (line,) = [line for line in lines_of(waterfall(made), 80) if line.startswith("└── call × 6")]
    assert set(line.split()[-1]) <= set("━╸")


def test_self_times_have_a_column_where_there_is_room() -> None:
    assert not any(" self " in line for line in lines_of(waterfall(slow_task()), 99))
    lines = lines_of(waterfall(slow_task()), 100)
    assert any(" self " in line for line in lines)
    assert any("5.2s  0ns ✓" in line for line in lines)
