"""Clocks that differ are found from calls, and nothing is moved where they agree."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from scoring import score
from shapes import SHAPES, shape
from systems import requests, system
from telling import Telling, log_lines, write_logs

from logtrace import api
from logtrace.jobs.assembly.timekeeping import synchronised
from logtrace.reconstruct.forest.columns import Spans
from logtrace.reconstruct.skew.offsets import SLACK_NS
from tests.jobs.stores import views

MS = 1_000_000


def skewed(kind: str, seed: int) -> tuple[list, dict[str, int]]:
    traces = list(requests(shape(kind) if kind in SHAPES else system(kind, seed), 100, seed))
    rng = random.Random(seed)
    return traces, {service: int(rng.gauss(0, 20 * MS)) for service in sorted({s.service for t in traces for s in t})}


def ingested(folder: Path, traces, telling: Telling) -> Path:
    logs = write_logs(folder / "logs", log_lines(traces, telling, 0))
    api.ingest([str(path) for path in logs], folder / "s.db")
    return folder / "s.db"


def errors_ms(store: Path, offsets: dict[str, int]) -> list[float]:
    with api.open(store) as opened:
        clocks = opened.clocks()
    return [abs(clock.shift_ns(0) - (offsets[clock.reference] - offsets[clock.domain])) / MS for clock in clocks]


@pytest.mark.parametrize(("kind", "seed"), [("serial", 2), ("parallel", 2), ("mixed", 0), ("social", 1), ("shop", 0)])
def test_offsets_are_found_from_named_parents(tmp_path: Path, kind: str, seed: int):
    traces, offsets = skewed(kind, seed)
    found = errors_ms(ingested(tmp_path, traces, Telling("pairs", hidden=0.0, offsets_ns=offsets)), offsets)
    assert len(found) >= len(offsets) - 2, "all but those that may agree with another as they are"
    assert median(found) < 0.5


@pytest.mark.slow
def test_calls_that_nobody_waits_for_do_not_drag_them(tmp_path: Path):
    for kind in ("async", "mixed", "serial", "orders", "social", "express"):
        traces, _ = skewed(kind, 0)
        folder = tmp_path / kind
        folder.mkdir()
        with api.open(ingested(folder, traces, Telling("complete", hidden=0.0))) as store:
            assert store.clocks() == ()


def test_work_that_all_waits_in_one_queue_does_not_drag_them_either(tmp_path: Path):
    """Each child begins long after its parent ended, ever later, and all take equally long."""
    lines = [
        {"time": 1_704_900_000_000 + n + 500, "service": f"svc{n % 7}", "trace_id": "f" * 31 + "1", "span_id": f"{n + 1:016x}",
         "parent_span_id": f"{(n - 1) // 7 + 1:016x}" if n else "", "operation": f"op{n % 11}", "duration_ms": 500}
        for n in range(5_000)
    ]  # fmt: skip
    (tmp_path / "a.log").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    api.ingest([str(tmp_path / "a.log")], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        assert store.clocks() == ()


@pytest.mark.parametrize(("kind", "seed"), [("mixed", 0), ("shop", 0)])
def test_offsets_are_as_sure_as_is_said_of_them(tmp_path: Path, kind: str, seed: int):
    traces, offsets = skewed(kind, seed)
    with api.open(ingested(tmp_path, traces, Telling("pairs", hidden=0.0, offsets_ns=offsets))) as store:
        found = [(clock, offsets[clock.reference] - offsets[clock.domain]) for clock in store.clocks()]
    assert found
    for clock, true in found:
        assert abs(clock.shift_ns(0) - true) <= clock.uncertainty_ns + SLACK_NS, "some end just after who called them"


@pytest.mark.slow
def test_without_parents_trees_are_nearly_those_of_even_clocks(tmp_path: Path):
    from accuracy import guesses

    traces, offsets = skewed("mixed", 0)
    truth = {(s.trace_id, s.span_id): s.parent_span_id for trace in traces for s in trace}
    store = ingested(tmp_path, traces, Telling("complete", offsets_ns=offsets))
    assert score(truth, guesses(store)).edges >= 0.99


def test_without_parents_servers_are_found_within_their_clients_again(tmp_path: Path):
    from accuracy import guesses

    traces, _ = skewed("hotel", 0)
    rng = random.Random(1)
    offsets = {service: int(rng.gauss(0, 3 * MS)) for service in sorted({s.service for t in traces for s in t})}
    truth = {(s.trace_id, s.span_id): s.parent_span_id for trace in traces for s in trace}
    store = ingested(tmp_path, traces, Telling("complete", offsets_ns=offsets))
    assert score(truth, guesses(store)).edges == 1.0
    assert median(errors_ms(store, offsets)) < 0.1


def test_times_stay_as_logged_and_the_correction_lies_beside(tmp_path: Path):
    traces, offsets = skewed("serial", 2)
    store = ingested(tmp_path, traces, Telling("complete", hidden=0.0, offsets_ns=offsets))
    true = {span.span_id: span for trace in traces for span in trace}
    for trace_id, span_id, start in [(row[0], row[1], row[11]) for row in views(store)["spans"][:20]]:
        assert start == true[span_id].start_ns + offsets[true[span_id].service], trace_id
    with api.open(store) as opened:
        trace = opened.trace(traces[0][0].trace_id)
    assert any(span.skew_ns for span in trace.spans)
    by_id = {span.span_id: span for span in trace.adjusted.spans}
    for span in trace.adjusted.spans:
        above = by_id.get(span.parent_span_id or "")
        assert above is None or (above.start_ns <= span.start_ns and span.end_ns <= above.end_ns + MS)


def test_clocks_are_the_same_in_any_split(tmp_path: Path):
    traces, offsets = skewed("serial", 2)
    lines = log_lines(traces, Telling("complete", hidden=0.3, offsets_ns=offsets), 0)
    once = tmp_path / "once.db"
    api.ingest([str(path) for path in write_logs(tmp_path / "once", lines)], once)
    for part in (0, 1):
        half = {service: told[part::2] for service, told in lines.items()}
        api.ingest([str(path) for path in write_logs(tmp_path / f"half{part}", half)], tmp_path / "halves.db")
    assert views(once) == views(tmp_path / "halves.db")
    with api.open(once) as a, api.open(tmp_path / "halves.db") as b:
        assert a.clocks() == b.clocks() != ()


def test_hosts_that_need_no_correction_are_told_as_well(tmp_path: Path):
    """b is half a second off, c may agree, and nobody calls d."""
    lines = []
    for n in range(20):
        at = 1_704_900_000_000 + n * 1000
        for number, (service, early, taken) in enumerate([("web", 0, 100), ("b", 500, 50), ("c", -10, 60)]):
            lines.append(
                {"time": at - early + taken, "service": service, "trace_id": f"{n + 1:032x}", "span_id": f"{number + 1:016x}",
                 "parent_span_id": "" if number == 0 else f"{1:016x}", "operation": f"do {service}", "duration_ms": taken}
            )  # fmt: skip
        lines.append(
            {"time": at + 100, "service": "d", "trace_id": f"{n + 100:032x}", "span_id": f"{9:016x}", "parent_span_id": "",
             "operation": "alone", "duration_ms": 5}
        )  # fmt: skip
    (tmp_path / "a.log").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    api.ingest([str(tmp_path / "a.log")], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        assert [clock.domain for clock in store.clocks()] == ["b"]
        agrees, unknown = store.clocks_left()
        assert (agrees.domain, agrees.shift_ns(0), agrees.reference, agrees.cases) == ("c", 0, "web", 20)
        assert 30 * MS <= agrees.uncertainty_ns <= 60 * MS
        assert (unknown.domain, unknown.cases) == ("d", 0)


@pytest.mark.parametrize("ahead_ms", [0, -20, 20])
def test_what_was_learned_is_brought_to_one_clock(ahead_ms: int):
    rng, rows = random.Random(3), []
    for number in range(20):
        took = rng.randint(4 * MS, 9 * MS)
        for key, start, ends, above in ((1, 0, took + MS, 0), (2, MS // 2 + ahead_ms * MS, took + ahead_ms * MS, 1)):
            rows.append((number, start, ends, key, key - 1, above))
    trace, start, end, key, operation, parent = np.array(rows, np.int64).T
    none, no = np.full(len(rows), -1), np.zeros(len(rows), bool)
    spans = Spans(trace, start, end, key, operation, parent, parent == 0, no, no, none + 1, none, none, none + 1, none, none)
    found = synchronised(spans, [("web", "call", ""), ("db", "answer", "")])
    outer, inner = found.start[::2], found.start[1::2]
    assert ((inner >= outer) & (found.end[1::2] <= found.end[::2])).all()
    assert (found.end - found.start == end - start).all()
    assert ahead_ms or (found.start == start).all()


def cut_short(traces, telling: Telling, many: int) -> list[dict[str, list[str]]]:
    """The lines of a first few traces whose last spans have no end, and those of the others."""
    told = [log_lines(traces[:many], telling, 0), log_lines(traces[many:], telling, 0)]
    return [{service: lines[: None if part else -1] for service, lines in each.items()} for part, each in enumerate(told)]


@pytest.mark.slow
def test_a_trace_that_misses_an_end_is_looked_at_anew_once_clocks_are_known(tmp_path: Path):
    traces, offsets = skewed("serial", 2)
    first, others = cut_short(traces, Telling("pairs", hidden=0.0, offsets_ns=offsets), 1)
    folders = [write_logs(tmp_path / name, lines) for name, lines in (("first", first), ("others", others))]
    api.ingest([str(path) for paths in folders for path in paths], tmp_path / "once.db")
    for paths in folders:
        api.ingest([str(path) for path in paths], tmp_path / "twice.db")
    assert views(tmp_path / "once.db") == views(tmp_path / "twice.db")
    with api.open(tmp_path / "twice.db") as store:
        assert store.clocks() != ()
        assert "never ended" in str(store.trace(traces[0][0].trace_id).warnings)


def test_a_missing_end_asks_for_no_model_where_all_parents_are_named(tmp_path: Path):
    traces, _ = skewed("serial", 2)
    first, others = cut_short(traces, Telling("pairs", hidden=0.0), 3)
    for name, lines in (("first", first), ("others", others)):
        api.ingest([str(path) for path in write_logs(tmp_path / name, lines)], tmp_path / "s.db")
    with sqlite3.connect(tmp_path / "s.db") as connection:
        assert connection.execute("SELECT count(*) FROM model").fetchone() == (0,)
