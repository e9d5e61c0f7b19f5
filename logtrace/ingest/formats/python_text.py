"""Lines of Python's logging in the format that its documentation shows: time, logger, level and message, with dashes between; in
the one that it has without any configuration; and of Loguru's default.

2025-03-14 09:26:53,301 - payments.charge - INFO - [trace_id=67d3… span_id=b7ad…] charge completed
INFO:payments.charge:charge completed trace_id=67d3… span_id=b7ad…
2025-03-14 09:26:53.301 | INFO     | payments.charge:run:12 - charge completed | {'otelTraceID': '67d3…', 'otelSpanID': 'b7ad…'}
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

import orjson

from logtrace.ingest.vocabulary.text import message_told
from logtrace.patterns import lazy_pattern

NAME = "python_text"
ABOUT = "Python's logging: TIME - LOGGER - LEVEL - message, LEVEL:LOGGER:message; Loguru's TIME | LEVEL | PLACE - message"
EXAMPLE = "2025-03-14 09:26:53,301 - payments.charge - INFO - [trace_id=67d3f65d8a1b4c2e9f0d7a3b5c6e1f20] charge completed"
FIRST = digits + "DIWEC"

BEGINS = lazy_pattern(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"(?: - [\w.-]{1,100} - (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) - "
    r"| \| (?:TRACE|DEBUG|INFO|SUCCESS|WARNING|ERROR|CRITICAL) *\| )",
    re.ASCII,
)
_LINE = lazy_pattern(
    r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)(?: - ([\w.-]{1,100}))??"
    r" - (DEBUG|INFO|WARNING|ERROR|CRITICAL) - (.*)",
    re.ASCII | re.DOTALL,
)


_LOGURU = lazy_pattern(
    r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d{1,9}(?:Z|[+-]\d\d:?\d\d)?) \| "
    r"(TRACE|DEBUG|INFO|SUCCESS|WARNING|ERROR|CRITICAL) *"
    r"\| ([\w.<>-]{1,100}):[\w.<>-]{1,100}:\d+ - (.*)",
    re.ASCII | re.DOTALL,
)
_BASIC = lazy_pattern(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL):([A-Za-z_][\w.-]{0,99}):(.*)", re.ASCII | re.DOTALL)
_LONGEST = 4_096


_EXTRA = lazy_pattern(r"(.*) \| (\{'[^\n]*\})", re.ASCII)


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way."""
    extra: dict[str, Any] = {}
    if match := _LINE.fullmatch(text):
        time, logger, level, message = match.groups()
    elif match := _BASIC.fullmatch(text):
        time, (level, logger, message) = None, match.groups()
    elif " | " in text[19:40] and (match := _LOGURU.fullmatch(text)):
        time, level, logger, message = match.groups()
        if behind := _EXTRA.fullmatch(message):
            extra = _printed(behind[2])
            message = behind[1] if extra else message
    else:
        return None
    head = {"timestamp": time, "level": level, "logger": logger}
    return {**extra, **message_told(message), **{key: value for key, value in head.items() if value}}


def _printed(text: str) -> dict[str, Any]:
    """A dictionary as Python prints it, with names for keys; {} for anything else."""
    import ast  # few lines have one

    try:
        found: dict[str, Any] = orjson.loads(orjson.dumps(ast.literal_eval(text))) if len(text) < _LONGEST else {}
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return {}
    return found
