from __future__ import annotations

from dataclasses import replace

import pytest

from logtrace.account import Account, RejectedLine
from logtrace.views.upkeep.account import ingest_summary
from tests.views.lists.test_tables import summary
from tests.views.show import lines_of

ACCOUNT = Account(
    lines_read=1000,
    lines_used=900,
    lines_duplicate=100,
    lines_without_trace=60,
    lines_rejected=40,
    rejected_by_reason={"not a record": 5, "cut in the middle": 35},
    rejected_examples=(RejectedLine("cut in the middle", "a\x1b.log", 7), RejectedLine("not a record", "b.log", 9)),
    bytes_read=2_500_000,
    files_read=2,
    files_unchanged=1,
    files_unreadable=(("/var/log/x.log", "permission denied"),),
    traces=70,
    traces_new=50,
    traces_changed=2,
    spans=800,
    spans_new=600,
    spans_changed=9,
    wall_s=0.5,
    notes=("edge.log looks like UTF-16",),
    slowest=(summary(),),
    failing=(summary("a" * 32),),
)


def test_the_summary_at_80_columns() -> None:
    assert lines_of(ingest_summary(ACCOUNT), 80) == [
        "lines     1,000 read = 900 used (100 of them known already) + 60 without trace +",
        "          40 rejected",
        "traces    50 new, 2 changed; 70 in the store",
        "spans     600 new, 9 changed; 800 in the store",
        "files     2 read, 1 unchanged (2.5MB)",
        "time      500ms, 2,000 lines/s",
        "unread    /var/log/x.log: permission denied",
        r"rejected  35 cut in the middle (a\x1b.log:7, …)",
        "rejected  5 not a record (b.log:9, …)",
        "note      edge.log looks like UTF-16",
        "",
        "slowest traces",
        "  logtrace show 4bf92f3577b34da6a3ce929d0e0e4736    5.2s edge-mcp: POST /api/v1…",
        "",
        "failing traces",
        "  logtrace show aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa    5.2s edge-mcp: POST /api/v1…",
    ]


def test_what_was_piped_in_is_no_file() -> None:
    lines = lines_of(ingest_summary(replace(ACCOUNT, files_read=0, files_unchanged=0)), 80)
    assert "stdin     2.5MB read" in lines
    assert not any(line.startswith("files") for line in lines)


@pytest.mark.parametrize("width", [40, 60, 120])
def test_no_line_is_wider_but_for_commands(width: int) -> None:
    lines = lines_of(ingest_summary(ACCOUNT), width)
    assert all(len(line) <= width for line in lines)


def test_json_adds_up() -> None:
    shape = ACCOUNT.as_json()
    assert shape["lines_read"] == shape["lines_used"] + shape["lines_without_trace"] + shape["lines_rejected"]
    assert shape["rejected_by_reason"] == {"not a record": 5, "cut in the middle": 35}
    assert shape["rejected_examples"][0] == {"reason": "cut in the middle", "path": "a\x1b.log", "line": 7}
    assert (shape["traces"], shape["traces_new"], shape["spans"], shape["lines_per_s"]) == (70, 50, 800, 2000)
    assert Account().as_json()["lines_per_s"] == 0
