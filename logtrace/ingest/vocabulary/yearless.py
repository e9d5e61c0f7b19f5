"""Days that are written without a year, as syslog and klog do: taken for the last of such that has come."""

from __future__ import annotations

from datetime import date, timedelta
from time import time

_YEARS = 9  # the longest time between two leap days
_DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1)


def latest_day() -> date:
    """The last day of which a log can tell: clocks of other zones may be ahead."""
    return _EPOCH + timedelta(days=time() // _DAY_SECONDS + 1)


def last_day(month: int, day: int, latest: date) -> str | None:
    """The last such day up to the latest, as `2025-03-14`; None where there is none."""
    for year in range(latest.year, latest.year - _YEARS, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= latest:
            return found.isoformat()
    return None
