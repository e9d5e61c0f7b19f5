"""Alerts fire once, resolve once, and only look back over their window."""

from __future__ import annotations

import pytest

from logtrace.analysis.alerting import FIRING, RESOLVED, Alerts, Notice
from logtrace.errors import UsageError
from logtrace.model import Trace
from logtrace.query.alerts import parse_alert
from tests.builders import span, trace


def made(number: int, ms: float = 10, error: str | None = None) -> Trace:
    found = trace(span("Work", "worker", ms=ms, error=error, key=number))
    return Trace(f"t{number}", found.spans)


def watch(text: str, *known: str) -> Alerts:
    return Alerts([parse_alert(text)], 0.0, known)


def states(notices: list[Notice]) -> list[str]:
    return [notice.state for notice in notices]


def test_a_slow_operation_fires_and_resolves_when_the_window_has_passed():
    alerts = watch('operation("Work").p99 < 100ms over 1m')
    alerts.see([made(1)], 1)
    assert not list(alerts.tick(1))
    alerts.see([made(2, ms=500)], 10)
    (notice,) = alerts.tick(11)
    assert notice == ('operation("Work").p99 < 100ms over 1m', FIRING, "Work: p99 is 500ms of 2 spans", ("t2",))
    assert not list(alerts.tick(12))
    alerts.see([made(3)], 60)
    assert states(list(alerts.tick(71))) == [RESOLVED]


def test_a_share_of_errors_and_a_count_of_them():
    alerts = watch('service("worker").error_rate <= 10% over 1m')
    alerts.see([made(n) for n in range(9)], 1)
    alerts.see([made(9, error="no")], 2)
    assert not list(alerts.tick(3))
    alerts.see([made(10, error="no")], 4)
    (notice,) = alerts.tick(5)
    assert notice[1:] == (FIRING, "worker: error_rate is 18.18% of 11 spans", ("t9", "t10"))


def test_what_is_too_fast_is_shown_by_the_fastest():
    alerts = watch('operation("Work").min > 5ms over 1s')
    alerts.see([made(1), made(2, ms=3), made(3, ms=1)], 1)
    (notice,) = alerts.tick(1.5)
    assert notice[2:] == ("Work: min is 1ms of 3 spans", ("t3", "t2"))


def test_a_missing_heartbeat_is_told_after_a_whole_window():
    alerts = watch('operation("Work").count >= 1 over 1m')
    assert not list(alerts.tick(59))
    assert states(list(alerts.tick(60))) == [FIRING]
    alerts.see([made(1)], 70)
    assert states(list(alerts.tick(71))) == [RESOLVED]
    assert states(list(alerts.tick(130))) == [FIRING]


def test_an_error_is_new_once():
    alerts = watch("no new errors over 1m")
    alerts.see([made(1, error="disk full")], 1)
    (notice,) = alerts.tick(2)
    assert notice.state == FIRING and "disk full" in notice.told
    assert states(list(alerts.tick(62))) == [RESOLVED]
    alerts.see([made(2, error="disk full")], 63)
    assert not list(alerts.tick(64))


def test_a_span_that_is_seen_again_counts_once():
    alerts = watch("errors < 2 over 1m")
    alerts.see([made(1, error="no")], 1)
    alerts.see([made(1, error="no")], 2)
    assert not list(alerts.tick(3))


def test_a_clock_that_goes_backwards_changes_nothing():
    alerts = watch("errors < 1 over 1m")
    alerts.see([made(1, error="no")], 100)
    assert states(list(alerts.tick(100))) == [FIRING]
    assert not list(alerts.tick(10))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("errors < 1", "looks over a window"), ("errors < 1 over soon", "from 1s to 24h"), ("errors < 1 over 2d", "from 1s"),
        ("orphans = 0 over 5m", "compares a number"), ("every trace error over 5m", "compares a number"),
        ('operation("A").depth < 3 over 5m', "compares a number"), ('operation("A").p99 < 5kb over 5m', "its unit is one of"),
    ],
)  # fmt: skip
def test_what_is_no_alert_is_told(text: str, why: str):
    with pytest.raises(UsageError, match=why):
        parse_alert(text)
