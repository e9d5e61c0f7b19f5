"""klog, the text of Kubernetes' own programs: level, month and day, time, thread and place, then a quoted message and pairs.

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

BEGINS = lazy_pattern(r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{6} +\d{1,9} [\w./-]{1,200}:\d{1,7}\] ", re.ASCII)
_LINE = lazy_pattern(
    r"([IWEF])((\d\d)(\d\d) \d\d:\d\d:\d\d\.\d{6}) +(\d{1,9}) ([\w./-]{1,200}:\d{1,7})\] (.*)", re.ASCII | re.DOTALL
)
_MESSAGE = lazy_pattern(r'"((?:[^"\\]|\\.)*)"(?: |$)', re.DOTALL)
_REQUEST = {"verb": "method", "URI": "path", "resp": "status"}
"""How the API server names what it logs of requests."""

_LEVELS = {"I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL"}


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way. The year is that of the last such day that has come; the
    time as it is written stays in `klog.time`."""
    match = _LINE.fullmatch(text)
    day = last_day(int(match[3]), int(match[4]), latest_day()) if match else None
    if match is None or day is None:
        return None
    said = _MESSAGE.match(match[7])
    found = record_of(f"{day}T{match[2][5:]}", _LEVELS[match[1]], match[6], match[7][said.end() :] if said else match[7])
    request = {usual: found[key] for key, usual in _REQUEST.items()} if _REQUEST.keys() <= found.keys() else {}
    return {**found, **request, **({"msg": unquoted(said[1])} if said else {}), "klog.time": match[2]}
