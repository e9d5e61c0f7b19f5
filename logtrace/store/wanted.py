"""What a person gives to name a trace, taken apart: an id, a prefix of one, a traceparent header, a Jaeger URL."""

from __future__ import annotations

import re
from typing import NamedTuple

from logtrace.ids import TraceId
from logtrace.patterns import lazy_pattern

MIN_PREFIX = 4
"""Shorter texts are no prefixes: they would mean everything."""

_TRACEPARENT = lazy_pattern(r"\b[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\b", re.ASCII | re.IGNORECASE)
_URL = lazy_pattern(r"://[^\s]*/traces?/([^/?#\s]+)")
_DIGITS = lazy_pattern(r"(?:0x)?([0-9a-f-]+)", re.ASCII | re.IGNORECASE)


class Wanted(NamedTuple):
    """text: the id as given, without what was around it; digits: its hexadecimal digits in lower case, without dashes,
    "" where it is anything else."""

    text: str
    digits: str


def wanted(text: str) -> Wanted:
    """What a text asks for."""
    plain = text.strip().strip("\"'")
    around = _TRACEPARENT.search(plain) or _URL.search(plain)
    core = around[1] if around else plain
    match = _DIGITS.fullmatch(core)
    digits = match[1].replace("-", "").lower() if match else ""
    return Wanted(core, digits if len(digits) <= 32 else "")


def starts_with(trace: TraceId, asked: Wanted) -> bool:
    """Whether an id begins as asked for: in its long form, its 64-bit form, or without its leading zeros."""
    whole = str(trace).lower()
    if len(asked.digits or asked.text) < MIN_PREFIX:
        return False
    if trace.text:
        return whole.startswith((asked.text.lower(), asked.digits or asked.text.lower()))
    short = whole.lstrip("0").startswith(asked.digits.lstrip("0") or "0")
    return bool(asked.digits) and (short or whole.startswith(asked.digits))
