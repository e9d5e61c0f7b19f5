from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from logtrace.views.elements.glyphs import ASCII, UNICODE
from logtrace.views.tree.header import header
from tests.builders import TRACE_ID, log, span, trace


def test_zone_roots_lines_and_warnings() -> None:
    made = trace(span("a\x1b"), span("b", "worker", at=5, ms=20), lines=[log("x"), log("y")], warnings=["clocks\ndisagree"])
    assert [line.plain for line in header(made, 80, ZoneInfo("Europe/Berlin"), UNICODE)] == [
        f"trace     {TRACE_ID}",
        r"request   a\x1b, edge-mcp (first of 2 roots)",
        "start     2024-01-10T15:30:00.000+01:00 (Europe/Berlin), took 25ms",
        "spans     2, no errors, 2 services: edge-mcp, worker",
        "lines     2 log lines without a span",
        r"warning   clocks\ndisagree",
    ]


def test_the_id_stays_whole_on_40_columns() -> None:
    assert next(header(trace(span()), 40, UTC, UNICODE)).plain == f"trace {TRACE_ID}"


def test_many_services_are_counted() -> None:
    made = trace(*(span("a", f"s{number}", at=number) for number in range(11)))
    text = " ".join(line.plain for line in header(made, 200, UTC, UNICODE))
    assert "11 services: s0, s1, s2, s3, s4, s5, s6, s7 and 3 more" in text


def test_by_one_clock_it_tells_what_lists_tell() -> None:
    made = trace(span("a"), replace(span("b", "worker", at=-30, ms=20), skew_ns=35_000_000))
    told = " ".join(" ".join(line.plain.split()) for line in header(made.adjusted, 200, UTC, UNICODE))
    assert "--raw-times shows times as logged: 2024-01-10T14:29:59.970Z, took " in told
    assert "as in lists" not in " ".join(line.plain for line in header(made, 200, UTC, UNICODE))


def test_it_tells_how_sure_a_correction_is() -> None:
    moved = replace(span("b", "worker", at=-30, ms=20), skew_ns=35_000_000, skew_unsure_ns=2_000_000)
    made = trace(span("a"), moved).adjusted
    assert "adjusted: worker +35ms ± 2ms;" in " ".join(line.plain for line in header(made, 200, UTC, UNICODE))
    assert "adjusted: worker +35ms +- 2ms;" in " ".join(line.plain for line in header(made, 200, UTC, ASCII))
