"""Where text may be parted so that each part is read by itself: after a line end, where no line that a runtime split, no document
and no text over several lines goes on."""

from __future__ import annotations

from logtrace.ingest.pieces import documents
from logtrace.ingest.pieces.further import goes_on

TAIL, PEEK = 64 * 1024, 4096
"""Bytes before and after a place that are looked at."""

NEAR, FAR = 1_000, 64 * 1024
"""Where something goes on, so many line ends are looked at, and one in so many bytes beyond: a console exporter's text may go on
for a whole file. (Lines may be as short as a bracket: tens of thousands of them took 16 s.)"""

_BACK = 64
"""Line ends that are tried backwards."""


def may_part(tail: bytes, following: bytes) -> bool:
    """Whether text may be parted at a place just after a newline. tail, following: TAIL and PEEK bytes around it, or all there
    are on a side."""
    line, ended, _ = following.partition(b"\n")
    whole = line if ended or len(line) >= PEEK else None  # the beginning of one tells less
    return not (goes_on(following) or documents.open_at_end(tail, whole))


def place_before(tail: bytes, following: bytes) -> int | None:
    """How many bytes of `tail`, which ends with a newline, stand before the last place where it may be parted, its end at best.
    None where there is none in the second half, or where it is far from the end."""
    place = len(tail)
    for _ in range(_BACK):
        if may_part(tail[:place], tail[place : place + PEEK] or following):
            return place
        place = tail.rfind(b"\n", 0, place - 1) + 1
        if place <= len(tail) // 2:
            break
    return None


def next_place(data: bytes, start: int, least: int) -> int:
    """The first place from `least` on where data from `start` on may be parted; 0 where none is found."""
    place, looked = data.find(b"\n", least) + 1, 1
    while place and not may_part(data[max(start, place - TAIL) : place], data[place : place + PEEK]):
        place = data.find(b"\n", place if looked < NEAR else place + FAR) + 1
        looked += 1
    return place
