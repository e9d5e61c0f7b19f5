"""Jaeger's query API of version 3 (OTLP JSON), as its UI from 2.15 on calls it.
Source: jaeger main after v2.20, apiv3/http_gateway.go and query_parser.go; jaeger-idl, query_service.openapi.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from logtrace.carried import NO_SERVICE
from logtrace.exporters.summaries import summary_of
from logtrace.jobs.verbs.store import Store
from logtrace.model import Trace
from logtrace.server import matching, params
from logtrace.server.answers import TOO_LARGE, json_response, packed
from logtrace.server.go import GoError, parse_bool, parse_duration_ns, parse_int, parse_texts
from logtrace.server.guard import named
from logtrace.server.jaeger import FailedError, Look, ask, guarded, look_of, whole
from logtrace.server.params import BadRequestError
from logtrace.units import instant_ns

Value = TypeVar("Value")

DEFAULT_DEPTH = 100
_NONE = "No traces found"


def refused(status: int, text: str) -> Response:
    """An error of version 3."""
    return PlainTextResponse(orjson.dumps({"error": {"httpCode": status, "message": text}}) + b"\n", status)


async def services(request: Request) -> Response:
    """The names of all services."""
    found = await ask(request, lambda store: [name or NO_SERVICE for name in store.services_with_spans()])
    return json_response({"services": found})


async def operations(request: Request) -> Response:
    """Operations with their kinds; one without a kind is internal."""
    query = request.query_params
    service, kind = query.get("service", ""), _either(query, "spanKind", "span_kind")
    if not service:
        raise BadRequestError("malformed parameter service: service is required")
    pairs = await ask(request, lambda store: store.operations("" if service == NO_SERVICE else service))
    found = [{"name": name, "spanKind": of or "internal"} for name, of in pairs]
    return json_response({"operations": [each for each in found if kind in ("", each["spanKind"])]})


async def search(request: Request) -> Response:
    """All spans of the traces that are found."""
    asked, depth, raw = _search_of(request.query_params)
    look = look_of(request, raw=raw)
    found = await ask(request, lambda store: whole(matching.traces(store, asked, depth), partial(_resources, look=look)))
    if not found.traces:
        raise FailedError(404, _NONE)
    resources = orjson.Fragment(b"[" + b",".join(found.traces) + b"]")
    cut = {"error": {"httpCode": TOO_LARGE, "message": found.cut}} if found.cut else {}
    return json_response({"result": {"resourceSpans": resources}, **cut})


async def summaries(request: Request) -> Response:
    """A summary of each trace that is found."""
    asked, depth, raw = _search_of(request.query_params)
    look = look_of(request, raw=raw)
    found = await ask(request, lambda store: [summary_of(look.trace(trace)) for trace in matching.traces(store, asked, depth)])
    return json_response({"summaries": found})


async def one_trace(request: Request) -> Response:
    """One trace."""
    query, text = request.query_params, named(request, "trace_id")
    for name, alias in (("startTime", "start_time"), ("endTime", "end_time")):
        _time_ns(query, name, alias)
    look = look_of(request, raw=_truth(query, "rawTraces", "raw_traces"))
    found = await ask(request, lambda store: _one(store, text, look))
    if not found:
        raise FailedError(404, _NONE)
    return json_response({"result": {"resourceSpans": found}})


def _one(store: Store, text: str, look: Look) -> list[orjson.Fragment]:
    trace = store.as_sent(text)
    if trace is None:
        try:
            trace = store.as_sent(params.path_digits(text))
        except BadRequestError as error:
            raise BadRequestError(f"malformed parameter trace_id: {error}") from error
    return list(map(packed, look.spans(trace))) if trace else []


def _resources(trace: Trace, look: Look) -> bytes:
    """The members of `resourceSpans`, without the brackets around them."""
    return orjson.dumps(look.spans(trace))[1:-1]


def _search_of(query: QueryParams) -> tuple[matching.Asked, int, bool]:
    """(what is asked for, how many traces, whether times are as logged). Raises BadRequestError as the gateway does."""
    if query.get("query.filter"):
        raise BadRequestError("malformed parameter query.filter: this server has no filters of that kind")
    start_ns = _time_ns(query, "query.startTimeMin", "query.start_time_min")
    end_ns = _time_ns(query, "query.startTimeMax", "query.start_time_max")
    if start_ns is None or end_ns is None:
        raise BadRequestError("query.startTimeMin and query.startTimeMax are required")
    if start_ns >= end_ns:
        raise BadRequestError("query.startTimeMin must be before query.startTimeMax")
    asked = matching.Asked(
        _either(query, "query.serviceName", "query.service_name"),
        _either(query, "query.operationName", "query.operation_name"),
        _read(query, "query.attributes", "query.attributes", parse_texts) or {},
        start_ns,
        end_ns,
        _read(query, "query.durationMin", "query.duration_min", parse_duration_ns) or 0,
        _read(query, "query.durationMax", "query.duration_max", parse_duration_ns) or 0,
    )
    return asked, _depth(query), _truth(query, "query.rawTraces", "query.raw_traces")


def _depth(query: QueryParams) -> int:
    alias = "query.search_depth" if query.get("query.search_depth") else "query.num_traces"
    found = _read(query, "query.searchDepth", alias, lambda text: parse_int(text, 32))
    depth = DEFAULT_DEPTH if found is None else found
    if not 0 < depth <= matching.MAX_DEPTH:
        raise FailedError(500, "search depth must be greater than 0 and less than max traces")
    return depth


def _either(query: QueryParams, name: str, alias: str) -> str:
    return query.get(name) or query.get(alias) or ""


def _truth(query: QueryParams, name: str, alias: str) -> bool:
    return _read(query, name, alias, parse_bool) or False


def _time_ns(query: QueryParams, name: str, alias: str) -> int | None:
    """An instant of RFC 3339; a plus sign that was not encoded has come as a blank."""
    return _read(query, name, alias, _instant_ns)


def _instant_ns(text: str) -> int:
    found = instant_ns(text.replace(" ", "+")) if text[10:11] in ("T", "t") else None
    if found is None:
        raise GoError(f'parsing time "{text}" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse it')
    return found


def _read(query: QueryParams, name: str, alias: str, parse: Callable[[str], Value]) -> Value | None:
    text = _either(query, name, alias)
    try:
        return parse(text) if text else None
    except GoError as error:
        raise BadRequestError(f"malformed parameter {name}: {error}") from error


def routes() -> Iterator[Route]:
    """All endpoints."""
    for path, handler in (
        ("/api/v3/services", services),
        ("/api/v3/operations", operations),
        ("/api/v3/traces", search),
        ("/api/v3/trace-summaries", summaries),
        ("/api/v3/traces/{trace_id}", one_trace),
    ):
        yield Route(path, guarded(handler, refused), methods=["GET"])
