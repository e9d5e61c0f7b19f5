"""The signs a waterfall is drawn with, in Unicode and in ASCII."""

from __future__ import annotations

from typing import NamedTuple


class Glyphs(NamedTuple):
    """tree signs are one cell; `dash` draws a connector that a line states, `guess` one that is inferred."""

    tee: str
    corner: str
    rail: str
    dash: str
    guess: str
    ellipsis: str
    bar: str
    bar_left: str
    bar_right: str
    bar_open: str
    at_least: str
    times: str
    dot: str
    ok: str
    slow: str
    error: str
    soft: str

    def plain(self, text: str) -> str:
        """Our own words in these signs: ASCII has no µ."""
        return text.replace("µ", "u") if self is ASCII else text


UNICODE = Glyphs("├", "└", "│", "─", "╌", "…", "━", "╸", "╺", "┄", "≥ ", "×", "·", "✓", "⚠", "✗", "!")
ASCII = Glyphs("|", "`", "|", "-", ".", "...", "=", "|", "|", "-", ">=", "x", "-", "ok", "SLOW", "ERR", "err")
