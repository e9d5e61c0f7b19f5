"""Lines of Python's logging in the format that its documentation shows: time, logger, level and message, with dashes between.

2025-03-14 09:26:53,301 - payments.charge - INFO - [trace_id=67d3… span_id=b7ad…] charge completed
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.formats.text import ids_in, without_ids
from logtrace.patterns import lazy_pattern

NAME = "python_text"
ABOUT = "Python's logging with dashes: TIME - LOGGER - LEVEL - message"
EXAMPLE = "2025-03-14 09:26:53,301 - payments.charge - INFO - [trace_id=67d3f65d8a1b4c2e9f0d7a3b5c6e1f20] charge completed"

_LINE = lazy_pattern(
    r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)(?: - ([\w.-]{1,100}))??"
    r" - (DEBUG|INFO|WARNING|ERROR|CRITICAL) - (.*)",
    re.ASCII | re.DOTALL,
)
_EMPTY = lazy_pattern(r"[\[(][\s,]*[\])]\s*(?:[:-] )?")


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way."""
    match = _LINE.fullmatch(text)
    if match is None:
        return None
    time, logger, level, message = match.groups()
    ids = ids_in(message)
    found = {"timestamp": time, "level": level, "msg": _EMPTY.sub("", without_ids(message), count=1).strip() if ids else message}
    named = {"logger": logger or "", **(dict(zip(("trace_id", "span_id", "parent_span_id"), ids, strict=True)) if ids else {})}
    return found | {key: value for key, value in named.items() if value}
