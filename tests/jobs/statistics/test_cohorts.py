"""Populations of a store that is a sample: what was kept for a reason is not more frequent for that."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from logtrace import api
from logtrace.analysis.cohorts.measured import ERRORS
from logtrace.analysis.cohorts.windows import CohortComparison
from logtrace.analysis.preservation import Policy
from logtrace.store.search.populations import Population
from logtrace.units import NS
from tests.builders import T0
from tests.jobs.stores import append, line

MANY = 1_500


def requests(numbers: range, failing: float) -> list[str]:
    """One a second, of 20 ms and a little more or less."""
    drawn = random.Random(numbers.start)
    failed = {"status": "error", "error": "boom"}
    return [
        line(
            f"{number:032x}", f"{number:016x}", number * 1000, "done", operation="Load",
            duration_ms=20 * drawn.lognormvariate(0, 0.3), **(failed if drawn.random() < failing else {}),
        )
        for number in numbers
    ]  # fmt: skip


@pytest.fixture
def compared(tmp_path: Path):
    """Compares a first half, of which one quiet request in ten was kept, with a second."""

    def run(after: float, sampled_after: bool) -> CohortComparison:
        log, store = tmp_path / "a.log", tmp_path / "s.db"
        policy, now_ns = Policy(share=0.1, always=("error = true",)), time.time_ns() + NS["h"]
        append(log, requests(range(1, MANY), 0.04))
        api.ingest([str(log)], store)
        api.prune(store, policy=policy, now_ns=now_ns)
        append(log, requests(range(MANY, 2 * MANY), after))
        api.ingest([str(log)], store)
        if sampled_after:
            api.prune(store, policy=policy, now_ns=now_ns)
        with api.open(store) as opened:
            return opened.compare_deploy(T0 + (MANY - 1) * NS["s"], window_ns=2 * MANY * NS["s"])

    return run


def test_a_change_of_sampling_is_no_change_of_failures(compared):
    found = compared(0.04, sampled_after=False)
    assert [each.kind for each in found.findings if each.kind == ERRORS] == []
    assert any("the sides are no equal parts of it" in note for note in found.notes)


def test_more_failures_are_found_beside_a_sample_all_the_same(compared):
    found = compared(0.5, sampled_after=False)
    assert found.findings[0].kind == ERRORS
    assert found.findings[0].after == pytest.approx(0.5, abs=0.05)
    assert found.findings[0].before < 0.1


def test_two_sides_of_one_sample_stay_as_they_are(compared):
    found = compared(0.04, sampled_after=True)
    assert any(note.endswith("both sides are of what is kept") for note in found.notes)
    assert found.findings == ()


def test_what_stays_of_a_sample_is_drawn_by_weight():
    kept = Population(dict.fromkeys(range(-5_000, 5_000), False))
    thinned = kept.thinned(dict.fromkeys(range(5_000), 4.0))
    assert set(range(5_000)) <= thinned.lows.keys()
    assert sum(low < 0 for low in thinned.lows) == pytest.approx(1_250, abs=120)
    assert kept.thinned({}) == kept


def test_statistics_of_a_time_of_which_nothing_was_left_out_are_no_estimates(tmp_path: Path):
    log, store = tmp_path / "a.log", tmp_path / "s.db"
    append(log, requests(range(1, MANY), 0.04))
    api.ingest([str(log)], store)
    api.prune(store, policy=Policy(share=0.1, always=("error = true",)), now_ns=time.time_ns() + NS["h"])
    append(log, requests(range(9_400, 10_000), 0.04))
    api.ingest([str(log)], store)
    with api.open(store) as opened:
        whole = opened.stats(since_ns=T0 + 9_700 * NS["s"])
        far, near = opened.stats(since_ns=T0 + 5_500 * NS["s"]), opened.stats(since_ns=T0 + 2_000 * NS["s"])
    assert whole.operations[0].estimated is None
    assert whole.operations[0].trend is not None
    assert [note for note in whole.notes if "sample" in note] == []
    assert (far.operations[0].estimated, far.before_ns) == (None, None)
    assert any(note.endswith("the window before is of that, so there are no trends") for note in far.notes)
    assert near.operations[0].estimated is not None  # a request that was left out may have lasted until then
