"""Sends batches, and notes what became of them: before each is sent, and when its answer is there."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from logtrace.delivery import Refused
from logtrace.ids import span_id_text
from logtrace.jobs.push.batches import Item, body_of
from logtrace.jobs.push.outcome import Fate, Outcome, Sender
from logtrace.store.upkeep.pushed import Mark, Memory

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
HOPELESS = 5
"""So many spans refused one by one, and none taken between them: it is not the spans."""

Say = Callable[[str], None]


class Limits(NamedTuple):
    """How it is sent.

    rate        spans a second at most; None: as fast as they are taken
    retry_s     so long the same batch is tried again
    patient     also a receiver that never was there is tried again
    """

    rate: float | None = None
    retry_s: float = 300.0
    first_wait_s: float = FIRST_WAIT_S
    patient: bool = False


class HaltedError(Exception):
    """The receiver takes nothing (any more). again: it may later."""

    def __init__(self, told: str, hint: str, *, again: bool) -> None:
        super().__init__(told)
        self.told = told
        self.hint = hint or "what was taken is remembered: the same command sends the rest"
        self.again = again


class StoppedError(Exception):
    """It was time to stop while a batch waited to be sent again."""


class Pusher:
    """Sends batches one after the other."""

    def __init__(self, sender: Sender, memory: Memory, limits: Limits, stop: threading.Event, say: Say) -> None:
        self._sender = sender
        self._memory = memory
        self._limits = limits
        self._stop = stop
        self._say = say
        self._free_at = 0.0
        self._alone = 0  # refused one by one since one was taken
        self.sent = self.changed = self.redelivered = self.batches = self.retries = self.bytes_sent = 0
        self.rejected: Counter[str] = Counter()
        self.refused: list[Refused] = []

    def push(self, batch: list[Item]) -> None:
        """Sends a batch until it is taken, or part by part where it is not taken whole.

        Raises HaltedError where the receiver takes nothing (any more), StoppedError where it is time to stop, StoreError. What
        was taken until then is noted.
        """
        self.redelivered += sum(item.mark.in_doubt for item in batch)
        self._push(batch)

    def figures(self) -> dict[str, Any]:
        """What it did by now, as in delivery.Pushed."""
        return {
            "sent": self.sent, "changed": self.changed, "redelivered": self.redelivered, "batches": self.batches,
            "retries": self.retries, "bytes_sent": self.bytes_sent, "rejected": dict(self.rejected),
            "refused": tuple(self.refused),
        }  # fmt: skip

    def _push(self, batch: list[Item]) -> None:
        marks = [item.mark for item in batch]
        self._memory.intend(marks)
        outcome, unsure = self._tried(batch, marks)
        if outcome.fate is Fate.TAKEN:
            self._note_taken(batch, marks, outcome)
            return
        if not unsure:
            self._memory.withdraw(marks)
        if outcome.fate in (Fate.REFUSED, Fate.TOO_LARGE):
            self._push_less(batch, outcome)
            return
        raise HaltedError(outcome.told, outcome.hint, again=outcome.fate in (Fate.LATER, Fate.UNREACHED))

    def _note_taken(self, batch: list[Item], marks: list[Mark], outcome: Outcome) -> None:
        self._alone = 0
        self.batches += 1
        lost = min(outcome.rejected, len(batch))
        self.sent += len(batch) - lost
        self.changed += sum(mark.changed for mark in marks)
        if lost:
            self._note_rejected(batch, lost, outcome)
            return
        self._memory.settle(marks)
        if outcome.told:
            self._say(f"the receiver warns: {outcome.told}")

    def _note_rejected(self, batch: list[Item], lost: int, outcome: Outcome) -> None:
        """Notes a batch of which spans were rejected: where all were, or what the receiver says names them, it is known which;
        else each of the batch is in doubt, and is not sent again by itself: the protocol forbids it."""
        why = outcome.told or "it does not say why"
        named = [item for item in batch if lost == len(batch) or span_id_text(item.mark.key) in outcome.named]
        if len(named) != lost:
            self.rejected[why] += lost
            self._memory.doubt(item.mark for item in batch)
            return
        self.refused += [Refused(item.trace_id, span_id_text(item.mark.key), why) for item in named]
        gone = {item.mark for item in named}
        self._memory.withdraw(gone)
        self._memory.settle(item.mark for item in batch if item.mark not in gone)

    def _push_less(self, batch: list[Item], outcome: Outcome) -> None:
        """Sends the halves of a batch that is not taken whole, down to the span that is not."""
        if len(batch) > 1:
            middle = len(batch) // 2
            self._push(batch[:middle])
            self._push(batch[middle:])
            return
        (item,) = batch
        self.refused.append(Refused(item.trace_id, span_id_text(item.mark.key), outcome.told))
        self._alone += 1
        if self._alone >= HOPELESS and not self.sent:
            hint = outcome.hint or "look at the address, and at what the receiver writes into its log"
            raise HaltedError(f"no span is taken: {outcome.told}", hint, again=False)

    def _tried(self, batch: list[Item], marks: list[Mark]) -> tuple[Outcome, bool]:
        """What became of a batch in the end, and whether some try of it may have been taken without an answer."""
        body = body_of(batch)
        end_at = time.monotonic() + self._limits.retry_s
        wait_s = self._limits.first_wait_s
        unsure = any(mark.in_doubt for mark in marks)
        while True:
            with self._waiting(marks, unsure):
                self._pace(len(batch))
            outcome = self._sender.send(body)
            unsure = unsure or outcome.unsure
            if outcome.fate is Fate.TAKEN:
                self.bytes_sent += len(body)
            if outcome.fate is not Fate.LATER and not self._is_patient(outcome):
                return outcome, unsure
            asked_s = outcome.wait_s if outcome.wait_s is not None else wait_s * random.uniform(0.5, 1.0)
            if time.monotonic() + asked_s > end_at:
                told = f"{outcome.told}; it was tried for {self._limits.retry_s:g} s"
                if outcome.wait_s is not None:
                    told = f"{outcome.told}; it wants to be left alone for {asked_s:.0f} s"
                return outcome._replace(told=told), unsure
            self._say(f"{outcome.told}: again in {asked_s:.1f} s")
            with self._waiting(marks, unsure):
                self._rest(asked_s)
            self.redelivered += len(batch) if outcome.unsure else 0
            self.retries += 1
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)

    @contextmanager
    def _waiting(self, marks: list[Mark], unsure: bool) -> Iterator[None]:
        """Where a wait does not come to its end (an interrupt, the time to stop), what was not taken for sure is noted so."""
        try:
            yield
        except BaseException:
            if not unsure:
                self._memory.withdraw(marks)
            raise

    def _rest(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise StoppedError

    def _is_patient(self, outcome: Outcome) -> bool:
        return outcome.fate is Fate.UNREACHED and (self._limits.patient or self.batches > 0)

    def _pace(self, spans: int) -> None:
        """Waits until so many spans may be sent; what is sent last, when it is time to stop, waits as well."""
        if self._limits.rate is None:
            return
        now = time.monotonic()
        if self._stop.is_set():
            time.sleep(max(0.0, self._free_at - now))
        elif now < self._free_at:
            self._rest(self._free_at - now)
        self._free_at = max(now, self._free_at) + spans / self._limits.rate
