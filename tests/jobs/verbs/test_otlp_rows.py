"""The quick way to OTLP JSON gives what the exporter gives."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from logtrace import api
from logtrace.exporters.otlp import otlp_pieces
from logtrace.jobs.intake.ingest import ingest
from logtrace.jobs.verbs.export import chosen
from logtrace.jobs.verbs.otlp_rows import _Rows, otlp_rows
from tests.cli.conftest import FIXTURES
from tests.jobs.imported import logs, write_log
from tests.strategies import examples


def same(store: Path) -> int:
    """How many traces went the quick way; all lines are compared."""
    with api.open(store) as opened:
        ids = list(chosen(opened, (), None))
        whole = (opened.reader.trace(trace_id) for trace_id in ids)
        assert list(otlp_rows(opened.reader, ids)) == list(otlp_pieces(each.adjusted for each in whole if each))
        return len(_Rows(opened.reader).lines(ids))


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(logs())
def test_any_trace(lines: list[dict[str, Any]]):
    with tempfile.TemporaryDirectory() as folder:
        ingest(Path(folder) / "s.db", [str(write_log(Path(folder) / "edge.log", lines))])
        with api.open(Path(folder) / "s.db") as opened:
            if opened.traces():
                same(Path(folder) / "s.db")


def test_the_stories(tmp_path: Path):
    quick = 0
    for number, folder in enumerate(sorted(FIXTURES.glob("*/logs"))):
        ingest(tmp_path / f"{number}.db", [str(folder)])
        quick += same(tmp_path / f"{number}.db")
    assert quick > 5
