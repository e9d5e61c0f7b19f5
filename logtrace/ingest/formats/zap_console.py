"""zap's console encoding: time, level, logger, caller and message parted by tabs, fields as JSON behind them.

2025-03-14T09:26:53.350Z  info  payments  main.go:21  charge completed  {"trace_id": "4bf92f35", "duration": "180.75ms"}
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from logtrace.ingest.formats.levels import severity
from logtrace.patterns import lazy_pattern

NAME = "zap_console"
ABOUT = "zap's console encoding: parts between tabs, fields as JSON at the end"
EXAMPLE = (
    '2025-03-14T09:26:53.350Z\tinfo\tpayments\tmain.go:21\tcharge completed\t{"trace_id": "67d3f65d", "duration": "180.75ms"}'
)

BEGINS = lazy_pattern(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)\t[A-Za-z]+\t[^\t{]", re.ASCII)
_CALLER = lazy_pattern(r"[\w./@-]+\.go:\d+", re.ASCII)
_TIME = lazy_pattern(r"\d{4}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?|\d(?:\.\d+)?e\+\d\d|\d{10}(?:\.\d+)?", re.ASCII)


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way."""
    first, *stack = text.split("\n")
    parts = first.split("\t")
    if len(parts) < 3 or not _TIME.fullmatch(parts[0]) or not severity(parts[1]):
        return None
    time = parts[0] if "e+" not in parts[0] else float(parts[0])
    found: dict[str, Any] = {"ts": time, "level": parts[1].lower()}
    rest = parts[2:]
    if rest[-1][:1] == "{" and len(rest) > 1:
        try:
            found |= orjson.loads(rest[-1])
            del rest[-1]
        except orjson.JSONDecodeError:
            pass  # a message with a brace
    at = next((at for at, part in enumerate(rest[:2]) if _CALLER.fullmatch(part)), None)
    if at is not None:
        found["caller"] = rest.pop(at)
    if len(rest) > 1 and (at == 1 or " " not in rest[0]):
        found["logger"] = rest.pop(0)
    found["msg"] = "\t".join(rest)
    if stack:
        found["stacktrace"] = "\n".join(stack)
    return found
