"""Requests in a grid of start and duration."""

from __future__ import annotations

import json
from pathlib import Path

from logtrace import api
from logtrace.units import NS, format_instant
from tests.builders import T0


def test_every_request_is_in_its_cell(tmp_path: Path):
    def line(number: int, minute: int, ms: float, error: str = "") -> str:
        at = format_instant(T0 + minute * NS["m"], digits=9)
        return (
            json.dumps({"trace_id": f"{number + 1:032x}", "service": "a", "start_time": at, "duration_ms": ms, "error": error})
            + "\n"
        )

    log, store = tmp_path / "a.log", tmp_path / "s.db"
    log.write_text("".join([line(0, 0, 10), line(1, 0, 11), line(2, 30, 1000, "boom"), line(3, 59, 1), line(4, 90, 5)]))
    api.ingest([str(log)], store)
    with api.open(store) as opened:
        found = opened.heat(T0, T0 + 60 * NS["m"])
        assert found is not None
        assert [tuple(cell) for cell in found.cells] == [(0, 28, 2, 0), (30, 36, 1, 1), (59, 24, 1, 0)]
        every = opened.heat()
        assert every is not None
        assert sum(cell.traces for cell in every.cells) == 5
        assert opened.heat(T0 + 91 * NS["m"]) is None
