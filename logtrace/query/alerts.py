"""Alerts: a rule that has to hold over a sliding window.

operation("CreateTask").p99 < 500ms over 5m         service("worker").error_rate <= 1% over 10m
operation("Heartbeat").count >= 1 over 2m           errors < 10 over 1m        no new errors over 10m
"""

from __future__ import annotations

import re
from typing import NamedTuple

from logtrace.patterns import lazy_pattern
from logtrace.query.point import pointed
from logtrace.query.rules import Metric, parse_rule
from logtrace.units import NS, duration_text_ns

NEW_ERRORS = "no new errors"
MEASURED = ("traces", "spans", "errors")
"""What of everything is counted as it goes by; the other totals are those of a store."""

_OVER = lazy_pattern(r"^(.*?)\s+over\s+(\S+)\s*$", re.DOTALL)
_LONGEST_NS = 24 * NS["h"]


class Alert(NamedTuple):
    """text: as it was written; rule: None for errors of a kind that was never seen before; window_ns: so far back it looks."""

    text: str
    rule: Metric | None
    window_ns: int


def parse_alert(text: str) -> Alert:
    """The alert of a sentence. Raises UsageError, with a caret under the place, where it is none."""
    found = _OVER.match(text)
    if found is None:
        raise pointed("an alert looks over a window: … over 5m", text, len(text))
    window_ns = duration_text_ns(found[2])
    if window_ns is None or not NS["s"] <= window_ns <= _LONGEST_NS:
        raise pointed("a window goes from 1s to 24h", text, found.start(2))
    if " ".join(found[1].split()) == NEW_ERRORS:
        return Alert(text, None, window_ns)
    rule = parse_rule(found[1])
    if not isinstance(rule, Metric) or (rule.subject is None and rule.name not in MEASURED) or rule.name in ("depth", "children"):
        raise pointed(f"an alert compares a number: of an operation, a service, {', '.join(MEASURED)}; or {NEW_ERRORS}", text, 0)
    return Alert(text, rule, window_ns)
