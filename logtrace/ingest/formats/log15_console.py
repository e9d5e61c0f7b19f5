"""log15 on a terminal, and go-ethereum's: level, month and day, time, message, pairs.

INFO[03-14|09:26:53] charge completed                         trace_id=67d3f65d duration=180.75ms
INFO [03-14|09:26:53.301] charge completed                    trace_id=67d3f65d duration=180.75ms
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.vocabulary.pairs import record_of
from logtrace.ingest.vocabulary.yearless import last_day, latest_day
from logtrace.patterns import lazy_pattern

NAME = "log15_console"
ABOUT = "log15 on a terminal: LEVEL[MM-DD|TIME] message key=value …; the year is assumed"
EXAMPLE = "INFO[03-14|09:26:53] charge completed                             duration=180.75ms trace_id=67d3f65d"
FIRST = "TDIWEC"

BEGINS = lazy_pattern(r"(?:TRCE|DBUG|INFO|WARN|EROR|CRIT) ?\[\d\d-\d\d\|\d\d:\d\d:\d\d(?:\.\d{1,9})?\] ", re.ASCII)
_HEAD = lazy_pattern(
    r"(TRCE|DBUG|DEBUG|TRACE|INFO|WARN|EROR|ERROR|CRIT) ?\[((\d\d)-(\d\d)\|(\d\d:\d\d:\d\d(?:\.\d{1,9})?))\] +", re.ASCII
)
_LEVELS = {"TRCE": "trace", "DBUG": "debug", "EROR": "error"}


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way. The year is that of the last such day that has come; the
    time as it is written stays in `log15.time`."""
    head = _HEAD.match(text)
    day = last_day(int(head[3]), int(head[4]), latest_day()) if head else None
    if head is None or day is None:
        return None
    found = record_of(f"{day}T{head[5]}", _LEVELS.get(head[1], head[1].lower()), "", text[head.end() :])
    return {**found, "log15.time": head[2]}
