"""Where spans go: an address with what it takes to be let in."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from logtrace.errors import UsageError

HTTP, GRPC = "http", "grpc"
PROTOCOLS = (HTTP, GRPC)
TRACES = "/v1/traces"

_SCHEMES = {"http": (HTTP, False, 80), "https": (HTTP, True, 443), "grpc": (GRPC, False, 4317), "grpcs": (GRPC, True, 4317)}
"""Scheme → (protocol, TLS, port where none is named)."""

_FORMS = "write http://HOST:4318 or grpc://HOST:4317; https:// and grpcs:// with TLS"


@dataclass(frozen=True)
class Tls:
    """Whom to trust, and who one is: PEM files, None where it is as usual."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True)
class Target:
    """A receiver.

    path        of HTTP, "" for gRPC
    headers     sent with each request: names in lower case; what is in the address as USER:PASSWORD is among them
    """

    protocol: str
    tls: bool
    host: str
    port: int
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    trust: Tls = Tls()

    @property
    def address(self) -> str:
        """The address as it is shown and remembered, without secrets."""
        scheme = next(name for name, (protocol, tls, _) in _SCHEMES.items() if (protocol, tls) == (self.protocol, self.tls))
        return f"{scheme}://{self.place}{self.path}"

    @property
    def place(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def target_of(
    url: str, protocol: str | None = None, headers: Mapping[str, str] | None = None, trust: Tls | None = None
) -> Target:
    """The receiver that an address means. protocol: one of PROTOCOLS, where the scheme is not to tell.

    Raises UsageError for what is no address of one, and for files of TLS that can't be used.
    """
    made = _parsed(url, _SCHEMES, f"{without_secret(url)!r} is no address of a receiver", _FORMS)
    if protocol is not None and protocol not in PROTOCOLS:
        raise UsageError(f"there is no protocol {protocol!r}", f"known: {', '.join(PROTOCOLS)}")
    made = replace(made, protocol=protocol or made.protocol, headers={**made.headers, **(headers or {})}, trust=_usable(trust))
    if made.protocol == GRPC:
        if made.path.strip("/"):
            raise UsageError(f"{without_secret(url)!r} has a path, and gRPC knows none", "write grpc://HOST:4317")
        return replace(made, path="")
    path = made.path.rstrip("/")
    return replace(made, path=path if path.endswith(TRACES) else path + TRACES)


def web_target(url: str, headers: Mapping[str, str] | None = None, trust: Tls | None = None) -> Target:
    """A web server that is asked. Raises UsageError as `target_of` does."""
    schemes = {name: each for name, each in _SCHEMES.items() if each[0] == HTTP}
    made = _parsed(url, schemes, f"{without_secret(url)!r} is no address of a Jaeger", "write http://HOST:16686")
    return replace(made, path=made.path.rstrip("/"), headers={**made.headers, **(headers or {})}, trust=_usable(trust))


def without_secret(url: str) -> str:
    """An address as it may be shown: without USER:PASSWORD."""
    return re.sub(r"//.*@", "//…@", url)


def _parsed(url: str, schemes: Mapping[str, tuple[str, bool, int]], told: str, hint: str) -> Target:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(told, hint) from error
    if parts.scheme not in schemes or not parts.hostname or parts.query or parts.fragment or not url.isprintable():
        raise UsageError(told, hint)
    protocol, tls, usual_port = schemes[parts.scheme]
    headers = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Target(protocol, tls, parts.hostname, port or usual_port, parts.path, headers)


def _usable(trust: Tls | None) -> Tls:
    """The files that are named, which are looked at also where no TLS is spoken: who names one believes that it counts."""
    if trust is None or trust == Tls():
        return Tls()
    tls_context(trust)
    return trust


def tls_context(trust: Tls) -> ssl.SSLContext:
    """How TLS is spoken over HTTP. Raises UsageError for files that can't be read, or are no such."""
    try:
        context = ssl.create_default_context(cafile=trust.ca)
    except (OSError, ValueError) as error:
        raise UsageError(f"{trust.ca} can't be used as --ca: {_why(error)}", "name a PEM file with certificates") from error
    if trust.cert is not None:
        try:
            context.load_cert_chain(trust.cert, trust.key, password=_no_password)
        except (OSError, ValueError) as error:
            told = f"{trust.cert} can't be used as --cert: {_why(error)}"
            raise UsageError(
                told, "name PEM files: --cert with the certificate, --key with its key, without a password"
            ) from error
    return context


def _no_password() -> str:
    raise ValueError("its key needs a password")


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"it is no such PEM file ({error.reason or error})"
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
