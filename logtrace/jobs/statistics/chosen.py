"""Text → which requests a population is of."""

from __future__ import annotations

import time
from datetime import tzinfo

from logtrace.errors import UsageError
from logtrace.jobs.statistics.cohorts import Chosen
from logtrace.when import FORMS, point_ns

WINDOW_SIGN = ".."


def chosen(text: str, zone: tzinfo) -> Chosen:
    """A window T1..T2, where either side may be left out; else an expression. Raises UsageError for half a window."""
    first, sign, last = text.partition(WINDOW_SIGN)
    now_ns = time.time_ns()
    points = [point_ns(each, zone, now_ns) if each.strip() else None for each in (first, last)]
    wrong = [each for each, point in zip((first, last), points, strict=True) if each.strip() and point is None]
    if not sign or len(wrong) == 2:
        return Chosen(expression=text)
    if wrong:
        raise UsageError(f"{wrong[0].strip()!r} is no time", f"write one of {FORMS}")
    since_ns, until_ns = points
    if since_ns is None and until_ns is None:
        raise UsageError(f"{text!r} is no window", "write T1..T2")
    if since_ns is not None and until_ns is not None and since_ns >= until_ns:
        raise UsageError(f"the window {text} ends before it begins", "a window goes from T1 up to T2")
    return Chosen(since_ns, until_ns)
