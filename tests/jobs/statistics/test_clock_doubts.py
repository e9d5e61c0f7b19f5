"""Clocks that were set while logs were written: what every view of a time says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from make_logs import tell_even, write_logs

from logtrace import api
from logtrace.jobs.statistics.two_windows import now_notes
from logtrace.jobs.verbs.store import Store
from logtrace.store.reading.set_back import set_back
from logtrace.units import NS
from tests.builders import T0
from tests.jobs.stores import line, write

HOUR_MS, STEP_MS = 3_600_000, 10_000
Open = Callable[[Iterable[str]], Store]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """A store of some lines, in one file."""
    stores: list[Store] = []

    def of(lines: Iterable[str]) -> Store:
        api.ingest([str(write(tmp_path / "a.log", lines))], tmp_path / "s.db")
        stores.append(api.open(tmp_path / "s.db"))
        return stores[-1]

    yield of
    for store in stores:
        store.close()


def request(number: int, at_ms: float, took_ms: float = 5) -> str:
    """A request that is logged when it is over."""
    return line(f"{number:032x}", f"{number:016x}", at_ms, "done", duration_ms=took_ms, operation="Load")


def moved(by_ms: int, many: int = 100) -> list[str]:
    """Requests every ten seconds; half way the clock is set."""
    return [request(number, number * STEP_MS + (by_ms if number > many // 2 else 0)) for number in range(1, many + 1)]


def in_flight(by_ms: int) -> list[str]:
    """Requests of 25 seconds every ten, told by a line at each end; half way the clock is set."""
    ends = sorted((number * STEP_MS + after, number) for number in range(1, 101) for after in (0, 25_000))
    at = {end: end[0] + (by_ms if end[0] > 50 * STEP_MS else 0) for end in ends}
    kinds = {end: "span_end" if (end[0] - 25_000, end[1]) in at else "span_start" for end in ends}
    return [line(f"{end[1]:032x}", f"{end[1]:016x}", at[end], "x", event=kinds[end], operation="Load") for end in ends]


VIEWS: tuple[Callable[[Store], tuple[str, ...]], ...] = (
    lambda store: store.stats().notes,
    lambda store: store.heatmap().notes,
    lambda store: store.bottlenecks().notes,
    lambda store: store.service_graph().notes,
    lambda store: store.series().notes,
    lambda store: store.compare_deploy(T0 + 10 * STEP_MS * 10**6).notes,
)
IDS = ("stats", "heatmap", "bottlenecks", "services", "series", "compare")


@pytest.mark.parametrize("notes", VIEWS, ids=IDS)
def test_times_that_go_back_are_told_once_with_their_line(notes, opened: Open):
    told = [note for note in notes(opened(moved(-2 * HOUR_MS))) if "go back" in note]
    assert len(told) == 1
    assert "times go back by 1h59m at" in told[0] and "a.log:51, from" in told[0]


@pytest.mark.parametrize("notes", VIEWS, ids=IDS)
def test_nothing_is_said_of_clocks_that_go_on(notes, opened: Open):
    told = " ".join(notes(opened(moved(0))))
    assert not any(word in told for word in ("go back", "jumped", "set meanwhile", "set forward", "no span starts"))


@pytest.mark.parametrize("notes", VIEWS, ids=IDS)
def test_spans_over_a_clock_that_is_set_are_told(notes, opened: Open):
    assert any("2 spans last over a time in which none starts, 2h" in note for note in notes(opened(in_flight(2 * HOUR_MS))))


def test_spans_that_end_before_they_start_are_told(opened: Open):
    told = opened(in_flight(-2 * HOUR_MS)).stats()
    assert told.notes[0].startswith("3 spans that would end before the start, or last more than a day")
    assert told.spans - told.samples == 3


def test_times_to_and_fro_are_counted(opened: Open):
    lines = [request(number, number * STEP_MS - (2 * HOUR_MS if number % 2 else 0)) for number in range(1, 101)]
    assert "and 48 times more by less" in opened(lines).stats().notes[0]


def test_a_window_beside_what_went_back_says_nothing_of_it(opened: Open):
    store = opened([*moved(-2 * HOUR_MS), *(request(number, number * STEP_MS + 9 * HOUR_MS) for number in range(200, 300))])
    assert len(set_back(store.reader)) == 1
    assert not store.heatmap(since_ns=T0 + 9 * NS["h"]).notes


def test_a_little_disorder_is_none(opened: Open):
    lines = [request(number, number * STEP_MS - (20 * 60_000 if number % 2 else 0)) for number in range(1, 101)]
    assert set_back(opened(lines).reader) == []


def test_packed_lines_tell_it_too(tmp_path: Path, opened: Open):
    parts = []
    for seed, hour in ((3, "T16:"), (4, "T14:")):
        write_logs(tmp_path / str(seed), 8_000, seed, tell_even)
        parts.append((tmp_path / str(seed) / "edge-mcp.log").read_text().replace("T14:", hour).splitlines())
    store = opened([*parts[0], *parts[1]])
    assert store.reader.run("SELECT count(*) > 100 FROM span WHERE typeof(lines) = 'blob'") == [(1,)]
    (found,) = set_back(store.reader)
    assert found.line == len(parts[0]) + 1


def test_records_of_one_line_have_no_order(opened: Open):
    batches = [",".join(request(at, at * HOUR_MS) for at in range(last, last - 20, -1)) for last in (20, 40, 60)]
    store = opened([f"[{batch}]" for batch in batches])
    assert (store.stats().spans, set_back(store.reader)) == (60, [])


def test_rates_of_a_time_that_is_mostly_empty_are_told_as_such(opened: Open):
    told = opened(moved(2 * HOUR_MS)).stats().notes
    assert [note for note in told if note.startswith("no span starts for 2h00m") and "rates are of all the time" in note]


@pytest.mark.slow
def test_now_is_the_end_of_the_store_without_what_is_far_from_all_else(opened: Open):
    store = opened([*(request(number, number * STEP_MS) for number in range(1, 301)), request(999, 24 * 400 * HOUR_MS)])
    found = store.compare_ago(30 * NS["m"], window_ns=10 * NS["m"])
    assert found.now_ns == T0 + 3_000 * NS["s"] - 5 * 10**6 + 1
    assert (found.before.requests, found.after.requests) == (60, 60)
    assert "1 request far from the others" in found.notes[0]


def test_a_store_that_is_not_up_to_date_is_told(opened: Open):
    store = opened(moved(0))
    last_ns, window_ns = T0 + 1_000 * NS["s"], 10 * NS["m"]
    told = [list(now_notes(store.reader, window_ns, last_ns + after)) for after in (NS["m"], 3 * NS["h"], 30 * NS["d"])]
    assert told == [[], ["the store ends 3h00m ago: what came since is in no window"], []]
