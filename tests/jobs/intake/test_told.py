"""Parents that were told as inferred: kept as such, in whatever way a trace is put together, and no lesson for others."""

from __future__ import annotations

import re
from pathlib import Path

from logtrace import api
from logtrace.jobs.intake.importing import import_files
from logtrace.jobs.intake.ingest import ingest
from logtrace.jobs.intake.learn import known_pairs
from tests.jobs.imported import SPANS, carried, write_log

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
LINES = [
    {"time": f"2024-01-10T14:30:00.{at:03d}Z", "trace_id": TRACE, "span_id": SPANS[number], "service": service, "operation": name,
     "duration_ms": took, "msg": "done"}
    for number, (service, name, at, took) in enumerate([("edge", "POST /x", 90, 80), ("edge", "A", 60, 40), ("db", "B", 50, 20)])
]  # fmt: skip


def test_they_stay_what_they_are_beside_new_lines(tmp_path: Path):
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    ingest(one, [str(write_log(tmp_path / "edge.log", LINES))])
    with api.open(one) as store:
        before = carried(store.trace(TRACE))
        text = b"".join(store.exported("otlp-json"))
    less_sure, many = re.subn(rb'(parent.confidence","value":\{"intValue":")\d+', rb"\g<1>33", text)
    assert many == 2
    (tmp_path / "out").write_bytes(less_sure)
    for span in before["spans"].values():
        *who, evidence = span["parent"]
        span["parent"] = (*who, evidence and ("contain", 33))
    import_files(two, [str(tmp_path / "out")])
    other = [{**line, "trace_id": "0af7651916cd43dd8448eb211c80319c", "parent_span_id": "ff" * 8} for line in LINES]
    ingest(two, [str(write_log(tmp_path / "more.log", other))])
    with api.open(two) as store:
        assert carried(store.trace(TRACE))["spans"] == before["spans"]
        (row,) = [row for row in store.traces() if row.trace_id == TRACE]
        assert row.inferred == 2
        sql = "SELECT DISTINCT parent_source, parent_confidence FROM spans WHERE trace_id = ? ORDER BY 1"
        assert store.reader.run(sql, (TRACE,)) == [("contain", 33), ("root", 100)]
    assert not any(pair.known for pair in known_pairs(two) if pair.child[1] in ("A", "B") and pair.parent[1] in ("POST /x", "A"))


def test_what_a_line_names_counts_before_what_was_inferred(tmp_path: Path):
    ingest(tmp_path / "one.db", [str(write_log(tmp_path / "edge.log", LINES))])
    with api.open(tmp_path / "one.db") as store:
        (tmp_path / "out").write_bytes(b"".join(store.exported("jaeger")))
    import_files(tmp_path / "two.db", [str(tmp_path / "out")])
    named = {**LINES[2], "msg": "named", "parent_span_id": SPANS[0]}
    ingest(tmp_path / "two.db", [str(write_log(tmp_path / "later.log", [named]))])
    with api.open(tmp_path / "two.db") as store:
        spans = {span.span_id: span for span in store.trace(TRACE).spans}
    assert (spans[SPANS[2]].parent_span_id, spans[SPANS[2]].parent.source) == (SPANS[0], "explicit")
    assert (spans[SPANS[1]].parent_span_id, spans[SPANS[1]].parent.source) == (SPANS[0], "contain")
