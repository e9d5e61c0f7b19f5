"""The generator is what it says, and the scores are right where the answer is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from populations import NODE, Scenario, Twist, calls_nothing_slower, first_names, write
from scoring import Guess, score
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
