"""Bars on one time axis, in half cells, and the axis with its labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logtrace.units import NS, format_duration
from logtrace.views.elements.glyphs import ASCII, Glyphs

_MINUTES = tuple(n * NS["m"] for n in (1, 2, 5, 10, 15, 30)) + tuple(n * NS["h"] for n in (1, 2, 3, 6, 12))
_STEPS = (
    tuple(n * 10**power for power in range(10) for n in (1, 2, 5))
    + tuple(n * NS["s"] for n in (10, 20, 30))
    + _MINUTES
    + tuple(n * 10**power * NS["d"] for power in range(6) for n in (1, 2, 5))
)
_LABEL_GAP = 3


class Axis(NamedTuple):
    """The trace's time from `start_ns`, `duration_ns` long, on so many cells."""

    start_ns: int
    duration_ns: int
    cells: int

    def half(self, time_ns: int, up: bool = False) -> int:
        """The half cell a time lies in, counted from 0; `up` rounds up."""
        if self.duration_ns <= 0:
            return 2 * self.cells if up else 0
        scaled = (time_ns - self.start_ns) * 2 * self.cells
        return max(0, min(2 * self.cells, -(-scaled // self.duration_ns) if up else scaled // self.duration_ns))


def bar(
    axis: Axis, start_ns: int, end_ns: int | None, ends: bool, glyphs: Glyphs, heavy: Sequence[tuple[int, int]] | None = None
) -> str:
    """Blanks, then the bar; at least half a cell. `ends` False: a dotted tail says that it may go on.

    heavy   the stretches on the critical path, drawn heavy; the rest is light. None: no path is known, all is heavy
    """
    low = min(axis.half(start_ns), 2 * axis.cells - 1)
    high = low + 1 if end_ns is None or end_ns <= start_ns else max(low + 1, axis.half(end_ns, up=True))
    weights = [2] * (high - low) if heavy is None else _weights(axis, low, high, heavy)
    text = " " * (low // 2) + "".join(_cells(low, weights, glyphs))
    return text if ends else text + glyphs.bar_open * min(2, axis.cells - len(text))


def _weights(axis: Axis, low: int, high: int, heavy: Sequence[tuple[int, int]]) -> list[int]:
    """For each half cell 1, or 2 where it has time on the critical path; a stretch is rounded as a bar is."""
    weights = [1] * (high - low)
    for start_ns, end_ns in heavy:
        first = min(max(axis.half(start_ns), low), high - 1)
        last = min(max(first + 1, axis.half(end_ns, up=True)), high)
        weights[first - low : last - low] = [2] * (last - first)
    return weights


def _cells(low: int, weights: Sequence[int], glyphs: Glyphs) -> Iterator[str]:
    """The signs of half cells from `low` on. ASCII has whole cells, and a short sign where less than one is filled."""
    halves = [0] * (low % 2) + list(weights)
    halves += [0] * (len(halves) % 2)
    whole = glyphs is ASCII and len(weights) > 1
    for left, right in zip(halves[::2], halves[1::2], strict=True):
        heaviest = max(left, right)
        yield glyphs.halves[heaviest, heaviest] if whole else glyphs.halves[left, right]


def axis_text(axis: Axis) -> str:
    """Labels at round times, each beginning at its place: `0        1s        2s`."""
    text = ""
    for place, label in _ticks(axis):
        if place + len(label) <= axis.cells:
            text = text.ljust(place) + label
    return text


def _ticks(axis: Axis) -> Iterator[tuple[int, str]]:
    yield 0, "0"
    for step in _STEPS if axis.duration_ns > 0 else ():
        if _place(axis, step) <= _LABEL_GAP or step > axis.duration_ns:
            continue  # too close for any label; no need to write them all
        ticks = [(_place(axis, at), format_duration(at)) for at in range(step, axis.duration_ns + 1, step)]
        if ticks[0][0] >= max(len(label) for _, label in ticks) + _LABEL_GAP:
            yield from ticks
            return


def _place(axis: Axis, at_ns: int) -> int:
    return axis.half(axis.start_ns + at_ns) // 2
