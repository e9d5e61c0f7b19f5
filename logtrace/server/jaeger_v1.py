"""Jaeger's query API of version 1, as its UI up to 2.18, Grafana and scripts call it.
Source: jaeger v2.20, http_handler.go.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from logtrace.carried import NO_SERVICE
from logtrace.exporters.jaeger import jaeger_traces, trace_text
from logtrace.exporters.names import trace_hex_of
from logtrace.jobs.verbs.store import Store
from logtrace.model import Trace
from logtrace.server import matching, params, rates
from logtrace.server.answers import json_response
from logtrace.server.guard import named
from logtrace.server.jaeger import FailedError, Look, Whole, ask, guarded, look_of, whole
from logtrace.server.params import BadRequestError
from logtrace.units import NS

Json = dict[str, Any]

_DAY_NS = 24 * NS["h"]
_ARCHIVED = "archived"


class Found(NamedTuple):
    """Traces as JSON, and what is wrong with the answer."""

    traces: list[bytes]
    errors: list[Json]


def enveloped(data: Any, *, total: int = 0, errors: list[Json] | None = None, pretty: bool = False) -> Response:
    """An answer in the envelope of version 1."""
    return json_response({"data": data, "total": total, "limit": 0, "offset": 0, "errors": errors}, pretty=pretty)


def refused(status: int, text: str) -> Response:
    """An error in the envelope, as Go's http.Error sends it."""
    body = {"data": None, "total": 0, "limit": 0, "offset": 0, "errors": [{"code": status, "msg": text}]}
    return PlainTextResponse(orjson.dumps(body) + b"\n", status)


async def services(request: Request) -> Response:
    """The names of all services."""
    found = await ask(request, lambda store: [name or NO_SERVICE for name in store.services_with_spans()])
    return enveloped(found, total=len(found))


async def service_operations(request: Request) -> Response:
    """The operations of a service whose name is in the path."""
    name = _service(unquote_plus(named(request, "service")))
    pairs = await ask(request, lambda store: store.operations(name))
    found = list(dict.fromkeys(name for name, _ in pairs))
    return enveloped(found or None, total=len(found))


async def operations(request: Request) -> Response:
    """Operations with their kinds."""
    name, kind = request.query_params.get("service", ""), request.query_params.get("spanKind", "")
    if not name:
        raise BadRequestError("parameter 'service' is required")
    pairs = await ask(request, lambda store: store.operations(_service(name)))
    found = [{"name": each, "spanKind": of} for each, of in pairs if not kind or of == kind]
    return enveloped(found, total=len(found))


def _service(name: str) -> str:
    return "" if name == NO_SERVICE else name


async def search(request: Request) -> Response:
    """Whole traces: those that are asked for by id, else those that are searched for."""
    query, pretty = request.query_params, params.is_pretty(request.query_params)
    if ids := query.getlist("traceID"):
        look = look_of(request, raw=params.truth(query, "raw"))
        found = await ask(request, lambda store: _by_ids(store, ids, look))
        return enveloped(list(map(orjson.Fragment, found.traces)), errors=found.errors or None, pretty=pretty)
    wanted = params.search_of(query)
    if not 0 < wanted.limit <= matching.MAX_DEPTH:
        raise FailedError(500, "search depth must be greater than 0 and less than max traces")
    look = look_of(request, raw=wanted.raw)
    found = await ask(request, lambda store: _search(store, wanted, look))
    return enveloped(list(map(orjson.Fragment, found.traces)), errors=found.errors or None, pretty=pretty)


def _by_ids(store: Store, ids: list[str], look: Look) -> Found:
    errors: list[Json] = []
    found = whole(_named(store, ids, errors), partial(_jaeger, look=look))
    return Found(found.traces, errors + _cut(found))


def _named(store: Store, ids: list[str], errors: list[Json]) -> Iterator[Trace]:
    """The traces that some texts name; errors: gets those that name none."""
    for text in dict.fromkeys(ids):
        trace = store.as_sent(text)
        if trace is not None:
            yield trace
            continue
        try:
            digits = params.query_digits(text)
        except BadRequestError as error:
            raise BadRequestError(f"cannot parse traceID param: {error}") from error
        errors.append({"msg": "trace not found", "traceID": trace_text(digits)})


def _search(store: Store, query: params.Query, look: Look) -> Found:
    now_ns = time.time_ns()
    asked = matching.Asked(
        query.service,
        query.operation,
        query.tags,
        _default_start_ns(store, now_ns) if query.start_ns is None else query.start_ns,
        now_ns if query.end_ns is None else query.end_ns,
        query.min_ns,
        query.max_ns,
    )
    found = whole(matching.traces(store, asked, query.limit), partial(_jaeger, look=look))
    return Found(found.traces, _cut(found))


def _cut(found: Whole) -> list[Json]:
    return [{"msg": found.cut}] if found.cut else []


def _default_start_ns(store: Store, now_ns: int) -> int:
    """Two days back, as Jaeger does; from the newest trace where the logs are older than that."""
    newest_ns = store.newest_ns()
    return min(now_ns, now_ns if newest_ns is None else newest_ns) - params.LOOKBACK_NS


def _jaeger(trace: Trace, look: Look) -> bytes:
    return orjson.dumps(jaeger_traces(look.spans(trace))[0])


async def one_trace(request: Request) -> Response:
    """One trace in a list; start and end are hints that nothing here needs."""
    text, look = _id_and_look(request)
    trace = await ask(request, lambda store: _one(store, text, look))
    return enveloped([orjson.Fragment(trace)], pretty=params.is_pretty(request.query_params))


def _id_and_look(request: Request) -> tuple[str, Look]:
    query = request.query_params
    params.time_ns(query, "start", "us")
    params.time_ns(query, "end", "us")
    return named(request, "trace_id"), look_of(request, raw=params.truth(query, "raw"))


def _one(store: Store, text: str, look: Look) -> bytes:
    trace = store.as_sent(text) or store.as_sent(params.path_digits(text))
    if trace is None:
        raise FailedError(404, "trace not found")
    return _jaeger(trace, look)


async def archive(request: Request) -> Response:
    """Pins a trace: no rule takes it out of the store."""
    text, _ = _id_and_look(request)
    await ask(request, lambda store: _archive(store, text))
    return enveloped([], errors=[])


def _archive(store: Store, text: str) -> None:
    trace = store.as_sent(text) or store.as_sent(params.path_digits(text))
    if trace is None:
        raise FailedError(404, "trace not found")
    if trace_hex_of(trace.trace_id) not in {pinned.trace_id for pinned in store.pins()}:
        store.pin(trace.trace_id, _ARCHIVED)


async def dependencies(request: Request) -> Response:
    """Who calls whom how often, in the traces that lie in a window."""
    query = request.query_params
    end_ns = params.time_ns(query, "endTs", "ms")
    end_ns = time.time_ns() if end_ns is None else end_ns
    start_ns = end_ns - params.span_ns(query, "lookback", _DAY_NS)
    counts = await ask(request, lambda store: _calls(store, start_ns, end_ns))
    service = query.get("service", "")
    found = [
        {"parent": parent, "child": child, "callCount": count}
        for (parent, child), count in sorted(counts.items())
        if service in ("", parent, child)
    ]
    return enveloped(found)


def _calls(store: Store, start_ns: int, end_ns: int) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for edge, count in store.edges(params.storable_ns(start_ns), params.storable_ns(end_ns), whole=True).items():
        if edge.caller is not None:
            found[edge.caller or NO_SERVICE, edge.service or NO_SERVICE] += count
    return found


async def metrics(request: Request) -> Response:
    """One measure over time; without the envelope."""
    measure, query = request.path_params["measure"], request.query_params
    if measure not in rates.MEASURES:
        return await unknown(request)
    asked = params.rates_of(query)
    quantile = params.quantile_of(query) if measure == "latencies" else 0.0
    return json_response(await ask(request, lambda store: rates.family(store, asked, measure, quantile)))


async def transform(request: Request) -> Response:
    """Traces of OTLP JSON as Jaeger's: what its UI does with an uploaded file."""
    body = await request.body()
    try:
        sent = orjson.loads(body)
    except ValueError as error:
        raise BadRequestError(f"cannot unmarshal OTLP : {error}") from error
    try:
        return enveloped(jaeger_traces(sent.get("resourceSpans") or []))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise BadRequestError("cannot unmarshal OTLP : a field is not of its type") from error


async def unknown(_: Request) -> Response:
    """What there is not."""
    return PlainTextResponse("404 page not found\n", 404)


def routes() -> Iterator[Route]:
    """All endpoints; what is unknown under /api comes last."""
    for path, handler in (
        ("/api/services", services),
        ("/api/services/{service:path}/operations", service_operations),
        ("/api/operations", operations),
        ("/api/traces", search),
        ("/api/traces/{trace_id}", one_trace),
        ("/api/dependencies", dependencies),
        ("/api/metrics/{measure}", metrics),
    ):
        yield Route(path, guarded(handler, refused), methods=["GET"])
    yield Route("/api/archive/{trace_id}", guarded(archive, refused), methods=["POST"])
    yield Route("/api/transform", guarded(transform, refused), methods=["POST"])
