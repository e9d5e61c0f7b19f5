"""The signs a waterfall is drawn with, in Unicode and in ASCII."""

from __future__ import annotations

from typing import NamedTuple


class Glyphs(NamedTuple):
    """tree signs are one cell; `dash` draws a connector that a line states, `guess` one that is inferred.

    A `bar` is time on the critical path, `light` time beside it; light_bar and bar_light are half of each.
    `levels` go from nothing to the most."""

    tee: str
    corner: str
    rail: str
    dash: str
    guess: str
    ellipsis: str
    bar: str
    bar_left: str
    bar_right: str
    light: str
    light_left: str
    light_right: str
    light_bar: str
    bar_light: str
    bar_open: str
    at_least: str
    times: str
    dot: str
    ok: str
    slow: str
    error: str
    soft: str
    arrow: str
    levels: str

    @property
    def halves(self) -> dict[tuple[int, int], str]:
        """The sign of a cell by the weight of its halves: 0 blank, 1 light, 2 heavy."""
        return {
            (2, 2): self.bar, (2, 0): self.bar_left, (0, 2): self.bar_right, (1, 1): self.light, (1, 0): self.light_left,
            (0, 1): self.light_right, (1, 2): self.light_bar, (2, 1): self.bar_light,
        }  # fmt: skip

    def plain(self, text: str) -> str:
        """Our own words in these signs: ASCII has neither µ nor ±."""
        return text.replace("µ", "u").replace("±", "+-") if self is ASCII else text


UNICODE = Glyphs(
    "├", "└", "│", "─", "╌", "…", "━", "╸", "╺", "─", "╴", "╶", "╼", "╾", "┄", "≥ ", "×", "·", "✓", "⚠", "✗", "!",
    arrow="→", levels="·▁▂▃▄▅▆▇█",
)  # fmt: skip
ASCII = Glyphs(
    "|", "`", "|", "-", ".", "...", "=", "|", "|", "-", "'", "'", "=", "=", ".", ">=", "x", "-", "ok", "SLOW", "ERR", "err",
    arrow="->", levels="._-=+*#%@",
)  # fmt: skip


def signs(ascii_alone: bool) -> Glyphs:
    """The signs to draw with."""
    return ASCII if ascii_alone else UNICODE
