"""Says on stderr how far an ordeal is: each trouble at once, the rest now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

EVERY_S = 20.0


class Progress:
    """What an ordeal, of that name, tells while it goes on; quiet: nothing."""

    def __init__(self, name: str, *, quiet: bool = False) -> None:
        self._name = name
        self._quiet = quiet
        self._begun = self._told = time.monotonic()

    def say(self, sentence: str) -> None:
        """Says it now."""
        self._told = time.monotonic()
        if not self._quiet:
            print(f"torture: {self._name}, {self._told - self._begun:.0f} s: {sentence}", file=sys.stderr, flush=True)

    def step(self, done: int, of: int, what: str, troubles: Sequence[str] = ()) -> None:
        """So many of something are done; told where there is trouble, or nothing was said for a while."""
        for trouble in troubles:
            self.say(f"✗ {trouble}")
        if time.monotonic() - self._told > EVERY_S:
            self.say(f"{done:,} of {of:,} {what}")
