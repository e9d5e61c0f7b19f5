"""Notices of alerts to whoever is to know: a thread for each, so that a webhook that is down holds up nothing, nor the others."""

from __future__ import annotations

import queue
import shlex
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.client import HTTPException

import orjson

from logtrace.analysis.alerting import Notice
from logtrace.errors import UsageError

TRIES = 5
FIRST_WAIT_S = 1.0
TIMEOUT_S = 10.0
_WAITING = 1_000
_LAST_S = 5.0

Say = Callable[[str], None]


def shape(notice: Notice) -> bytes:
    """The JSON of a notice, version 1."""
    return orjson.dumps({"version": 1, **notice._asdict(), "traces": list(notice.traces)})


def line(notice: Notice, where: Sequence[str] = ()) -> str:
    """A notice in one line. where: the words that name the store in a command."""
    shown = f" (logtrace show {shlex.join((notice.traces[0], *where))})" if notice.traces else ""
    return f"alert {notice.state}: {notice.alert}: {notice.told}{shown}"


class Deliverer:
    """Takes notices to targets: `stderr`, `json` (stdout), an address (POST), or `exec:COMMAND` (JSON on its stdin).

    What can't be delivered is tried again, a second later, two, four, eight; then it is said. Where a thousand wait, further
    ones are only said. Each target has its own line of those that wait. where: as in `line`.
    """

    def __init__(
        self, targets: Sequence[str], say: Say, out: Say, first_wait_s: float = FIRST_WAIT_S, where: Sequence[str] = ()
    ) -> None:
        self._where = where
        self._say = say
        self._out = out
        self._told = ("stderr" in targets or not targets, "json" in targets)
        beside = dict.fromkeys(target for target in targets if target not in ("stderr", "json"))
        self._lines = [_Line(target, send, say, first_wait_s) for target, send in [(each, _sender(each)) for each in beside]]

    def __call__(self, notice: Notice) -> None:
        """Hands a notice out; returns at once."""
        if self._told[0]:
            self._say(line(notice, self._where))
        if self._told[1]:
            self._out(shape(notice).decode())
        for waiting in self._lines:
            waiting.put(shape(notice))

    def close(self) -> None:
        """Waits some seconds for what is under way, then gives it up and says what was not delivered."""
        until_s = time.monotonic() + _LAST_S
        for waiting in self._lines:
            waiting.end()
        for waiting in self._lines:
            waiting.join(max(0.0, until_s - time.monotonic()))


class _Line:
    """What waits for one target, and the thread that takes it there."""

    def __init__(self, target: str, send: Callable[[bytes], None], say: Say, first_wait_s: float) -> None:
        self._target = target
        self._send = send
        self._say = say
        self._wait_s = first_wait_s
        self._queue: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def put(self, data: bytes) -> None:
        """Takes a notice; returns at once."""
        try:
            self._queue.put_nowait(data)
        except queue.Full:
            self._say(f"alert not delivered to {self._target}: too many are waiting")

    def end(self) -> None:
        """No more will come."""
        with suppress(queue.Full):
            self._queue.put_nowait(None)

    def join(self, seconds: float) -> None:
        """Waits so long for what is under way, then gives it up, and says so."""
        self._thread.join(seconds)
        self._end.set()
        if self._thread.is_alive():
            self._say(f"alert not delivered to {self._target}: no time was left")

    def _work(self) -> None:
        while (data := self._queue.get()) is not None:
            if (why := self._tried(data)) and not self._end.is_set():
                self._say(f"alert not delivered to {self._target}: {why}")

    def _tried(self, data: bytes) -> str:
        """Why it could not be delivered; "" where it was."""
        why, wait_s = "", self._wait_s
        for number in range(TRIES):
            try:
                self._send(data)
            except (OSError, ValueError, HTTPException, subprocess.SubprocessError) as error:
                why = str(error) or type(error).__name__
            else:
                return ""
            if number < TRIES - 1 and self._end.wait(wait_s):
                break
            wait_s *= 2
        return why


def _sender(target: str) -> Callable[[bytes], None]:
    """What delivers to a target. Raises UsageError for what is none."""
    if target.startswith(("http://", "https://")):
        return lambda data: _post(target, data)
    kind, _, command = target.partition(":")
    if kind == "exec" and command.strip():
        words = shlex.split(command)
        return lambda data: _run(words, data)
    raise UsageError(f"{target!r} is no target of alerts", "take stderr, json, an address (https://…) or exec:COMMAND")


def _post(address: str, data: bytes) -> None:
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        answer.read()


def _run(words: Sequence[str], data: bytes) -> None:
    subprocess.run(words, input=data, check=True, timeout=TIMEOUT_S, stdout=subprocess.DEVNULL)
