"""Who may work: a few questions at once, until one turns out to be a long one. Of these only few work at a time as well, so
that whatever is answered soon never waits for them.

    quick   ├┤ ├─┤   ├┤ ├┤              begins where few have just begun: many side by side end no sooner, in more memory
    long    ├──┼────────────────┤       goes on at once where a place is free
    long    ├──┤ · · · · · · · ·├────   rests before its next query until one is
"""

from __future__ import annotations

import time
from threading import Condition, Event

QUICK_S = 0.4
"""A question that has worked for longer is a long one."""

MOST_QUICK = 4
"""Questions that work at the same time and are not long yet."""

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
    """Keeps questions from taking all the room."""

    def __init__(
        self, quick_s: float = QUICK_S, places: int = PLACES, most_long: int = MOST_LONG, most_quick: int = MOST_QUICK
    ) -> None:
        self._quick_s, self._places, self._most, self._most_quick = quick_s, places, most_long, most_quick
        self._changed = Condition()
        self._waiting: list[Turn] = []
        self._quick: list[Turn] = []
        self._working: list[Turn] = []
        self._resting: list[Turn] = []

    def enter(self, turn: Turn) -> None:
        """A question waits until it may begin, or nobody wants the answer."""
        with self._changed:
            self._waiting.append(turn)
            while not turn.stop.is_set() and not self._may_begin(turn):
                self._changed.wait(_LOOK_S)
            self._waiting.remove(turn)
            self._quick.append(turn)
            turn.began_s = time.monotonic()
            self._changed.notify_all()

    def _may_begin(self, turn: Turn) -> bool:
        """Whether it is the next, and few others have just begun: who does not come to a query for long keeps nobody out."""
        long_since_s = time.monotonic() - self._quick_s
        begun = [each.client for each in self._quick if each.began_s > long_since_s]
        return len(begun) < self._most_quick and _fairest(self._waiting, begun) is turn

    def must_stop(self, turn: Turn) -> bool:
        """Whether a question is to be given up; one that is long may first rest here. Asked between and during its queries."""
        if not turn.is_long and time.monotonic() - turn.began_s >= self._quick_s:
            turn.is_long = True
            self._rest(turn)
        return turn.stop.is_set() or turn.is_refused

    def leave(self, turn: Turn) -> None:
        """A question is over."""
        with self._changed:
            for lane in (self._quick, self._working):
                if turn in lane:
                    lane.remove(turn)
                    self._changed.notify_all()

    def _rest(self, turn: Turn) -> None:
        with self._changed:
            self._quick.remove(turn)
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
        working = [each.client for each in self._working]
        return len(working) < self._places and _fairest(self._resting, working) is turn


def _fairest(waiting: list[Turn], working: list[str]) -> Turn:
    """The first to come, of those whose client has the fewest at work."""
    return min(waiting, key=lambda each: working.count(each.client))
