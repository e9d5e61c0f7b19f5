"""What every request has to pass, and what every answer carries.

A page that is open in the same browser may not ask for logs (its requests have another Host once a name is rebound, and
another Origin), nor may anybody who does not know the token, where there is one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, MutableMapping
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "logtrace_token"
MAX_BODY = 32 * 1024 * 1024
RETRY_AFTER = "2"
"""Seconds after which a client that was turned away may ask again."""

SLASH = "\uffff"
"""Stands for a slash that is part of a name (%2F), so that routes do not part the name there."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Rules(NamedTuple):
    """token: "" for none; hosts: further names that a Host header may have; root_path: "" or /where/it/is/served; most_skew_ns:
    by how much Jaeger's answers may move a span because of its host's clock."""

    token: str = ""
    hosts: frozenset[str] = frozenset()
    root_path: str = ""
    most_skew_ns: int = 0


def named(request: Request, name: str) -> str:
    """A name in a path, with its slashes."""
    return str(request.path_params[name]).replace(SLASH, "/")


class Guard:
    """Stands before an ASGI application."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = _without_prefix(_with_whole_names(scope), self._rules.root_path)
        answer = self._refusal(scope, Headers(scope=scope))
        if answer is not None:
            await answer(scope, receive, _dressed(send))
            return
        await self._app(scope, _limited(receive), _dressed(send))

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if not self._rules.token and not is_known_host(host, self._rules.hosts):
            return PlainTextResponse("this server does not answer to that Host; start it with --allow-host to allow it\n", 403)
        if scope["method"] not in ("GET", "HEAD") and is_foreign(headers, host):
            return PlainTextResponse("requests of other sites change nothing here\n", 403)
        if (headers.get("content-length") or "0").isdecimal() and int(headers.get("content-length") or 0) > MAX_BODY:
            return PlainTextResponse("the body is too large\n", 413)
        return self._without_token(scope, headers) if self._rules.token else None

    def _without_token(self, scope: Scope, headers: Headers) -> Response | None:
        """None where the token is there. A token in the address of a page moves into a cookie, out of sight."""
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if _is(query.pop("token", [""])[0], self._rules.token) and scope["method"] == "GET":
            rest = urlencode(query, doseq=True)
            path = scope["path"].lstrip("/")  # //name would be another site
            answer = RedirectResponse(f"{self._rules.root_path}/{path}{'?' + rest if rest else ''}", 303)
            answer.set_cookie(COOKIE, self._rules.token, httponly=True, samesite="strict", path=self._rules.root_path or "/")
            return answer
        scheme, _, told = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _is(told.strip(), self._rules.token):
            return None
        if _is(_cookie(headers), self._rules.token):
            return None
        refusal = PlainTextResponse("a token is needed: Authorization: Bearer TOKEN, or ?token=TOKEN for the page\n", 401)
        refusal.headers["www-authenticate"] = 'Bearer realm="logtrace"'
        return refusal


def is_known_host(host: str, names: Iterable[str]) -> bool:
    """Whether a Host header names this machine by number, or by a name that nobody can rebind, or one that is allowed."""
    name = _parts(f"//{host}").hostname if _is_plain(host) else None
    if name is None:
        return False
    if name == "localhost" or name.endswith(".localhost") or name in {known.lower() for known in names}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _is_plain(host: str) -> bool:
    return bool(host) and not set(host) & set("/\\@?# \t")


def is_foreign(headers: Headers, host: str) -> bool:
    """Whether a browser says that another site's page makes the request."""
    origin = headers.get("origin")
    if origin is not None and _parts(origin).netloc.lower() != host.lower():
        return True
    return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _is(told: str, token: str) -> bool:
    return compare_digest(told.encode("utf-8", "surrogateescape"), token.encode())


def _with_whole_names(scope: Scope) -> Scope:
    raw = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        return scope
    text = re.sub("%2f", quote(SLASH), raw.decode("ascii", "replace"), flags=re.IGNORECASE)
    return {**scope, "path": unquote(text)}


def _without_prefix(scope: Scope, prefix: str) -> Scope:
    """The scope as if the server stood at /; a proxy may leave the prefix on or take it off."""
    path = scope["path"]
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return {**scope, "path": path[len(prefix) :] or "/", "raw_path": scope.get("raw_path", b"")[len(prefix.encode()) :]}
    return scope


def _dressed(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=_with_headers(message))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if message["status"] == 503:
                headers.setdefault("retry-after", RETRY_AFTER)
        await send(message)

    return sending


def _with_headers(message: Message) -> MutableMapping[str, Any]:
    message.setdefault("headers", [])
    return message


class BodyTooLargeError(Exception):
    """More was sent than is read."""


def _limited(receive: Receive) -> Receive:
    read = 0

    async def receiving() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY:
            raise BodyTooLargeError
        return message

    return receiving
