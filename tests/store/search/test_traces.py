"""Search: SQL and predicate agree, whatever is asked of whatever a store holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logtrace.ids import parse_trace_id
from logtrace.jobs.intake import work
from logtrace.model import Trace
from logtrace.query.ast import Node, asks_a_span
from logtrace.query.grammar import parse
from logtrace.query.predicate import matching_spans, predicate
from logtrace.store.reading.protocol import ORDERS, Filter
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.search import traces as module
from logtrace.store.search.traces import Search, Wanted
from logtrace.store.writing.writer import Writer
from tests.jobs.stores import line, take, write
from tests.query.expressions import nodes
from tests.strategies import examples

VALUES: list[dict[str, Any]] = [
    {"user.id": "ada"}, {"user_id": "ada"}, {"user.id": 5}, {"user_id": "5.0", "user.id": "zz"}, {"http.status": 500},
    {"http.status": "500"}, {"flag": True}, {"flag": "true"}, {"list": [1, "a"]}, {"only one": "a'b\\"}, {"ü": "ü"},
    {"user.id": ""}, {"http.status": 2.5, "flag": False}, {"user.id": "x" * 3000}, {},
]  # fmt: skip


def told() -> Iterator[list[str]]:
    """The lines of one trace after the other: trees with all kinds of attributes, also values that differ from line to
    line; open spans, failed ones, parents that were never logged, lines without a span, nothing but such lines."""
    for number, values in enumerate(VALUES):
        trace, at = f"{number + 1:032x}", 100 * number
        other = VALUES[(number * 7 + 3) % len(VALUES)]
        root = {"operation": "POST /tasks", **({"kind": "server"} if number % 2 else {})}
        lines = [
            line(trace, "a1" * 8, at, "started", event="span_start", **root, tags=values),
            line(trace, "a1" * 8, at + 30, "finished", event="span_end", duration_ms=30, **root, tags=other),
        ]
        child = {"operation": "Insert", "service": "db", "parent_span_id": "a1" * 8 if number % 5 else "77" * 8}
        lines.append(line(trace, "b1" * 8, at + 5, "started", event="span_start", **child, tags=other))
        if number % 3:
            failed = {"level": "error", "error": "no room"} if number % 3 == 1 else {"level": "error"}
            lines.append(line(trace, "b1" * 8, at + 20, "ended", event="span_end", duration_ms=15, **child, **failed))
        if number % 4 == 0:
            lines.append(line(trace, "", at + 31, "goodbye", tags=values))
        yield lines
    for number, (before, later) in enumerate([("ada", "zz"), (5, "5.0"), ("5", "ada")]):
        trace, at = f"{number + 100:032x}", 5_000 + number
        yield [
            line(
                trace, "c2" * 8, at, "x", event="span_start", operation="early", parent_span_id="c1" * 8, tags={"user.id": before}
            ),
            line(trace, "c2" * 8, at + 3, "y", event="span_end", operation="early", duration_ms=3, tags={"user.id": later}),
            line(trace, "c1" * 8, at + 1, "x", event="span_start", operation="late", parent_span_id="", tags={"flag": True}),
        ]
    yield [line("ee" * 16, "", 1, "alone", level="error", error="lost", tags={"user.id": "ada"})]


@pytest.fixture(scope="module", params=["interned", "inline"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteReader]:
    folder = tmp_path_factory.mktemp("search")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "inline":
            patch.setattr(work, "_DISTINCT", 1)
        for number, lines in enumerate(told()):
            take(folder / "s.db", write(folder / f"{number}.log", lines[:2]))
            take(folder / "s.db", write(folder / f"{number}-later.log", lines[2:]))
    with SqliteReader(folder / "s.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def traces(reader: SqliteReader) -> dict[str, Trace]:
    ids = [summary.trace_id for summary in reader.summaries(Filter())]
    return {trace_id: trace for trace_id in ids if (trace := reader.trace(parse_trace_id(trace_id))) is not None}


def found(reader: SqliteReader, node: Node | None, **more: Any) -> list[str]:
    return [hit.summary.trace_id for hit in Search(reader, Wanted(node, limit=1000, **more)).hits()]


@given(nodes)
@settings(max_examples=examples(300))
@example(parse("error = false"))
@example(parse("error != 'span'"))
@example(parse("all.error != true"))
@example(parse("count(user.id = 'nosuch') >= 0"))
@example(parse("user.id = 'ada'"))
@example(parse("user_id != 'ada'"))
@example(parse("user.id != 5"))
@example(parse("root.flag"))
@example(parse("root.start exists and root.duration > 1ms"))
@example(parse("user.id = 'ada' or not user.id exists"))
@example(parse("trace.duration = 0ms"))
@example(parse("trace.start exists"))
@example(parse("all.service exists"))
def test_sql_and_predicate_agree(reader: SqliteReader, traces: dict[str, Trace], node: Node):
    holds = predicate(node)
    hits = Search(reader, Wanted(node, limit=1000)).hits()
    assert {hit.summary.trace_id for hit in hits} == {trace_id for trace_id, trace in traces.items() if holds(trace)}
    for hit in hits if asks_a_span(node) else ():
        assert hit.matched == len(matching_spans(node, traces[hit.summary.trace_id]))


@given(nodes, st.sampled_from(ORDERS))
def test_no_way_of_finding_candidates_loses_a_trace(reader: SqliteReader, node: Node, order: str):
    everywhere = found(reader, node, order=order)
    for few, most_of, many in ((0, 0, 50_000), (0, 0, 1), (2_000, 0, 1), (0, 1000, 50_000), (0, 1000, 1)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "FEW_TRACES", few)
            patch.setattr(module, "MOST_OF", most_of)
            patch.setattr(module, "MANY_SPANS", many)
            patch.setattr(module, "_FIRST", 1)
            patch.setattr(module, "SAMPLED", 1)
            patch.setattr(module, "MOST_IDS", few)
            assert found(reader, node, order=order) == everywhere


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("expression", [None, "error", "user.id exists"])
def test_pages_put_together_are_the_whole_in_order(reader: SqliteReader, expression: str | None, order: str):
    node = None if expression is None else parse(expression)
    whole = Search(reader, Wanted(node, order=order, limit=1000)).hits()
    pages = []
    for offset in range(0, 30, 4):
        search = Search(reader, Wanted(node, order=order, limit=4, offset=offset))
        pages += search.hits()
        assert search.more == (len(whole) > offset + 4)
    assert pages == whole
    keys = {
        "newest": lambda s: (s.start_ns is None, -(s.start_ns or 0)),
        "oldest": lambda s: (s.start_ns is None, s.start_ns or 0),
        "slowest": lambda s: (s.duration_ns is None, -(s.duration_ns or 0)),
        "errors": lambda s: -s.errors,
        "spans": lambda s: -s.spans,
    }
    summaries = [hit.summary for hit in whole]
    assert summaries == sorted(summaries, key=keys[order])


def test_a_window_and_certain_traces(reader: SqliteReader, traces: dict[str, Trace]):
    starts = sorted(trace.start_ns or 0 for trace in traces.values())
    hits = found(reader, None, since_ns=starts[3], until_ns=starts[6])
    assert sorted(traces[trace_id].start_ns or 0 for trace_id in hits) == starts[3:6]
    assert found(reader, None, lows=(3,)) == [f"{3:032x}"]
    assert found(reader, None, lows=()) == []


def test_soft_errors_are_told_apart(reader: SqliteReader):
    hits = Search(reader, Wanted(parse("error"), limit=1000)).hits()
    soft = [hit for hit in hits if hit.soft_errors]
    assert soft
    assert all(hit.summary.errors > hit.soft_errors or hit.longest for hit in soft)
    only = {hit.summary.trace_id for hit in hits} - set(found(reader, parse("error = 'span'")))
    assert only == {hit.summary.trace_id for hit in soft if hit.soft_errors == hit.summary.errors}


def test_values_that_cannot_be_compared_are_told(reader: SqliteReader):
    search = Search(reader, Wanted(parse("user.id > 3")))
    search.hits()
    if any(search.compiled.ids_of.values()):  # type: ignore[union-attr]
        assert any("user" in note for note in search.notes())


def test_search_follows_what_is_told_later(tmp_path: Path):
    store, trace = tmp_path / "s.db", "ab" * 16
    first = line(trace, "a1" * 8, 0, "started", event="span_start", operation="op", tags={"user.id": "ada"})
    then = line(trace, "a1" * 8, 9, "ended", event="span_end", operation="op", duration_ms=9, tags={"order": 7})
    take(store, write(tmp_path / "1.log", [first]))
    both = parse("user.id = 'ada' and order = 7")
    with SqliteReader(store) as reader:
        assert found(reader, both) == []
    take(store, write(tmp_path / "2.log", [then]))
    with SqliteReader(store) as reader:
        assert found(reader, both) == [trace]


def test_an_expression_of_many_parts_is_answered(reader: SqliteReader):
    parts = [f"{scope}.user.id = {number}" for number in range(50) for scope in ("any", "all", "root")]
    assert found(reader, parse(" or ".join([*parts, "user.id in (5, 'ada')"])))
    assert found(reader, parse("not " * 4 + "(" * 4 + "user.id = 5" + ")" * 4))


def test_a_store_whose_first_ingest_was_killed_has_an_answer(tmp_path: Path):
    Writer(tmp_path / "s.db").close()
    with SqliteReader(tmp_path / "s.db") as opened:
        assert found(opened, parse("service = 'edge' and duration > 5")) == []
        opened_again = Search(opened, Wanted(parse("user.id = 5")))
        assert opened_again.hits() == []
        assert list(opened_again.notes()) == []
