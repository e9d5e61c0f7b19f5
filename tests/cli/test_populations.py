"""`logtrace compare` of many requests: scenario 4 of the guide by its constructed truth, and what cannot be compared."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from logtrace.analysis.cohorts import significance
from logtrace.errors import UsageError
from logtrace.jobs.statistics.chosen import chosen
from logtrace.jobs.statistics.cohorts import Chosen
from tests.builders import T0
from tests.cli.conftest import FIXTURES, Call
from tests.jobs.stores import line, write

LEAK = FIXTURES / "leaking-cache" / "worker.log"
TRUTH: dict[str, Any] = json.loads((FIXTURES / "leaking-cache" / "expected.json").read_text(encoding="utf-8"))


def test_the_leak_is_the_first_finding(call: Call):
    told = json.loads(call("compare", "--ago", "1h", "--window", "10m", "--json", "--from", LEAK).out)
    assert [told[side]["requests"] for side in ("before", "after")] == TRUTH["requests"]
    first = told["findings"][0]
    assert (first["operation"], [first["before"] / 1e6, first["after"] / 1e6]) == (
        "LoadContext",
        TRUTH["medians_ms"]["LoadContext"],
    )
    assert first["interval"][0] < 15 < first["interval"][1]
    size = next(each for each in first["related"] if each["key"] == "context.size_bytes")
    assert [size["before"], size["after"]] == TRUTH["context.size_bytes"]
    assert size["interval"][0] < 50 < size["interval"][1]
    assert [each["operation"] for each in told["findings"][1:]] == ["ExecuteTask"]  # Cleanup did not change
    (hit,) = [each for each in told["values"] if each["key"] == "cache.hit"]
    assert (hit["value"], [hit["hits_before"], hit["hits_after"]]) == (False, TRUTH["cache.hit is false"])


def test_it_is_told_in_sentences(call: Call):
    told = " ".join(call("compare", "--deploy", "2024-01-11T14:00Z", "--window", "40m", "--from", LEAK).out.split())
    assert "1. worker: LoadContext takes 15 times as long: median 100ms → 1.5s (" in told
    assert "context.size_bytes grew 50×: median 10.5MB → 524MB (" in told
    assert "cache.hit = false: 32 % → 100 % of worker: ProcessTask" in told
    assert "with 31 and 31 requests" in told


def test_what_is_taken_for_now_is_told(call: Call):
    told = call("compare", "--ago", "1h", "--from", LEAK).out
    assert told.startswith("now       2024-01-11T14:37:30Z (UTC), when the last request of the store starts\n")
    assert json.loads(call("compare", "--ago", "1h", "--json", "--from", LEAK).out)["now"].startswith("2024-01-11T14:37:30")
    assert "now " not in call("compare", "--deploy", "2024-01-11T14:00Z", "--from", LEAK).out


def test_expressions_choose_as_windows_do(call: Call):
    windows = ("compare", "--before", "..2024-01-11T14:00Z", "--after", "2024-01-11T14:00Z..", "--json", "--from", LEAK)
    by_attribute = ("compare", "--before", "memory.gc_runs = 4", "--after", "memory.gc_runs = 0", "--json", "--from", LEAK)
    one, other = (json.loads(call(*words).out) for words in (windows, by_attribute))
    by_key = [{each["key"]: each["before"] for each in told["findings"][0].pop("related")} for told in (one, other)]
    assert by_key[0].pop("memory.gc_runs") == 4
    assert by_key[0] == by_key[1]
    for each in one["findings"] + other["findings"]:
        each.pop("q")  # which depends on how many tests there are
    assert one["findings"] == other["findings"]


def test_three_a_side_are_too_few(call: Call):
    told = call("compare", "--ago", "1h", "--from", FIXTURES / "growing-context" / "logs").out
    assert "fewer than 20 requests on a side: they may be chance" in told
    assert "nothing was tested" in told
    assert " 1.  " not in told


def test_without_scipy_medians_are_shown_and_nothing_is_called_sure(call: Call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(significance, "can_test", lambda: False)
    told = call("compare", "--ago", "1h", "--from", LEAK).out
    assert "median 100ms → 1.5s" in told
    assert "pip install 'logtrace[stats]'" in told


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--after", "2024-01-11..2024-01-12"], 2, "--before is missing"),
        (["--before", "2024-01-11..2024-01-12"], 2, "--after is missing"),
        (["--window", "1h"], 2, "--window names no window alone"),
        (["--ago", "1h", "--deploy", "2024-01-11"], 2, "three ways"),
        ([], 2, "there is nothing to compare"),
        (["@slowest", "--ago", "1h"], 2, "do not go together"),
        (["@slowest", "-n", "3"], 2, "--limit do not go together"),
        (["--ago", "1h", "--all"], 2, "--ago and --all do not go together"),
        (["--ago", "1h", "--window", "0s"], 2, "'0s' is no length"),
        (["--ago", "0s"], 2, "'0s' is no length"),
        (["--before", "2024-01-11..x", "--after", "a = 1"], 2, "'x' is no time"),
        (["--before", "2024-01-12..2024-01-11", "--after", "a = 1"], 2, "ends before it begins"),
        (["--before", "2024-01-11..2024-01-12", "--after", "2024-01-11..2024-01-12"], 2, "the same requests"),
        (["--before", "nope = 1", "--after", "2024-01-11..2024-01-12"], 5, "'nope = 1' holds for none"),
        (["--before", "2020-01-01..2020-01-02", "--after", "2024-01-11..2024-01-12"], 5, "in the window before, 2020"),
        (["--deploy", "2025-01-01"], 5, "no request starts at or after"),
        (["--before", "a =", "--after", "b = 1"], 2, "error"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_told(words: list[str], code: int, says: str, call: Call):
    told = call("compare", *words, "--from", LEAK, code=code)
    assert says in told.err
    assert "Traceback" not in told.err


def test_windows_and_expressions_are_told_apart():
    assert chosen("2024-01-10T14:30Z..2024-01-10T14:31Z", UTC) == Chosen(T0, T0 + 60 * 10**9)
    assert chosen("2024-01-10T14:30Z..", UTC) == Chosen(T0, None)
    assert chosen("path ~ '..'", UTC) == Chosen(expression="path ~ '..'")
    with pytest.raises(UsageError):
        chosen("..", UTC)


def test_other_traffic_and_lost_spans_are_noted(call: Call, tmp_path: Path):
    def lines(first: int, many: int, gap: float, **more: str) -> list[str]:
        return [
            line(f"{at:032x}", f"{at:016x}", 1000 * first + gap * at, "x", duration_ms=5, operation="Load", **more)
            for at in range(first, first + many)
        ]

    log = write(tmp_path / "a.log", lines(1, 30, 1000) + lines(7200, 120, 250, parent_span_id="ab" * 8))
    told = " ".join(call("compare", "--deploy", "2024-01-10T15:00Z", "--from", log).out.split())
    assert "other traffic or another sampling" in told
    assert "what seems not to be called may just not be logged" in told


def test_failures_are_no_finding_among_those_chosen_by_them(call: Call, tmp_path: Path):
    failed: tuple[dict[str, str], ...] = ({"region": "us", "error": "boom"}, {"region": "eu"}, {"region": "eu"})
    lines = [
        line(f"{at:032x}", f"{at:016x}", 100 * at, "x", duration_ms=5, operation="Load", **failed[at % 3]) for at in range(1, 121)
    ]
    log = write(tmp_path / "a.log", lines)
    told = json.loads(call("compare", "--before", "not error", "--after", "error", "--json", "--from", log).out)
    assert told["findings"] == []
    assert [(each["key"], each["value"]) for each in told["values"]] == [("region", "us")]


def test_those_that_failed_are_compared_with_the_rest(call: Call):
    """Requests that failed have spans that did not fail, too: what is after is no part of what is before."""
    logs = [FIXTURES / story / "logs" for story in ("throttled-task", "slow-create-task")]
    told = call("compare", "--before", "error = false", "--after", "error = true", "--from", *logs)
    assert "before leaves out what after means too: 1 request" in told.out
    assert "after     error = true: 1 request\n" in told.out


def test_a_window_with_one_end_has_a_head(call: Call):
    told = call("compare", "--before", "..2024-01-11T14:00Z", "--after", "2024-01-11T14:00Z..", "--from", LEAK)
    assert "before    up to 2024-01-11T14:00:00Z (UTC): 31 requests" in told.out
    assert "after     from 2024-01-11T14:00:00Z (UTC) on: 31 requests" in told.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("compare --deploy 1824-01-01T00:00Z", 5),
        ("stats --since 1824-01-01 --until 2115-01-01", 0),
        ("compare --ago 53000d --window 53000d", 5),
    ],
)
def test_windows_that_would_begin_before_all_time_begin_with_it(words: str, code: int, ask: Call):
    assert "mistake" not in ask(*words.split(), code=code).err
