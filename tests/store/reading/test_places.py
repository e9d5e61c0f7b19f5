"""Traces that are read together are what they are one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from logtrace.ids import TraceId
from logtrace.store.reading import places
from logtrace.store.reading.lists import summary_rows
from logtrace.store.reading.places import all_traces
from logtrace.store.reading.sqlite_reader import SqliteReader
from tests.jobs.stores import TRACES, line, story, take, write

OPAQUE = ("request-7", "request-8")
SAME_LOW = ("1" * 16 + "a" * 16, "2" * 16 + "a" * 16)
"""Two traces whose low halves are one."""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Traces of all kinds of ids; of the first also lines that give the 64-bit form of its id."""
    lines = [*story(), line(TRACES[0][16:], "c0c0c0c0c0c0c0c0", 12, "short", operation="Short", duration_ms=1)]
    for at, trace in enumerate((*OPAQUE, *SAME_LOW)):
        lines.append(line(trace, f"step-{at}", 300 + at, "done", operation="A", duration_ms=2))
        lines.append(line(trace, f"step-{at}b", 300 + at, "done", operation="B", duration_ms=1, parent_span_id=f"step-{at}"))
    take(tmp_path / "s.db", write(tmp_path / "edge.log", lines))
    return tmp_path / "s.db"


@pytest.mark.parametrize("spans", [1, 4, 2_000])
def test_traces_read_together_are_those_read_alone(store: Path, spans: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(places, "_SPANS", spans)
    with SqliteReader(store) as reader:
        rows = summary_rows(reader, "ORDER BY t.start_ns, t.high, t.low", {})
        alone = [reader.trace(row.trace) for row in rows]
        assert list(all_traces(reader)) == alone and len(alone) == 6
        assert {span.span_id for trace in alone if trace for span in trace.spans} >= {"step-0", "step-0b"}
        assert list(reader.traces([TraceId(1, 2), rows[0].trace])) == alone[:1]
        assert list(reader.traces([])) == []
