"""Errors of expressions: the text with a caret under the place."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

from logtrace.errors import Lines, UsageError

SHOWN = 60
"""So many characters are shown on either side of the place."""


def pointed(why: str, text: str, at: int) -> UsageError:
    """The error of an expression at a place in it."""
    start = max(0, at - SHOWN)
    before, after = _plain(text[start:at]), _plain(text[at : at + SHOWN])
    caret = " " * sum(map(_cells, before)) + "^"
    return UsageError(why, Lines.of((before + after, caret)))


def _plain(text: str) -> str:
    """Text without anything that would move the caret away from its place."""
    return "".join(" " if char.isspace() else char if char.isprintable() else "?" for char in text)


def _cells(char: str) -> int:
    return 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1
