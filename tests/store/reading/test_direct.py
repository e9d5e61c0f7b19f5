"""Spans straight from rows are those that putting the trace together makes; what needs that is left to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from logtrace import api
from logtrace.ids import TraceId
from logtrace.model import Flag, Trace
from logtrace.store.reading import sqlite_reader
from logtrace.store.reading.direct import direct_trace
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.rows.of_fragments import COLUMNS
from tests.jobs.stores import TRACES, line, take, write
from tests.strategies import examples

ROOT, CHILD, OTHER = "a0" * 8, "b0" * 8, "c0" * 8


def _both(store: Path) -> Iterator[tuple[Trace | None, Trace | None]]:
    """Each trace of a store, straight from its rows and put together."""
    with SqliteReader(store) as reader:
        for low, high in reader.run("SELECT DISTINCT trace_low, trace_high FROM span WHERE trace_high <> 0"):
            yield direct_trace(reader, TraceId(low, high)), reader.trace(TraceId(low, high))


def _span(span: str, parent: str, at: float, took: float, **more: Any) -> str:
    fields = {"operation": f"op {span[:2]}", "duration_ms": took, **({"parent_span_id": parent} if parent else {}), **more}
    return line(TRACES[0], span, at + took, "done", **fields)


def test_all_traces_of_the_stories(tmp_path: Path):
    api.ingest(["fixtures"], store=tmp_path / "s.db")
    found = list(_both(tmp_path / "s.db"))
    direct = [(alone, whole) for alone, whole in found if alone is not None]
    for alone, whole in direct:
        assert alone == whole
        assert [list(span.attributes) for span in alone.spans] == [list(span.attributes) for span in whole.spans]  # type: ignore[union-attr]
    assert len(direct) > len(found) / 2


_spans = st.builds(
    _span, st.sampled_from((ROOT, CHILD, OTHER, "d0" * 8)), st.sampled_from(("", ROOT, ROOT, CHILD, CHILD, "e0" * 8)),
    st.integers(0, 50), st.sampled_from((0, 5, 40, 100)),
    event=st.sampled_from(("", "", "", "span_start", "span_end")), level=st.sampled_from(("info", "info", "error")),
    service=st.sampled_from(("api", "api", "api", "db")), rows=st.sampled_from((1, "x", [1], {"a": None})),
    status=st.sampled_from(("ok", 500)),
)  # fmt: skip
_points = st.builds(
    lambda span, at: line(TRACES[0], span, at, f"at {at}"), st.sampled_from((ROOT, CHILD, "")), st.integers(0, 90)
)
_plain = st.permutations(((CHILD, ROOT), (OTHER, ROOT), ("d0" * 8, CHILD))).map(
    lambda edges: [_span(ROOT, "", 0, 100), *[_span(span, parent, 10, 20) for span, parent in edges]]
)


@settings(max_examples=examples(40))
@given(_plain, st.lists(_spans, max_size=2), st.lists(_points, max_size=1))
def test_whatever_a_trace_is_made_of(plain: list[str], spans: list[str], points: list[str]):
    lines = [*plain, *spans, *points]
    with TemporaryDirectory() as folder:
        take(Path(folder) / "s.db", write(Path(folder) / "api.log", [*lines, _span(ROOT, "", 0, 100)]))
        for alone, whole in _both(Path(folder) / "s.db"):
            event("put together" if alone is None else "direct")
            assert alone is None or alone == whole


def test_what_is_told_and_what_has_to_be_put_together(tmp_path: Path):
    told = [_span(ROOT, "", 0, 100), _span(CHILD, ROOT, 90, 40, level="error", error="no room"), _span(OTHER, CHILD, 150, 5)]
    points = [line(TRACES[0], "d0" * 8, at, "a line", parent_span_id=ROOT) for at in (1, 2)]
    for number, (lines, direct) in enumerate([
        (told, True), ([*told, _span(OTHER, CHILD, 151, 5)], True), ([*told, line(TRACES[0], "", 1, "of no span")], False),
        ([*told, _span("d0" * 8, "e0" * 8, 1, 2)], False), ([*told, line(TRACES[0], "d0" * 8, 1, "a line")], False),
        ([*told, *points, _span("f0" * 8, "d0" * 8, 9, 5)], False),
    ]):  # fmt: skip
        take(tmp_path / f"{number}.db", write(tmp_path / f"{number}.log", lines))
        ((alone, whole),) = _both(tmp_path / f"{number}.db")
        assert (alone is not None) == direct, number
        assert whole is not None
        assert alone is None or alone == whole


def test_a_span_of_two_rows_is_put_together(tmp_path: Path):
    """So it is until the two are assembled."""
    take(tmp_path / "s.db", write(tmp_path / "a.log", [_span(ROOT, "", 0, 100), _span(CHILD, ROOT, 1, 5)]))
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection, connection:
        connection.execute(f"INSERT INTO span ({COLUMNS}) SELECT {COLUMNS} FROM span WHERE parent_key <> 0")
    ((alone, whole),) = _both(tmp_path / "s.db")
    assert alone is None
    assert whole is not None
    assert len(whole.spans) == 2


def test_large_traces_are_read_that_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    take(tmp_path / "s.db", write(tmp_path / "a.log", [_span(ROOT, "", 0, 100), _span(CHILD, ROOT, 120, 5)]))
    monkeypatch.setattr(sqlite_reader, "rebuild", None)
    for least, read in ((1, True), (2, False)):
        monkeypatch.setattr(sqlite_reader, "_LARGE", least)
        with SqliteReader(tmp_path / "s.db") as reader:
            (trace_id,) = [TraceId(*row) for row in reader.run("SELECT low, high FROM trace")]
            if read:
                trace = reader.trace(trace_id)
                assert trace is not None
                assert [bool(span.flags & Flag.OUTSIDE_PARENT) for span in trace.spans] == [False, True]
            else:
                with pytest.raises(TypeError):
                    reader.trace(trace_id)
