"""What a person gives to name a trace, taken apart: an id, a prefix of one, a traceparent header, a Jaeger URL."""

from __future__ import annotations

import re
from binascii import b2a_base64
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


def decimal_low(asked: Wanted) -> int | None:
    """The lower half of an id that is asked for as Datadog writes it: a decimal number of 64 bits. None for anything else."""
    text = asked.text
    number = int(text) if text.isascii() and text.isdecimal() and 16 <= len(text) <= 20 else 0
    return (number - (1 << 64) if number >> 63 else number) if 0 < number < 1 << 64 else None


def other_spellings(asked: Wanted) -> list[str]:
    """What stands in lines that write a whole id in other digits than hexadecimal ones: decimal (all of it, or its lower half) or
    base64, without what fills it up."""
    if not 12 <= len(asked.digits) <= 32:
        return []
    digits = asked.digits.rjust(16 if len(asked.digits) <= 16 else 32, "0")
    decimals = (str(int(digits[-16:], 16)), str(int(digits, 16)))
    base64 = b2a_base64(bytes.fromhex(digits), newline=False).decode().rstrip("=")
    return [text for text in dict.fromkeys((*decimals, base64)) if len(text) >= SHORTEST]


SHORTEST = 11
"""Characters of an id in base64; shorter numbers are anything."""
