from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from logtrace.account import KnownPair, ServiceRow
from logtrace.model import TraceSummary
from logtrace.reconstruct.spans.clocks import Clock, unknown
from logtrace.views.json.shapes import left_clock_json
from logtrace.views.lists.tables import clocks_table, pairs_table, services_table, traces_table
from tests.builders import MS, T0, TRACE_ID
from tests.views.show import lines_of


def summary(trace_id: str = TRACE_ID, **more: Any) -> TraceSummary:
    plain = TraceSummary(trace_id, "edge-mcp", "POST /api/v1/tasks", T0, 5200 * MS, 12, 2, 0, 0, 20, False)
    return plain._replace(**more)


def test_at_80_columns() -> None:
    rows = [
        summary(),
        summary("a" * 32, errors=3, partial=True),
        summary("0" * 16 + "00f067aa0ba902b7", start_ns=None, duration_ns=None),
    ]
    assert [line.rstrip() for line in lines_of(traces_table(rows, UTC), 80)] == [
        "trace     start (UTC)     took  spans  svc  err  request",
        "4bf92f35  01-10 14:30:00  5.2s     12    2       edge-mcp: POST /api/v1/tasks",
        "aaaaaaaa  01-10 14:30:00  5.2s    12+    2    3  edge-mcp: POST /api/v1/tasks",
        "00f067aa  (no time)          ?     12    2       edge-mcp: POST /api/v1/tasks",
        "+ partial: spans name parents that were never logged",
    ]


def test_columns_go_before_the_request_is_cut() -> None:
    lines = lines_of(traces_table([summary(errors=3)], UTC), 60)
    assert [line.rstrip() for line in lines] == [
        "trace     start (UTC)     took  err  request",
        "4bf92f35  01-10 14:30:00  5.2s    3  edge-mcp: POST /api/v1…",
    ]
    assert "svc" in lines_of(traces_table([summary(root_name="x")], UTC), 60)[0]


def test_ids_are_whole_where_there_is_room_and_prefixes_unique() -> None:
    alike = [summary("ab" * 10 + "0" * 12), summary("ab" * 10 + "1" * 12)]
    narrow = lines_of(traces_table(alike, UTC), 80)
    assert [line.split()[0] for line in narrow[1:3]] == ["ab" * 10 + "0", "ab" * 10 + "1"]
    assert lines_of(traces_table(alike, UTC), 120)[1].startswith("ab" * 10 + "0" * 12 + "  ")


@pytest.mark.parametrize("width", [70, 80, 120])
def test_long_names_do_not_break_the_table(width: int) -> None:
    rows = [summary()._replace(root_name="x\n\x1b[31m你好[/b]" * 40, duration_ns=123 * MS)]
    lines = lines_of(traces_table(rows, UTC), width)
    assert len(lines) == 2
    assert "123ms" in lines[1]
    assert "\x1b" not in lines[1]


def test_services() -> None:
    rows = [ServiceRow("edge-mcp", 12345, 7, 3, T0, T0 + 5000 * MS), ServiceRow("", 1, 1, 0, None, None)]
    assert lines_of(services_table(rows, UTC), 80) == [
        " spans  ops  errors  first             last (UTC)        service",
        "12,345    7       3  2024-01-10 14:30  2024-01-10 14:30  edge-mcp",
        "     1    1          (no time)         (no time)         (not named)",
    ]


def test_clocks_without_a_correction_are_listed_with_the_reason() -> None:
    moved = Clock("b", ((0, 7 * MS),), 2 * MS, 40, "a", False)
    agrees, silent = Clock("c", ((0, 0),), 5 * MS, 12, "a", False), unknown("d", cold=False)
    text = [" ".join(line.split()) for line in lines_of(clocks_table([moved], [agrees, silent]), 120)]
    assert text[1:] == [
        "7ms 2ms 40 named parents b",
        "0ns 5ms 12 named parents c",
        "not known 0 d",
        "",
        "all by the clock of a",
        "not known: no calls surely waited for",
    ]
    other = [" ".join(line.split()) for line in lines_of(clocks_table([moved, moved._replace(reference="e")], [silent]), 120)]
    assert other[1:4] == ["7ms 2ms 40 named parents a b", "7ms 2ms 40 named parents e b", "not known 0 d"]
    assert "holds if it is right" in " ".join(lines_of(clocks_table([moved._replace(cold=True)]), 200))
    long = [moved._replace(domain='host "ip-10-0-3-17.internal"'), silent]
    assert any('host "ip-10-0-3-17.internal"' in line for line in lines_of(clocks_table(long), 80)), "a name is not cut"
    assert (left_clock_json(agrees)["known"], left_clock_json(silent)["known"]) == (True, False)
    assert left_clock_json(silent)["uncertainty_ns"] is None


def test_a_child_with_a_long_caller_stands_below_its_row() -> None:
    caller, child = (
        ("checkout-service", "POST /api/v1/orders/{id}/items/{item}/discounts"),
        ("stock", "reserve items of an order"),
    )
    told = [line.strip() for line in lines_of(pairs_table([KnownPair(caller, child, 12, 0.0, 0.98)]), 80)]
    assert told[-1] == "stock: reserve items of an order"
