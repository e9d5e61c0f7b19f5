"""The application: what answers to which path, and what every request has to pass."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from logtrace.server import endpoint, jaeger_v1, jaeger_v3, live, openapi, own
from logtrace.server.answers import json_response
from logtrace.server.desk import Desk
from logtrace.server.guard import BodyTooLargeError, Guard, Rules
from logtrace.server.sending import Paced
from logtrace.server.static import Page

if TYPE_CHECKING:
    from logtrace.server.otlp_in import Intake

_NO_RULES = Rules()
_LOG = logging.getLogger("logtrace.server")


def make_app(store: Path, rules: Rules = _NO_RULES, intake: Intake | None = None) -> Starlette:
    """The application over a store; intake: it also takes OTLP."""
    desk = Desk(store)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        desk.close()
        if intake is not None:
            intake.close()

    app = Starlette(
        routes=[*(intake.routes() if intake else ()), *_routes(Page(rules.root_path))],
        middleware=[Middleware(Guard, rules=rules), Middleware(Paced)],
        exception_handlers=_HANDLERS,
        lifespan=lifespan,
    )
    app.state.desk = desk
    app.state.listeners = []
    app.state.most_skew_ns = rules.most_skew_ns
    return app


def _routes(page: Page) -> Iterator[Route]:
    yield from jaeger_v1.routes()
    yield from jaeger_v3.routes()
    yield from map(endpoint.route, own.ENDPOINTS)
    yield Route(f"{endpoint.PREFIX}/live", live.live, methods=["GET"])
    yield Route("/openapi.json", _openapi, methods=["GET"])
    yield Route("/api/{rest:path}", jaeger_v1.unknown)
    yield Route("/v1/{rest:path}", _no_otlp, methods=["GET", "POST"])
    yield Route("/static/{name}", page.file, methods=["GET"])
    yield Route("/{rest:path}", page.index, methods=["GET"])


async def _openapi(_: Request) -> Response:
    return json_response(openapi.document())


async def _no_otlp(_: Request) -> Response:
    """Else a browser's GET would get the page, and a collector nothing that says what to do."""
    return PlainTextResponse("no such path: logtrace serve --otlp takes OTLP by POST at /v1/traces and /v1/logs\n", 404)


async def _too_large(_: Request, __: Exception) -> Response:
    return PlainTextResponse("the body is too large\n", 413)


async def _left(_: Request, __: Exception) -> Response:
    return PlainTextResponse("the client went away\n", 499)


async def _internal(request: Request, error: Exception) -> Response:
    _LOG.error("internal error at %a: %s", request.url.path[:200], type(error).__name__)
    return PlainTextResponse("internal error\n", 500)


_HANDLERS: dict[Any, Any] = {BodyTooLargeError: _too_large, ClientDisconnect: _left, 500: _internal}
