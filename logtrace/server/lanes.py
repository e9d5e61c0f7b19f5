"""Who may work: every question at once, until it turns out to be a long one. Of these only few work at a time, so that whatever
is answered soon never waits for them.

    quick   ├┤ ├─┤   ├┤ ├┤              begins at once
    long    ├──┼────────────────┤       goes on at once where a place is free
    long    ├──┤ · · · · · · · ·├────   rests before its next query until one is
"""

from __future__ import annotations

import time
from threading import Condition, Event

QUICK_S = 0.4
"""A question that has worked for longer is a long one."""

PLACES = 2
"""Long questions that work at the same time."""

MOST_LONG = 12
"""Long questions, working or resting; one more is given up."""

_LOOK_S = 0.1


class Turn:
    """One question. client: who asks; stop: set once nobody wants the answer."""

    def __init__(self, client: str, stop: Event) -> None:
        self.client = client
        self.stop = stop
        self.began_s = time.monotonic()
        self.is_long = self.is_refused = False


class Lanes:
    """Keeps long questions from taking all the room."""

    def __init__(self, quick_s: float = QUICK_S, places: int = PLACES, most_long: int = MOST_LONG) -> None:
        self._quick_s, self._places, self._most = quick_s, places, most_long
        self._changed = Condition()
        self._working: list[Turn] = []
        self._resting: list[Turn] = []

    def must_stop(self, turn: Turn) -> bool:
        """Whether a question is to be given up; one that is long may first rest here. Asked between and during its queries."""
        if not turn.is_long and time.monotonic() - turn.began_s >= self._quick_s:
            turn.is_long = True
            self._rest(turn)
        return turn.stop.is_set() or turn.is_refused

    def leave(self, turn: Turn) -> None:
        """A question is over."""
        with self._changed:
            if turn in self._working:
                self._working.remove(turn)
                self._changed.notify_all()

    def _rest(self, turn: Turn) -> None:
        with self._changed:
            if len(self._working) + len(self._resting) >= self._most:
                turn.is_refused = True
                return
            self._resting.append(turn)
            while not turn.stop.is_set() and not self._is_next(turn):
                self._changed.wait(_LOOK_S)
            self._resting.remove(turn)
            if not turn.stop.is_set():
                self._working.append(turn)
            self._changed.notify_all()

    def _is_next(self, turn: Turn) -> bool:
        """The first to come, of those whose client has the fewest at work."""
        if len(self._working) >= self._places:
            return False
        clients = [each.client for each in self._working]
        return min(self._resting, key=lambda each: clients.count(each.client)) is turn
