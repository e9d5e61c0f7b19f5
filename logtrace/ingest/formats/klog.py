"""klog, the text of Kubernetes' own programs: level, month and day, time, thread and place, then a quoted message and pairs.
glog for C++ writes the year as well.

E0314 09:26:53.301250       1 charge.go:21] "Charge failed" err="card declined" traceID="67d3…" spanID="b7ad…"
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.vocabulary.pairs import record_of, unquoted
from logtrace.ingest.vocabulary.yearless import last_day, latest_day
from logtrace.patterns import lazy_pattern

NAME = "klog"
ABOUT = 'klog, as Kubernetes\' own programs write it: LMMDD TIME THREAD FILE:LINE] "message" key="value" …; the year is assumed'
EXAMPLE = (
    'I0314 09:26:53.301250       1 charge.go:21] "Charge completed" duration="180.75ms" traceID="67d3f65d" spanID="b7ad6b71"'
)
FIRST = "IWEF"

BEGINS = lazy_pattern(r"[IWEF](?:\d{4})?\d{4} \d\d:\d\d:\d\d\.\d{6} +\d{1,9} [\w./-]{1,200}:\d{1,7}\] ", re.ASCII)
_LINE = lazy_pattern(
    r"([IWEF])((\d{4})?(\d\d)(\d\d) \d\d:\d\d:\d\d\.\d{6}) +(\d{1,9}) ([\w./-]{1,200}:\d{1,7})\] (.*)", re.ASCII | re.DOTALL
)
_MESSAGE = lazy_pattern(r'"((?:[^"\\]|\\.)*)"(?: |$)', re.DOTALL)
_REQUEST = {"verb": "method", "URI": "path", "resp": "status"}
"""How the API server names what it logs of requests."""

_LEVELS = {"I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL"}


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way. A year that is not told is that of the last such day that
    has come; the time as it is written stays in `klog.time`."""
    match = _LINE.fullmatch(text)
    day = _day_of(*match.group(3, 4, 5)) if match else None
    if match is None or day is None:
        return None
    time, rest = match[2].partition(" ")[2], match[8]
    said = _MESSAGE.match(rest)
    found = record_of(f"{day}T{time}", _LEVELS[match[1]], match[7], rest[said.end() :] if said else rest)
    request = {usual: found[key] for key, usual in _REQUEST.items()} if _REQUEST.keys() <= found.keys() else {}
    return {**found, **request, **({"msg": unquoted(said[1])} if said else {}), "klog.time": match[2]}


def _day_of(year: str | None, month: str, day: str) -> str | None:
    return f"{year}-{month}-{day}" if year else last_day(int(month), int(day), latest_day())
