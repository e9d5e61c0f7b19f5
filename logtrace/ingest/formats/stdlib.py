"""Lines of Go's `log` package with its default flags: `2025/11/10 19:36:10 message`, in the local time of who wrote it."""

from __future__ import annotations

import re
from string import digits
from typing import Any

from logtrace.ingest.vocabulary.levels import SEVERITY
from logtrace.ingest.vocabulary.pairs import record_of
from logtrace.patterns import lazy_pattern

NAME = "stdlib"
ABOUT = "Go's log package: date, time, message"
EXAMPLE = "2025/11/10 19:36:10 Connecting to Redis at redis:6379"
FIRST = digits

_LEVEL_WORDS = "|".join(word for word in SEVERITY if isinstance(word, str) and word.isalpha())
BEGINS = lazy_pattern(
    r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? (?=[A-Za-z])"
    rf"(?!(?i:{_LEVEL_WORDS})\s*[\]|]?\s)",  # a level alone: slog's and others' consoles, where pairs follow
    re.ASCII,
)
_HEAD = lazy_pattern(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?) (?:\[([\w .-]{1,50})\] )?(?=\S)", re.ASCII)
_LEVELS = {"ERROR": "ERROR", "WARN": "WARN", "WARNING": "WARN", "FATAL": "FATAL", "PANIC": "FATAL", "RECOVERY": "FATAL"}
_WORD = lazy_pattern(r"(Error|Warning|Fatal|ERROR|WARN|WARNING|FATAL):", re.ASCII)


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin with such a date. `[API ERROR]` and `Warning:` tell the level."""
    match = _HEAD.match(text) if text[4:5] == "/" else None
    if match is None:
        return None
    component = match[2] or ""
    rest = text[match.end() :]
    said = component.rpartition(" ")[2].upper() if component else ""
    if (word := _WORD.match(rest)) and said not in _LEVELS:
        said = word[1].upper()
    return record_of(match[1], _LEVELS.get(said, ""), component, rest)
