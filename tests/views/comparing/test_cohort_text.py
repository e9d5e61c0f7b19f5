"""What each kind of finding reads like."""

from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest

from logtrace.analysis.cohorts.attributes import ValueFinding
from logtrace.analysis.cohorts.finding import Finding
from logtrace.analysis.cohorts.findings import Found
from logtrace.analysis.cohorts.measured import Kind
from logtrace.analysis.cohorts.significance import Interval, Power
from logtrace.analysis.cohorts.tails import Tail
from logtrace.analysis.cohorts.windows import CohortComparison, Mix, Side
from logtrace.columns import Operation
from logtrace.views.comparing.cohort_text import finding_sentences, value_sentence
from logtrace.views.comparing.cohorts import cohorts_view
from logtrace.views.elements.glyphs import ASCII, UNICODE
from tests.views.show import lines_of

ROOT, LOAD, QUERY = Operation("edge", "GET /"), Operation("edge", "Load"), Operation("db", "Query\x1b[31m")


def finding(kind: str, before: float, after: float, interval: Interval | None = None, key: str = "", **more: object) -> Finding:
    other = QUERY if kind in ("edge", "calls", "presence") else None
    ratio = after / before if before else None
    return Finding(kind, ROOT, LOAD, other, key, before, after, 50, 50, ratio, interval, 0.5, 0.0, 0.0)._replace(**more)


SURE = ", 95 % sure)"
CALLEE, AROUND = r"db: Query\x1b[31m", "network, queue, or the caller around it"
MEDIANS = ": median 1ms → 5ms"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (
            finding("time", 1e8, 3e8, Interval(2, 4)),
            f"edge: Load itself takes 3 times as long: median 100ms → 300ms (2× to 4×{SURE}",
        ),
        (finding("duration", 1e8, 1.3e8), "edge: Load takes 30 % longer: median 100ms → 130ms"),
        (finding("time", 1e8, 5e7), "edge: Load itself takes 50 % less: median 100ms → 50ms"),
        (finding("time", 1.5e9, 1e8), "edge: Load itself takes 15 times less: median 1.5s → 100ms"),
        (finding("time", 0, 5e7), "edge: Load itself takes longer: median 0ns → 50ms"),
        (
            finding("edge", 1e6, 5e6),
            f"the way from edge: Load to {CALLEE} and back takes 5 times as long{MEDIANS}: {AROUND}",
        ),
        (finding("calls", 1, 12), f"edge: Load calls {CALLEE} 12 times a request, 1 before (12×)"),
        (
            finding("errors", 0.02, 0.14, Interval(0.07, 0.18)),
            f"edge: Load fails in 14 % of its requests, 2.0 % before (+7 to +18 points{SURE}",
        ),
        (
            finding("presence", 1, 0.2, Interval(-0.9, -0.7)),
            f"edge: Load calls {CALLEE} in 20 % of its requests, 100 % before (-90 to -70 points{SURE}",
        ),
        (
            finding("attribute", 10_485_760, 524_288_000, Interval(49, 51), "size_bytes"),
            f"edge: Load: size_bytes grew 50×: median 10.5MB → 524MB (49× to 51×{SURE}",
        ),
        (finding("attribute", 4, 0, Interval(0, 0), "gc_runs"), "edge: Load: gc_runs shrank: median 4 → 0"),
    ],
)
def test_sentences(found: Finding, says: str):
    assert next(finding_sentences(found, UNICODE)) == says


def test_what_it_makes_up_and_what_changed_with_it():
    grown = finding("attribute", 1, 2, key="rows")
    told = list(finding_sentences(finding("time", 1e8, 3e8, per_request_ns=2e8, share=0.934, related=(grown,)), UNICODE))
    assert told[1:] == [
        "that is 200ms more in an average request, 93 % of what edge: GET / changed",
        "its rows grew 2×: median 1 → 2",
    ]


def test_what_calls_add_is_told():
    more = list(finding_sentences(finding("calls", 1, 12, per_request_ns=2e7, share=0.5), UNICODE))
    assert more[1:] == ["that is 20ms more in an average request, 50 % of what edge: GET / changed"]
    gone = list(finding_sentences(finding("presence", 1, 0, per_request_ns=-5e6, share=-0.1), UNICODE))
    assert gone[1:] == ["that is 5ms less in an average request"]
    assert len(list(finding_sentences(finding("presence", 0, 1), UNICODE))) == 1


def test_a_tail_is_told_by_the_mean_and_nothing_is_less_and_more_of_one_thing():
    tail = Tail(118e6, 2e9, 130e6, 2.1e9, 0.1, 2e9, True)
    slower = finding("time", 1e8, 6e7, per_request_ns=1.41e8, share=1.0, tail=tail)
    assert list(finding_sentences(slower, UNICODE)) == [
        "edge: Load itself takes 141ms more in an average request, though its median fell: 10 % take 20 times the median before",
        "median 100ms → 60ms, p95 118ms → 2s, p99 130ms → 2.1s",
        "that is 100 % of what edge: GET / changed",
    ]
    faster = slower._replace(before=6e7, after=1e8, per_request_ns=-1.41e8, share=None)
    assert next(finding_sentences(faster, UNICODE)).endswith("though its median rose: 10 % took 20 times the median after")
    unsure = slower._replace(tail=tail._replace(sure=False))
    assert list(finding_sentences(unsure, UNICODE)) == [
        "edge: Load itself takes 40 % less: median 100ms → 60ms",
        "that is the median: the slowest make it 141ms more in an average request, which may be chance",
    ]


def test_values_and_keys():
    value = ValueFinding(ROOT, "cache.hit", False, LOAD, 0.1, 1.0, 3, 31, 10.0, Interval(0.8, 0.97), 0.0, 0.6)
    assert value_sentence(value, UNICODE) == "cache.hit = false: 10 % → 100 % of edge: GET / (+80 to +97 points, 95 % sure, 10×)"
    came = value._replace(value=None, before=0.0, lift=None)
    assert value_sentence(came, UNICODE).startswith("cache.hit (the attribute itself): 0 % → 100 % of")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("heap_bytes", 500_000_000, "heap_bytes = 500MB (500000000): "),
        ("wait_ms", "1500", "wait_ms = 1.5s (1500): "),
        ("wait_ms", "long", "wait_ms = long: "),
        ("shards", 500_000, "shards = 500000: "),
    ],
)
def test_values_have_the_unit_of_their_key(key: str, value: object, says: str):
    found = ValueFinding(ROOT, key, value, LOAD, 0.1, 1.0, 3, 31, 10.0, Interval(0.8, 0.97), 0.0, 0.6)
    assert value_sentence(found, UNICODE).startswith(says)


def test_as_many_values_as_findings_are_shown():
    side = Side("", 0, 60 * 10**9, 90, 90, 0.0)
    value = ValueFinding(ROOT, "zone", 0, LOAD, 0.1, 1.0, 3, 31, 10.0, Interval(0.8, 0.97), 0.0, 0.6)
    page = CohortComparison(
        side, side, Found((), (), (), 9, None), tuple(value._replace(value=at) for at in range(12)), (), True, ()
    )
    few, all_ = ("\n".join(lines_of(cohorts_view(page, most, UTC, UNICODE), 120)) for most in (3, 12))
    assert (few.count("zone ="), all_.count("zone =")) == (3, 12)
    assert "and 9 more values; -n 12 shows all" in few


def test_the_page_fits_and_has_no_signs_that_a_terminal_lacks():
    side = Side("", 0, 60 * 10**9, 90, 90, 0.0)
    found = Found((), tuple(finding("edge", 1e6, at * 1e6) for at in range(2, 20)), (finding("time", 1, 9),), 9, Power(1.3, None))
    page = CohortComparison(side, side, found, (), (Mix(ROOT, 0.1, 0.9, 0.0),), True, ("a note",))
    lines = lines_of(cohorts_view(page, 3, UTC, ASCII), 60)
    assert max(map(len, lines)) <= 60
    assert "\n".join(lines).isascii()
    assert "15 more findings; -n 18 shows all" in lines


@pytest.mark.parametrize(
    ("many", "says"), [(19, "that takes 20 requests of a kind on each side"), (20, "no duration, call or failure is known")]
)
def test_why_nothing_was_tested(many: int, says: str):
    unknown = np.array([], np.float64)
    side = Side("", None, 1, many, many, 0.0)
    found = Found((Kind(ROOT, many, many, unknown, unknown),), (), (), 0, None)
    lines = lines_of(cohorts_view(CohortComparison(side, side, found, (), (), True, ()), 5, UTC, UNICODE), 120)
    assert f"nothing was tested: {says}" in lines[-1]
