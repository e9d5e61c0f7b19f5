"""A push that does not end: what another process reads into the store goes on to a receiver as its spans close.

traces that are assembled → those that get no more lines → their closed spans → receiver
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from logtrace.delivery import Pushed
from logtrace.ids import TraceId
from logtrace.jobs.following.follow import CLOSED_AFTER_S
from logtrace.jobs.push.choice import Choice, chosen
from logtrace.jobs.push.pusher import HaltedError, StoppedError
from logtrace.jobs.push.session import How, Session, require_libraries
from logtrace.jobs.push.target import Target
from logtrace.jobs.verbs.store import Store
from logtrace.store.upkeep.status import NOTHING_YET, assembled_since

LOOK_S = 1.0


def push_live(
    store: Store, target: Target, choice: Choice, how: How, stop: threading.Event, *, say: Callable[[str], None],
    closed_after_s: float = CLOSED_AFTER_S, ended: Callable[[], None] = lambda: None,
) -> Pushed:  # fmt: skip
    """Sends what a receiver does not have yet, then what comes, until `stop` is set; then what came until then.

    A trace is sent when it got no line for some seconds, without its spans that no line ended yet: they follow when one does.
    A receiver that is away is waited for, however long. ended: called when it is time to stop, before the store is looked at
    for the last time. Raises as `push` does; what a receiver will never take ends it, and is in `stopped`.
    """
    require_libraries(target)
    with Session(store, target, how, say, stop, live=True) as session:
        watched = _Watched(store, choice)
        try:
            _go_on(session, watched, stop, closed_after_s, say)
            ended()
            _last(session, watched, say)
        except HaltedError as error:
            return replace(session.account(), stopped=error.told, hint=error.hint)
        return session.account()


def _go_on(session: Session, watched: _Watched, stop: threading.Event, closed_after_s: float, say: Callable[[str], None]) -> None:
    """Round after round; what could not be sent stays for the next."""
    while not stop.is_set():
        due = watched.due(time.monotonic() - closed_after_s)
        if not _sent(session, due, say):
            watched.again(due)
        stop.wait(LOOK_S)


def _last(session: Session, watched: _Watched, say: Callable[[str], None]) -> None:
    """All that is left, tried once: the next run sends what is not taken."""
    due = watched.due(math.inf)
    if not _sent(session, due, say):
        say("some traces were not taken in the end: the same command, or one without --follow, sends them")


def _sent(session: Session, due: list[TraceId], say: Callable[[str], None]) -> bool:
    """Sends traces. Whether nothing is left of them; raises HaltedError where it never will be."""
    try:
        session.push(due)
    except StoppedError:
        return False
    except HaltedError as error:
        if not error.again:
            raise
        say(f"{error.told}: it is tried on")
        return False
    return True


class _Watched:
    """The traces of a store that got something new and wait to be sent."""

    def __init__(self, store: Store, choice: Choice) -> None:
        self._store = store
        self._choice = choice
        self._mark, lows = assembled_since(store.reader, NOTHING_YET)
        self._waiting = dict.fromkeys(lows, -math.inf)  # low half of a trace id → when something new of it was seen

    def due(self, before: float) -> list[TraceId]:
        """The traces that got nothing new since a time, oldest first. They are given once."""
        self._look()
        lows = [low for low, at in self._waiting.items() if at <= before]
        for low in lows:
            del self._waiting[low]
        return chosen(self._store, self._choice, lows) if lows else []

    def again(self, traces: Iterable[TraceId]) -> None:
        """Gives traces once more the next time."""
        for trace in traces:
            self._waiting.setdefault(trace.low, -math.inf)

    def _look(self) -> None:
        self._mark, lows = assembled_since(self._store.reader, self._mark)
        self._waiting.update(dict.fromkeys(lows, time.monotonic()))
