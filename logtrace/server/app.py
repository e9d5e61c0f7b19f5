"""The application: what answers to which path, and what every request has to pass."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from logtrace.server import jaeger_v1
from logtrace.server.desk import Desk
from logtrace.server.guard import BodyTooLargeError, Guard, Rules


def make_app(store: Path, rules: Rules | None = None) -> Starlette:
    """The application over a store."""
    desk = Desk(store)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        desk.close()

    app = Starlette(
        routes=[*jaeger_v1.routes(), Route("/api/{rest:path}", jaeger_v1.unknown)],
        middleware=[Middleware(Guard, rules=rules or Rules())],
        exception_handlers=_HANDLERS,
        lifespan=lifespan,
    )
    app.state.desk = desk
    return app


async def _too_large(_: Request, __: Exception) -> Response:
    return PlainTextResponse("the body is too large\n", 413)


async def _internal(_: Request, __: Exception) -> Response:
    return PlainTextResponse("internal error\n", 500)


_HANDLERS: dict[int | type[Exception], Callable[[Request, Exception], Response]] = {
    BodyTooLargeError: _too_large,  # type: ignore[dict-item]
    500: _internal,  # type: ignore[dict-item]
}
