from __future__ import annotations

from datetime import UTC

from logtrace.account import RejectedLine, SourceStatus, StoreStatus
from logtrace.views.upkeep.status import rejected_places, store_status
from tests.builders import MS, T0
from tests.views.show import lines_of

STATUS = StoreStatus(
    path="/home/me/logtrace.db",
    size_bytes=1_500_000,
    sources=(SourceStatus("/var/log/\x1bedge.log", 2_000_000, 1000, 40, T0), SourceStatus("-", 10, 1, 0, None)),
    traces=50,
    spans=600,
    lines_read=1001,
    lines_used=901,
    lines_without_trace=60,
    lines_rejected=40,
    rejected_by_reason={"cut in the middle": 40},
    start_ns=T0,
    end_ns=T0 + 60_000 * MS,
)


def test_at_80_columns() -> None:
    assert lines_of(store_status(STATUS, UTC), 80) == [
        "store     /home/me/logtrace.db (1.5MB)",
        "holds     50 traces, 600 spans",
        "from      2024-01-10T14:30:00.000Z to 2024-01-10T14:31:00.000Z (UTC)",
        "lines     1,001 read = 901 used + 60 without trace + 40 rejected",
        "rejected  40 cut in the middle",
        "",
        "read  lines  rejected  newest line (UTC)    source",
        r" 2MB  1,000        40  2024-01-10 14:30:00  /var/log/\x1bedge.log",
        " 10B      1            (no time)            -",
    ]


def test_rejected_lines_with_their_place() -> None:
    (line,) = rejected_places((RejectedLine("not a record", "a.log", 7),), 80)
    assert line.plain == "a.log:7: not a record"


def test_json() -> None:
    shape = STATUS.as_json()
    assert (shape["version"], shape["traces"], shape["sources"][1]["path"]) == (1, 50, "-")
