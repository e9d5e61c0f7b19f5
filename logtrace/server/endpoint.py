"""What an endpoint of our own API is: a path, what may be asked, and a function over a store. OpenAPI is made of the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, NamedTuple

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from logtrace.errors import LogtraceError, UsageError
from logtrace.jobs.verbs.store import Store
from logtrace.server.answers import MOST_ANSWER, TOO_LARGE, json_response, status_and_text
from logtrace.server.desk import Desk, NoAnswerError
from logtrace.server.guard import named
from logtrace.units import duration_text_ns, format_bytes
from logtrace.when import FORMS, point_ns

PREFIX = "/api/logtrace"
Json = dict[str, Any]
Given = Mapping[str, Any]
FARTHEST_NS = (1 << 62) - 1
LONGEST = 4_000
"""Characters of a value."""


class Param(NamedTuple):
    """A query parameter. kind: text, texts (repeatable), integer, time, duration, or a choice of `choices`."""

    name: str
    about: str
    kind: str = "text"
    default: Any = None
    required: bool = False
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()


class Endpoint(NamedTuple):
    """answer: called with a store, and the values of all parameters (None where one is not given).

    keys    what is always in its answer
    less    how to ask for less where the answer would be too large
    """

    path: str
    about: str
    answer: Callable[[Store, Given], Json]
    params: tuple[Param, ...] = ()
    keys: tuple[str, ...] = ()
    less: str = "a shorter time has less: since, until"


def number(name: str, about: str, default: Any = None, least: int = 0, most: int = 10**9) -> Param:
    """A whole number."""
    return Param(name, about, "integer", default, least=least, most=most)


SERVICE = Param("service", "The name of a service.")
WINDOW = (Param("since", "From: 1h, yesterday, 2024-01-10T14:30Z.", "time"), Param("until", "Up to.", "time"))


def text_ns(number_ns: int | None) -> str | None:
    """Nanoseconds since 1970 as text: a browser's numbers do not hold them."""
    return None if number_ns is None else str(number_ns)


def route(endpoint: Endpoint) -> Route:
    """Where an endpoint is asked."""

    async def run(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        try:
            given = {**_given(endpoint, request.query_params), **{name: named(request, name) for name in request.path_params}}
            return await desk.ask(request, lambda store: _answered(endpoint, store, given))
        except (LogtraceError, NoAnswerError) as error:
            status, text = status_and_text(error)
            hint = error.hint if isinstance(error, UsageError) else ""
            return json_response({"error": {"message": text, "hint": hint}}, status)

    return Route(PREFIX + endpoint.path, run, methods=["GET"])


def _answered(endpoint: Endpoint, store: Store, given: Given) -> Response:
    """The answer, made in the thread of the question; one that is too large is none."""
    found = json_response(endpoint.answer(store, given))
    if len(found.body) > MOST_ANSWER:
        told = f"the answer would be too large: {format_bytes(len(found.body))}"
        return json_response({"error": {"message": told, "hint": endpoint.less}}, TOO_LARGE)
    return found


def _given(endpoint: Endpoint, query: QueryParams) -> dict[str, Any]:
    """The values of a query. Raises UsageError for what is wrong or unknown."""
    known = {param.name for param in endpoint.params}
    if unknown := [name for name in query if name not in known]:
        raise UsageError(f"there is no parameter {unknown[0]!r}", f"known: {', '.join(sorted(known)) or 'none'}")
    return {param.name: _value(param, query) for param in endpoint.params}


def _value(param: Param, query: QueryParams) -> Any:
    texts = [text for text in query.getlist(param.name) if text]
    if any(len(text) > LONGEST for text in texts):
        raise UsageError(f"{param.name} is longer than {LONGEST} characters")
    if param.kind == "texts":
        return texts
    if not texts:
        if param.required:
            raise UsageError(f"the parameter {param.name} is missing", param.about)
        if param.kind == "integer" and param.name in query:
            return _integer(param, "")
        return param.default
    return _READ[param.kind](param, texts[-1])


def _text(_: Param, text: str) -> str:
    return text


def _integer(param: Param, text: str) -> int:
    if not text.isascii() or not text.removeprefix("-").isdecimal() or not param.least <= int(text) <= param.most:
        raise UsageError(f"{param.name} has to be a whole number from {param.least} to {param.most:,}")
    return int(text)


def _time(param: Param, text: str) -> int:
    found = point_ns(text, UTC, time.time_ns())
    if found is None or abs(found) > FARTHEST_NS:
        raise UsageError(f"{param.name} has to be a time", FORMS)
    return found


def _duration(param: Param, text: str) -> int:
    found = duration_text_ns(text)
    if found is None or not 0 <= found <= FARTHEST_NS:
        raise UsageError(f"{param.name} has to be a duration, such as 250ms, 1.5s or 2h")
    return found


def _choice(param: Param, text: str) -> str:
    if text not in param.choices:
        raise UsageError(f"{param.name} has to be one of {', '.join(param.choices)}")
    return text


_READ: dict[str, Callable[[Param, str], Any]] = {
    "text": _text, "integer": _integer, "time": _time, "duration": _duration, "choice": _choice,
}  # fmt: skip
