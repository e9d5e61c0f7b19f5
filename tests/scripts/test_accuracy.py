"""The generator is what it says, and the scores are right where the answer is known."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import accuracy
import numpy as np
import pytest
from bounds import _chances, _marginals, _Slot, most
from populations import NODE, Scenario, Twist, calls_nothing_slower, first_names, write
from scoring import Guess, score
from shapes import SHAPES, shape
from systems import KINDS, requests, system
from telling import Telling, log_lines

from logtrace import api


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_requests_and_lines(kind: str):
    first, again = (list(requests(system(kind, 5), 5, 5)) for _ in range(2))
    assert first == again
    assert log_lines(first, Telling("mixed", hidden=0.5, lost=0.1, doubled=0.1), 1) == log_lines(
        again, Telling("mixed", hidden=0.5, lost=0.1, doubled=0.1), 1
    )


@pytest.mark.parametrize("kind", KINDS)
def test_children_that_are_waited_for_lie_within_their_parents(kind: str):
    for trace in requests(system(kind, 1), 20, 1):
        by_id = {span.span_id: span for span in trace}
        for span in trace[1:]:
            parent = by_id[span.parent_span_id]
            assert parent.start_ns <= span.start_ns <= span.end_ns
            assert span.later or span.end_ns <= parent.end_ns


@pytest.mark.parametrize(("paths", "says"), [(["."], "--real: . is no file"), ([__file__], "--real: no logs")])
def test_real_logs_need_a_truth_file_and_logs(
    paths: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.argv", ["accuracy", "--seeds", "0", "--real", *paths])
    with pytest.raises(SystemExit):
        accuracy.main()
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("truth", "says"),
    [
        ("", "has no spans"),
        ("trace_id,span_id\n", ":1 is no JSON"),
        ("[1]\n", ":1 is no span of a truth file, but list"),
        ('{"traceID": "1"}\n', ":1 is no span of a truth file: no duration_ns, operation, parent_span_id, service, span_id,"),
    ],
)
def test_a_truth_file_of_another_kind_is_told_by_its_line(
    truth: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "truth.jsonl"
    path.write_text(truth)
    monkeypatch.setattr("sys.argv", ["accuracy", "--seeds", "0", "--real", str(path), str(tmp_path)])
    with pytest.raises(SystemExit):
        accuracy.main()
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_what_their_signs_say(name: str):
    made = shape(name)
    traces = list(requests(made, 60, 1))
    assert traces == list(requests(shape(name), 60, 1))
    spans = [(span, {one.span_id: one for one in trace}.get(span.parent_span_id)) for trace in traces for span in trace]
    below = [(child, parent) for child, parent in spans if parent is not None]
    assert all(parent.start_ns <= child.start_ns for child, parent in below)
    hurried = {operation.name for operation in made.operations if operation.hurried}
    outlived = {parent.operation for child, parent in below if child.end_ns > parent.end_ns and not child.later}
    assert outlived == hurried if name != "shop" else all(operation.startswith("Sent.") for operation in outlived)
    assert all((parent.kind == "client") == (child.kind == "server") for child, parent in below)
    met = {(span.service, span.operation) for span, _ in spans}
    assert met >= {(operation.service, operation.name) for operation in made.operations}, "every operation is called"


def test_signs_of_a_call():
    (create,) = [operation for operation in shape("orders").operations if operation.name == "Create"]
    assert [[call.alone for call in step] for step in create.steps] == [[False], [False], [False], [True]]
    (publish,) = [operation for operation in shape("orders").operations if operation.name == "publish order.created"]
    assert [[call.later for call in step] for step in publish.steps] == [[True, True]]
    (query,) = [operation for operation in shape("layers").operations if operation.name == "TravelController.query"]
    assert [[(call.client, call.times, call.chance) for call in step] for step in query.steps] == [
        [(False, (1, 1), 1.0)], [(True, (1, 4), 1.0)], [(True, (1, 1), 1.0)], [(True, (1, 1), 0.8)],
    ]  # fmt: skip


def test_marginals_are_those_of_all_permutations():
    likely = np.random.default_rng(1).random((4, 4))
    products = {order: np.prod([likely[row, column] for row, column in enumerate(order)]) for order in permutations(range(4))}
    found = _marginals(likely)
    for row, column in product(range(4), range(4)):
        share = sum(weight for order, weight in products.items() if order[row] == column) / sum(products.values())
        assert found[row, column] == pytest.approx(share)


def slot(span: str, since_us: int, sent_us: int, until_us: int | None = None) -> _Slot:
    until = None if until_us is None else until_us * 1000
    return _Slot(span, "a b", since_us * 1000, until, sent_us * 1000, sent_us * 1000, (100.0, 0.8, 0.0), 1)


def test_what_could_be_changed_over_is_as_sure_as_its_times_are_likely():
    assert _chances([slot("a", 0, 100)]) == [1.0]
    assert _chances([slot("a", 0, 100), slot("b", 0, 100)]) == pytest.approx([0.5, 0.5])
    assert _chances([slot("a", 0, 100), slot("a", 0, 100)]) == pytest.approx([1.0, 1.0]), "one span made both calls"
    assert _chances([slot("a", 0, 100), slot("b", 200, 300)]) == pytest.approx([1.0, 1.0]), "b had not begun"
    assert _chances([slot("a", 0, 100, 200), slot("b", 50, 400, 500)]) == pytest.approx([1.0, 1.0]), "a had ended"


def test_only_what_runs_side_by_side_is_in_doubt():
    assert most(system("serial", 0), 20, 0) == (1.0, 1.0)
    edges, sure = most(system("fan-out", 0), 20, 0)
    assert 0.6 < edges < 0.85
    assert sure < edges


def test_scores_of_a_tree_with_one_wrong_edge():
    truth = {("t", "a"): None, ("t", "b"): "a", ("t", "c"): "b", ("u", "a"): None}
    found = {
        ("t", "a"): Guess(None, 0, False), ("t", "b"): Guess("a", 100, False), ("t", "c"): Guess("a", 90, True),
        ("u", "a"): Guess(None, 0, False),
    }  # fmt: skip
    scored = score(truth, found)
    assert (scored.edges, scored.exact, scored.roots, scored.sure, scored.sure_right) == (0.75, 0.5, 1.0, 1.0, 0.0)
    assert scored.ancestors == pytest.approx(2 * 2 / 5)
    assert scored.error == pytest.approx(0.9)
    assert score(truth, {}).edges == 0


def test_populations_differ_by_what_was_put_in(tmp_path: Path):
    scenario = Scenario("some", 40, lambda _: Twist(place=10, slower=3, other=0.5), first_names((NODE,)))
    ((before, after, twist),) = write(tmp_path / "a.log", scenario, 1, 5)
    api.ingest([str(tmp_path / "a.log")], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        found = store.compare_populations(before, after)
    assert (found.before.requests, found.after.requests) == (40, 40)
    assert scenario.is_right(found, twist)
    assert not scenario.is_right(found, Twist(place=3))
    assert not calls_nothing_slower(found, twist)
