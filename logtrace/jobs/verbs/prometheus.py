"""Prometheus' HTTP API, as far as it is asked here. What goes wrong comes back as a sentence, never as an exception."""

from __future__ import annotations

import http.client
import json
import math
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from logtrace.errors import UsageError

TIMEOUT_S = 5.0
MOST_BYTES = 4_000_000
_OTHER = "what answers is no Prometheus"
NONE = "nothing there for that time: it has no such series, or none then; [correlate.metrics] names others"


class Answer(NamedTuple):
    """The points (Unix seconds, value) of the first series; trouble: why there is none, "" where there is.

    series  how many there are
    """

    points: tuple[tuple[float, float], ...]
    series: int
    trouble: str


def _late() -> Answer:
    return Answer((), 0, f"no answer within {TIMEOUT_S:.0f} seconds")


def checked_url(url: str) -> str:
    """The address without its last slash. Raises UsageError for what is none of a web server."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no address of a Prometheus", "write http://HOST:9090")
    return url.rstrip("/")


def at(url: str, query: str, seconds: float) -> Answer:
    """The value of an expression at one time."""
    return _asked(url, "query", {"query": query, "time": f"{seconds:.3f}"})


def over(url: str, query: str, start_s: float, end_s: float, step_s: float) -> Answer:
    """The values of an expression from one time to another."""
    values = {"query": query, "start": f"{start_s:.3f}", "end": f"{end_s:.3f}", "step": f"{max(1.0, step_s):.0f}"}
    return _asked(url, "query_range", values)


def _asked(url: str, path: str, values: dict[str, str]) -> Answer:
    """The answer, within TIMEOUT_S: also one that comes drop by drop, which no timeout of a socket ends. Who is asked in vain
    is left alone: the thread ends with its answer, or with the program."""
    answers: SimpleQueue[Answer] = SimpleQueue()
    address = f"{url}/api/v1/{path}?{urlencode(values)}"
    Thread(target=lambda: answers.put(_fetched(address)), daemon=True).start()
    try:
        return answers.get(timeout=TIMEOUT_S)
    except Empty:
        return _late()


def _fetched(address: str) -> Answer:
    request = Request(address, headers={"Accept": "application/json"})
    try:
        with urlopen(request, timeout=TIMEOUT_S) as reply:
            return _read(reply.read(MOST_BYTES))
    except HTTPError as error:
        return Answer((), 0, f"it answers {error.code}: {_said(error)}")
    except TimeoutError:
        return _late()
    except URLError as error:
        return _late() if isinstance(error.reason, TimeoutError) else Answer((), 0, f"it can't be reached: {error.reason}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Answer((), 0, f"it can't be asked: {error}")


def _said(error: HTTPError) -> str:
    """What an answer that is an error says."""
    try:
        return _read(error.read(MOST_BYTES)).trouble or _OTHER
    except (OSError, http.client.HTTPException):
        return "and ends amid its answer"


def _read(data: bytes) -> Answer:
    try:
        told: Any = json.loads(data)
    except (ValueError, RecursionError):
        return Answer((), 0, _OTHER)
    if not isinstance(told, dict) or told.get("status") != "success":
        error = told.get("error") if isinstance(told, dict) else None
        return Answer((), 0, error if isinstance(error, str) else _OTHER)
    try:
        return _points(told["data"])
    except (LookupError, TypeError, ValueError, OverflowError):
        return Answer((), 0, "its answer has another form than Prometheus gives")


def _points(data: dict[str, Any]) -> Answer:
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        return Answer((_point(result),), 1, "")
    if not result:
        return Answer((), 0, NONE)
    values = result[0]["values"] if kind == "matrix" else [result[0]["value"]]
    return Answer(tuple(_point(each) for each in values), len(result), "")


def _point(pair: list[Any]) -> tuple[float, float]:
    seconds, value = float(pair[0]), float(pair[1])
    if not math.isfinite(seconds):
        raise ValueError
    return seconds, value if math.isfinite(value) else math.nan
