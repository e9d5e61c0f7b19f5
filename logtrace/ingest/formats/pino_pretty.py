"""pino-pretty's lines: time, level, name and process, message; what was logged besides stands in indented lines below.

[2025-03-14 09:26:53.301 +0000] INFO (payments/77 on web-1): charge completed
    trace_id: "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"
    err: {
      "type": "Error",
      "stack":
          Error: late
              at charge (/app/charge.js:3:9)
    }
"""

from __future__ import annotations

import json
import re
from typing import Any

from logtrace.patterns import lazy_pattern

NAME = "pino_pretty"
ABOUT = "pino-pretty: [TIME] LEVEL (name/pid on host): message, with one field a line below"
EXAMPLE = '[2025-03-14 09:26:53.301 +0000] INFO (payments/77): charge completed\n    trace_id: "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"'
FIRST = "["

_HEAD = lazy_pattern(
    r"\[(?P<time>(?P<date>\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d\.\d{3}(?: ?(?:Z|[+-]\d\d:?\d\d))?)\] +"
    r"(?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL) "
    r"\((?:(?P<name>[^()/\n]{1,200})/)?(?P<pid>\d{1,9})(?: on (?P<host>[^()\s]{1,200}))?\): ?",
    re.ASCII,
)
_FIELD = lazy_pattern(r"^ {4}([\w.$@/-]{1,200}): (.*(?:\n(?! {4}[\w$@]).*)*)$", re.MULTILINE)
_STACK = lazy_pattern(r'"stack":\s*\n((?: {8,}.*(?:\n|$))+)')
_MARGIN = lazy_pattern(r"^ {10}", re.MULTILINE)


def head_of(text: str) -> tuple[dict[str, Any], int] | None:
    """(what the head of a text tells, its end); None where a text does not begin in this way.

    A time without a date is no instant.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    told = {
        "timestamp": head["time"] if head["date"] else None, "level": head["level"].lower(), "service": head["name"],
        "pid": int(head["pid"]), "hostname": head["host"],
    }  # fmt: skip
    return {key: value for key, value in told.items() if value is not None}, head.end()


def read(text: str) -> dict[str, Any] | None:
    """The record of a text; None where it does not begin in this way."""
    found = head_of(text)
    if found is None:
        return None
    told, end = found
    first = _FIELD.search(text, end)
    message = text[end : first.start() if first else None].strip()
    fields = {field[1]: _value(field[2]) for field in _FIELD.finditer(text, end)}
    return {**told, "msg": message, **fields}


def _value(text: str) -> Any:
    """A value: JSON, but for a stack in it, of which the lines stand as they are."""
    try:
        return json.loads(_STACK.sub(_quoted, text), strict=False)
    except (ValueError, RecursionError):
        return text.strip()


def _quoted(stack: re.Match[str]) -> str:
    return f'"stack": {json.dumps(_MARGIN.sub("", stack[1]).strip())}\n'
