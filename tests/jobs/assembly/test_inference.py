"""Parents for many traces at once: the same as a rebuild of each, whatever came first and in how many runs."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from scoring import score
from shapes import shape
from systems import System, requests, system
from telling import Telling, log_lines, write_logs

from logtrace import api
from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.inference import infer
from logtrace.jobs.assembly.owned import own_rows
from logtrace.model import Attribute, Role
from logtrace.reconstruct.evidence.priors import LOOP, NOTHING, ROOT, Model, Told
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.pace.paces import BEHIND, CALLS, ENDS, ITSELF, STOPS, Pace, Turn
from logtrace.reconstruct.spans.fragments import Fragment
from logtrace.reconstruct.spans.naming import operation_of
from logtrace.reconstruct.trace import rebuild, root_of, summary
from logtrace.store.reading.reader import RowAttributes
from logtrace.store.rows.of_fragments import row, shown, shown_alone
from logtrace.store.rows.spanrows import SpanRows
from tests.jobs.stores import views
from tests.reconstruct.made import LOOSE, collected, lines, points, whole
from tests.strategies import record, records

OP1, OP2 = ("api", "op1", ""), ("api", "op2", "")
PAIRS = {(OP2, OP1): Told(known=9), (OP1, OP2): Told(seen=3.0, gate=0.4)}
TAUGHT = Model.of(PAIRS)
PACED = Model.of(PAIRS, (), {
    Turn(of, last, so_far, ended, what, call, BEHIND): Pace(5, 80.0, 1285.0)
    for of, called in ((OP1, OP2), (OP2, OP1))
    for last, so_far, ended, what, call in ((ITSELF, (), False, CALLS, called), (called, ((called, 1),), False, ENDS, ITSELF),
                                            (called, ((called, 1),), True, STOPS, ITSELF))
})  # fmt: skip
LOOPS = Model.of({**PAIRS, (ROOT, ("db", "", LOOP)): Told()})


class FakeReader:
    """What inference asks of a store, from fragments: rows and operations are numbered from 1."""

    def __init__(self, fragments: list[Fragment]) -> None:
        self.fragments = fragments
        self.keys: list[tuple[str, str, str]] = []

    def number(self, key: tuple[str, str, str]) -> int:
        if key not in self.keys:
            self.keys.append(key)
        return self.keys.index(key) + 1

    def attribute_numbers(self, key: str) -> set[int]:  # noqa: ARG002 - nothing was told as inferred
        return set()

    def attributes_among(self, row_ids, keys, needed):
        told = [
            tuple(each.pair for ranked in self.fragments[at - 1].attributes for each in ranked if each.key in keys)
            for at in row_ids
        ]
        any_ = any(each.key in needed for part in self.fragments for ranked in part.attributes for each in ranked)
        return RowAttributes(list(range(len(told))), told) if any_ else None

    def operation(self, number: int) -> tuple[str, str, str]:
        return self.keys[number - 1]

    def service(self, number: int) -> str:
        return self.operation(number)[0]

    def fragment(self, row_id: int) -> Fragment:
        return self.fragments[row_id - 1]

    def rows(self, shows) -> SpanRows:
        made = []
        for number, (fragment, show) in enumerate(zip(self.fragments, shows, strict=True)):
            operation, rank = operation_of(fragment)
            made.append((number + 1, row(fragment, show, self.number(operation), rank, lambda _: None)))
        return SpanRows.numbered(made)


IDS = [(), ("thread",), ("thread", "host"), ("request_id",), ("thread_id", "thread", "job_id")]


@st.composite
def without_parents(draw: st.DrawFn) -> list[Fragment]:
    """Spans of which few name a parent, now and then one that was never seen: whole ones, single lines, lone starts, an
    error at the end."""
    made = []
    ids = draw(st.booleans())
    for key in range(1, draw(st.integers(1, 6)) + 1):
        told = {"name": draw(st.sampled_from(["op1", "op2", "op3"])), "service": draw(st.sampled_from(["api", "db"]))}
        parent = draw(st.sampled_from([None] * 6 + [NO_SPAN, key - 1 or None, 8, 9]))
        if ids:
            told["attributes"] = tuple(
                Attribute(name, draw(st.sampled_from(["1", '"b"']))) for name in draw(st.sampled_from(IDS))
            )
        at, ms = draw(st.integers(0, 20)), draw(st.integers(0, 20))
        made.append(draw(st.sampled_from([
            whole(key, parent, at, ms, **told),
            points(key, at, at + ms, parent=parent, **told),
            points(key, at, parent=parent, error=draw(st.sampled_from([0, 1])), **told),
            lines(record(key, Role.START, at, parent=parent, **told)),
        ])))  # fmt: skip
    return made + draw(st.sampled_from(LOOSE))


anything = st.lists(records(st.sampled_from([NO_SPAN, 1, 2, 3]), service=None), min_size=1, max_size=8).map(collected)


@pytest.mark.slow
@settings(max_examples=300)
@given(without_parents() | anything, st.sampled_from([NOTHING, TAUGHT, PACED, LOOPS]))
def test_the_quick_way_is_that_of_a_rebuild(fragments, model):
    reader = FakeReader(fragments)
    stored = reader.rows(map(shown_alone, fragments))
    owned = own_rows(stored, reader)
    event("needs a rebuild" if owned.difficult else "with spans never seen" if owned.partial.any() else "quick")
    if owned.difficult:
        return
    found = infer(owned, model, Tables(model), reader)
    rebuilt = rebuild(fragments, lambda: model)
    shows = {draft.key: shown(draft) for draft in rebuilt.spans}
    wanted = reader.rows(shows.get(fragment.span, shown_alone(fragment)) for fragment in fragments)
    assert replaced(stored, found.rows).dumped() == wanted.dumped()
    pairs = zip(each(stored), each(wanted), strict=True)
    assert set(found.rows.id.tolist()) == {after[0] for before, after in pairs if before != after}, "only changes are written"
    root, listed = operation_of(root_of(rebuilt))[0], summary(rebuilt, "")
    ((_, _, _, start, duration, root_id, spans, services, errors, inferred, told, partial, lower, _),) = found.traces
    assert (start, duration, reader.operation(root_id)) == (listed.start_ns, listed.duration_ns, root)
    assert (spans, services, errors, inferred) == (listed.spans, listed.services, listed.errors, listed.inferred)
    assert (told, partial, lower) == (listed.lines, listed.partial, listed.lower_bound)
    assert own_rows(wanted, reader).rows.dumped() == owned.rows.dumped(), "what was inferred is taken off again"


def each(rows: SpanRows) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in rows), strict=True))


def replaced(rows: SpanRows, changed: SpanRows) -> SpanRows:
    new = {row[0]: row for row in each(changed)}
    return SpanRows.of_numbers([new.get(row[0], row) for row in each(rows)])


@pytest.mark.slow
@given(st.lists(without_parents() | anything, min_size=2, max_size=4), st.sampled_from([NOTHING, TAUGHT, PACED]))
def test_traces_together_are_inferred_as_each_alone(traces, model):
    reader = FakeReader([fragment for trace in traces for fragment in trace])
    rows = reader.rows(map(shown_alone, reader.fragments))
    lows = np.repeat(np.arange(len(traces)), [len(trace) for trace in traces])
    rows = rows._replace(low=lows)
    owned = own_rows(rows, reader)
    together = infer(owned, model, Tables(model), reader)
    changed, found, difficult = [], [], []
    for low in range(len(traces)):
        alone = own_rows(rows.take(lows == low), reader)
        difficult += alone.difficult
        one = infer(alone, model, Tables(model), reader)
        changed += each(one.rows)
        found += one.traces
    assert (sorted(each(together.rows)), together.traces) == (sorted(changed), found)
    assert owned.difficult == difficult


def parents_in(store: Path) -> dict[tuple[str, str], str | None]:
    return {(row[0], row[1]): row[2] for row in views(store)["spans"]}


def take(folder: Path, logs: dict[str, list[bytes]], store: Path) -> None:
    api.ingest([str(path) for path in write_logs(folder, logs)], store)


def scattered(logs: dict[str, list[bytes]], parts: int, seed: int) -> list[dict[str, list[bytes]]]:
    """The lines of each service dealt to some files, each in any order, some lines in two of them."""
    rng = random.Random(seed)
    found: list[dict[str, list[bytes]]] = [{} for _ in range(parts)]
    for service, told in logs.items():
        for line in told:
            for part in {rng.randrange(parts), rng.randrange(parts) if rng.random() < 0.1 else None} - {None}:
                found[part].setdefault(service, []).append(line)
        for part in found:
            rng.shuffle(part.get(service, []))
    return found


@pytest.mark.parametrize(
    ("kind", "style", "hidden"),
    [
        pytest.param("async", "points", 1.0, marks=pytest.mark.slow),
        ("mixed", "mixed", 0.5),
        pytest.param("parallel", "complete", 1.0, marks=pytest.mark.slow),
    ],
)
def test_any_order_and_any_split_into_runs_give_one_store(tmp_path: Path, kind: str, style: str, hidden: float):
    traces = list(requests(system(kind, 3), 30, 3))
    logs = log_lines(traces, Telling(style, hidden=hidden), 3)
    take(tmp_path / "once", logs, tmp_path / "once.db")
    for number, part in enumerate(scattered(logs, 3, 3)):
        take(tmp_path / f"part{number}", part, tmp_path / "parts.db")
    assert views(tmp_path / "parts.db") == views(tmp_path / "once.db")


@pytest.mark.parametrize("style", ["pairs", "mixed"])
def test_lines_without_their_service_make_no_other_store_in_two_runs(tmp_path: Path, style: str):
    logs = log_lines(list(requests(system("mixed", 5), 30, 5)), Telling(style, hidden=1.0), 5)
    rng = random.Random(5)
    lines = [line if rng.random() < 0.7 else line.replace(b'"service":', b'"other":') for told in logs.values() for line in told]
    rng.shuffle(lines)
    take(tmp_path / "once", {"all": lines}, tmp_path / "once.db")
    for end in (len(lines) // 2, len(lines)):
        take(tmp_path / "parts", {"all": lines[:end]}, tmp_path / "parts.db")
    assert views(tmp_path / "parts.db") == views(tmp_path / "once.db")
    assert model_in(tmp_path / "parts.db") == model_in(tmp_path / "once.db") != []


def model_in(store: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute("SELECT pairs FROM model").fetchall()


def test_no_model_stays_once_no_trace_is_inferred_with_it(tmp_path: Path):
    logs = log_lines(list(requests(system("mixed", 5), 5, 5)), Telling("complete", hidden=0.0), 5)
    cut = {name: [line for line in lines if b'parent_span_id":""' not in line] for name, lines in logs.items()}
    take(tmp_path / "logs", cut, tmp_path / "parts.db")
    assert model_in(tmp_path / "parts.db") != []
    take(tmp_path / "logs", logs, tmp_path / "parts.db")
    take(tmp_path / "logs", logs, tmp_path / "once.db")
    assert model_in(tmp_path / "parts.db") == model_in(tmp_path / "once.db") == []
    assert views(tmp_path / "parts.db") == views(tmp_path / "once.db")


@pytest.mark.parametrize("left", ["learned", "cut"])
def test_a_model_stays_while_a_trace_or_what_was_learned_needs_it(tmp_path: Path, left: str):
    traces = list(requests(system("mixed", 5), 6, 5))
    logs = log_lines(traces[:3], Telling("complete", hidden=0.0), 5)
    cut = log_lines(traces[3:], Telling("complete", hidden=1.0 if left == "cut" else 0.0), 5)
    store = tmp_path / "s.db"
    take(tmp_path / "cut", cut, store)
    if left == "learned":
        api.learn([str(tmp_path / "cut")], store)
    before = model_in(store)
    take(tmp_path / "logs", logs, store)
    assert before != []
    assert model_in(store) != []


@pytest.mark.parametrize("style", ["complete", "pairs", "points", "mixed"])
def test_named_parents_are_kept_in_any_order_with_any_line_twice(tmp_path: Path, style: str):
    traces = list(requests(system("mixed", 1), 30, 1))
    for part in scattered(log_lines(traces, Telling(style, hidden=0.0, doubled=0.1), 1), 3, 1):
        take(tmp_path / "logs", part, tmp_path / "s.db")
    assert parents_in(tmp_path / "s.db") == {(s.trace_id, s.span_id): s.parent_span_id for trace in traces for s in trace}


@pytest.mark.slow
def test_ten_known_traces_teach_what_runs_in_parallel(tmp_path: Path):
    traces = list(requests(system("parallel", 2), 60, 2))
    asked, taught = traces[10:], log_lines(traces[:10], Telling("complete", hidden=0.0), 0)
    store = tmp_path / "s.db"
    take(tmp_path / "logs", log_lines(asked, Telling("complete"), 0), store)
    truth = {(s.trace_id, s.span_id): s.parent_span_id for trace in asked for s in trace}
    before = parents_in(store)
    files = [str(path) for path in write_logs(tmp_path / "known", taught)]
    learned = api.learn(files, store)
    assert (learned.traces, learned.changed) == (10, 50)
    after = parents_in(store)
    assert sum(after[key] == parent for key, parent in truth.items()) >= 0.99 * len(truth)
    assert sum(before[key] == parent for key, parent in truth.items()) < 0.99 * len(truth)
    api.learn(files, store)
    assert parents_in(store) == after, "the same lesson twice is one"


def test_learned_traces_are_not_added_to_the_store(tmp_path: Path):
    logs = log_lines(requests(system("serial", 0), 3, 0), Telling("complete", hidden=0.0), 0)
    api.learn([str(path) for path in write_logs(tmp_path / "known", logs)], tmp_path / "s.db")
    assert views(tmp_path / "s.db")["traces"] == []
    with api.open(tmp_path / "s.db") as store:
        assert all(pair.known for pair in store.known_pairs())


def learned_from_ten(folder: Path, made: System, style: str, seed: int = 0):
    """(true parents, what a store states of them) of 120 requests, when ten others are known."""
    from accuracy import guesses

    known, asked = (traces := list(requests(made, 130, seed)))[:10], traces[10:]
    take(folder / "logs", log_lines(asked, Telling(style), seed), folder / "s.db")
    lesson = write_logs(folder / "known", log_lines(known, Telling("complete", hidden=0.0), seed))
    api.learn([str(path) for path in lesson], folder / "s.db")
    return {(s.trace_id, s.span_id): s.parent_span_id for trace in asked for s in trace}, guesses(folder / "s.db")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "style", "seed"),
    [
        (shape("shop"), "points", 0),
        (shape("review"), "complete", 0),
        (shape("express"), "mixed", 0),
        (system("async", 2), "points", 2),
    ],
)
def test_what_was_learned_of_is_as_often_right_as_it_is_stated_to_be(tmp_path: Path, made: System, style: str, seed: int):
    found = score(*learned_from_ten(tmp_path, made, style, seed))
    assert found.sure >= 0.6
    assert found.sure_right >= 0.99
    assert found.error <= 0.05


@pytest.mark.slow
def test_what_just_passes_for_sure_is_as_often_right_as_it_is_stated_to_be(tmp_path: Path):
    truth, found = learned_from_ten(tmp_path, shape("shop"), "points")
    just = [(guess.confidence / 100, guess.parent == truth[key]) for key, guess in found.items() if 80 <= guess.confidence < 99]
    stated, right = (sum(column) / len(just) for column in zip(*just, strict=True))
    assert len(just) > 100
    assert stated == pytest.approx(right, abs=0.03)


@pytest.mark.parametrize("kind", ["serial", "parallel", "async", "retries"])
def test_what_nothing_was_learned_of_is_stated_with_care(tmp_path: Path, kind: str):
    traces = list(requests(system(kind, 2), 60, 2))
    truth = {(s.trace_id, s.span_id): s.parent_span_id for trace in traces for s in trace}
    take(tmp_path / "logs", log_lines(traces, Telling("complete"), 2), tmp_path / "s.db")
    from accuracy import guesses, plain

    found, contained = score(truth, guesses(tmp_path / "s.db")), score(truth, plain(tmp_path / "s.db"))
    assert found.edges >= contained.edges
    assert found.sure_right >= 0.95 or not found.sure
