"""What is wrong with an expression, where it is a mistake that people make: said better than what could stand there."""

from __future__ import annotations

import re
from typing import NamedTuple

from logtrace.patterns import lazy_pattern
from logtrace.query.literals import QUOTED, UNITS

_CLOSED = lazy_pattern(QUOTED, re.DOTALL)
_MIXED = lazy_pattern(r"(?<![\w.-])-?\d[\d.]*[^\W\d_]\w*")
"""What begins as a number and goes on as a word."""


class Mistake(NamedTuple):
    """why: a sentence; at: the place that it is about."""

    why: str
    at: int


def mistake(text: str, at: int) -> Mistake | None:
    """The mistake at (or around) the place where a text stops being an expression; None where it is no common one."""
    if text[at : at + 1] in ("'", '"') and not _CLOSED.match(text, at):
        return Mistake(f"the text that begins here has no {text[at]} at its end", at)
    before = text[at - 1 : at]
    if before in ("'", '"') and text[at : at + 1] == before:
        return Mistake(f"a quote within a text is written \\{before}, or stands in the other quotes", at - 1)
    for found in _MIXED.finditer(text):
        if found.start() < at <= found.end():
            told = f"{found[0]!r} is no number: its unit may be {', '.join(UNITS)}; a text stands in quotes"
            return Mistake(told, found.start())
    return None
