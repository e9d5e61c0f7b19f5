"""zap's console encoding: time, level, logger, caller and message parted by tabs, fields as JSON behind them. go-zero's plain
encoding has them as pairs, with tabs between; its `trace` and `span` are ids.

2025-03-14T09:26:53.350Z  info  payments  main.go:21  charge completed  {"trace_id": "4bf92f35", "duration": "180.75ms"}
2025-03-14T09:26:53.350Z | info | payments | main.go:21 | charge completed | {"trace_id": "4bf92f35"}    (with another separator)
2025-03-14T09:26:53.350Z  info  [HTTP] 200 - POST /charge  duration=180.8ms  trace=4bf92f35  span=b7ad6b71
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

import orjson

from logtrace.ingest.vocabulary.levels import severity
from logtrace.ingest.vocabulary.pairs import scalar
from logtrace.patterns import lazy_pattern

NAME = "zap_console"
ABOUT = "zap's console encoding: parts between tabs, fields as JSON at the end; go-zero's, with key=value at the end"
EXAMPLE = (
    '2025-03-14T09:26:53.350Z\tinfo\tpayments\tmain.go:21\tcharge completed\t{"trace_id": "67d3f65d", "duration": "180.75ms"}'
)
FIRST = digits

BEGINS = lazy_pattern(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)\t[A-Za-z]+\t[^\t{]", re.ASCII)
_CALLER = lazy_pattern(r"[\w./@-]+\.go:\d+", re.ASCII)
_TIME = lazy_pattern(r"\d{4}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?|\d(?:\.\d+)?e\+\d\d|\d{10}(?:\.\d+)?", re.ASCII)
_PAIR = lazy_pattern(r"([A-Za-z_][\w.-]{0,99})=(.*)", re.ASCII)
_BARS = " | "
_OF_GO_ZERO = frozenset(("slow", "stat"))


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way."""
    first, *stack = text.split("\n")
    between = "\t" if "\t" in first else _BARS
    if between not in first or (between is _BARS and ".go:" not in first):  # bars part many others
        return None
    parts = first.split(between)
    if len(parts) < 3 or not _TIME.fullmatch(parts[0]) or not _is_level(parts[1].strip()):
        return None
    time = parts[0] if "e+" not in parts[0] else float(parts[0])
    found: dict[str, Any] = {"ts": time, "level": parts[1].lower()}
    rest, pairs = _parted(parts[2:])
    if pairs:
        return {"@timestamp": time, "level": parts[1].strip(), "content": "\t".join(rest), **pairs}
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
    found["msg"] = between.join(rest)
    if stack:
        found["stacktrace"] = "\n".join(stack)
    return found


def _is_level(word: str) -> bool:
    return severity(word) > 0 or word in _OF_GO_ZERO


def _parted(parts: list[str]) -> tuple[list[str], dict[str, Any]]:
    """(parts, pairs) of the parts behind a level, of which the last may be pairs."""
    found: dict[str, Any] = {}
    while len(parts) > 1 and (pair := _PAIR.fullmatch(parts[-1])):
        found = {pair[1]: scalar(pair[2]), **found}
        parts = parts[:-1]
    return parts, found
