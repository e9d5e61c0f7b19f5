"""Answers: JSON, and what a request gets that can't be answered."""

from __future__ import annotations

import json
from typing import Any

import orjson
from starlette.responses import Response

from logtrace.errors import LogtraceError, NotFoundError, StoreError, UsageError
from logtrace.server.desk import BusyError, DamagedError, GoneError, SlowError

UNAVAILABLE = 503
TOO_LARGE = 413
MOST_ANSWER = 128 * 1024 * 1024
"""Bytes of an answer."""


def json_response(value: Any, status: int = 200, *, pretty: bool = False) -> Response:
    """JSON, pretty with four blanks a level. NaN and infinities are null."""
    body = orjson.dumps(value, default=str)
    if pretty:
        body = json.dumps(orjson.loads(body), indent=4, ensure_ascii=False).encode()
    return Response(body, status, media_type="application/json")


def packed(value: Any) -> orjson.Fragment:
    """A part of an answer as the text that it will be, which is smaller than the objects that say it."""
    return orjson.Fragment(orjson.dumps(value))


def status_and_text(error: Exception) -> tuple[int, str]:
    """The HTTP status of an error and what may be said of it: nothing about the machine."""
    if isinstance(error, BusyError):
        return UNAVAILABLE, "too many questions at once: ask again in a moment"
    if isinstance(error, SlowError):
        return UNAVAILABLE, "the question took too long and was stopped: ask for less"
    if isinstance(error, GoneError):
        return 499, "the client went away"
    if isinstance(error, DamagedError):
        return 500, f"the store is damaged: {error}; logtrace doctor looks at all of it, and with --repair saves its lines"
    if isinstance(error, NotFoundError):
        return 404, error.message
    if isinstance(error, UsageError):
        return 400, error.message
    if isinstance(error, StoreError):
        return _of_store(error)
    return 500, "internal error" if not isinstance(error, LogtraceError) else error.message


def _of_store(error: StoreError) -> tuple[int, str]:
    if "being written" in error.message or "locked" in error.message:
        return UNAVAILABLE, "the store is being written by another process: ask again when it is done"
    return 500, "the store can't be read"
