"""What an input reaches: the steps from line to line in logtrace's own files. Of many inputs, the few that reach all of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import CodeType, FrameType
from typing import Any

from ordeals.program import ROOT
from ordeals.targets import Target

Step = tuple[CodeType, int, int]
LONGEST = 4_096
_OWN = str(ROOT / "logtrace")


@contextmanager
def _watched() -> Iterator[set[Step]]:
    """The steps that are taken meanwhile."""
    found: set[Step] = set()

    def enter(frame: FrameType, event: str, _: Any) -> Any:
        if event != "call" or not frame.f_code.co_filename.startswith(_OWN):
            return None
        before = 0

        def step(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal before
            if event == "line":
                found.add((frame.f_code, before, frame.f_lineno))
                before = frame.f_lineno
            return step

        return step

    known = sys.gettrace()
    sys.settrace(enter)
    try:
        yield found
    finally:
        sys.settrace(known)


def reached(target: Target, data: bytes) -> set[Step]:
    """The steps that one input takes, whatever comes of it."""
    with _watched() as found, suppress(Exception):
        target.take(data)
    return found


def fewest(target: Target, inputs: Iterable[bytes]) -> list[bytes]:
    """Of these inputs, those that reach what neither the target's own seeds nor shorter ones do, in order."""
    known: set[Step] = set()
    for data in target.seeds():
        known |= reached(target, data)
    kept = []
    for data in sorted(set(inputs), key=lambda data: (len(data), data)):
        if len(data) <= LONGEST and not (new := reached(target, data)) <= known:
            known |= new
            kept.append(data)
    return kept
