"""logrus on a terminal: a level of four letters, the seconds since the program began or the time, the caller, the message, pairs.

ERRO[0012] charge failed                                 operation=charge trace_id=67d3f65d duration=180.75ms
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.vocabulary.pairs import record_of
from logtrace.patterns import lazy_pattern

NAME = "logrus_console"
ABOUT = "logrus on a terminal: LEVL[0012] message key=value …"
EXAMPLE = "INFO[2025-03-14T09:26:53Z] charge completed                             duration=180.75ms trace_id=67d3f65d"
FIRST = "TDIWEFP"

_HEAD = lazy_pattern(
    r"(TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[(?:\d{4,9}|(\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)))\]"
    r"(?:\S+:\d+(?: (\S+)\(\))?)? ",
    re.ASCII,
)
BEGINS = lazy_pattern(r"(?:TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[[\dT:.Z+-]+\] ")
_LEVELS = {"TRAC": "trace", "DEBU": "debug", "ERRO": "error", "FATA": "fatal", "PANI": "panic"}


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way. Seconds since the beginning are no time."""
    head = _HEAD.match(text)
    return (
        None
        if head is None
        else record_of(head[2] or "", _LEVELS.get(head[1], head[1].lower()), head[3] or "", text[head.end() :])
    )
