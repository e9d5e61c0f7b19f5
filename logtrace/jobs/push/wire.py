"""HTTP/1.1 over one connection, with one deadline for each request and all of its answer.

The library's own timeouts are for each piece: a server that sends a byte now and then holds its client for good.
"""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from logtrace.jobs.push.outcome import untrusted
from logtrace.jobs.push.target import Target, tls_context

MOST_BYTES = 64 * 1024 * 1024
"""No answer is read further."""

_EARLY_S = 0.005


class Answer(NamedTuple):
    """An answer: header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WireError(Exception):
    """There is no answer. sent: the request may have arrived all the same; final: it will be no other the next time."""

    def __init__(self, told: str, hint: str = "", *, sent: bool = False, final: bool = False) -> None:
        super().__init__(told)
        self.told = told
        self.hint = hint
        self.sent = sent
        self.final = final


class Wire:
    """One connection to a web server, made anew where it is gone."""

    def __init__(self, target: Target, timeout_s: float) -> None:
        """Raises UsageError where files of TLS can't be used."""
        self._target = target
        self._timeout_s = timeout_s
        self._context = tls_context(target.trust) if target.tls else None
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """The answer to one request, whatever its status. Raises WireError."""
        watch = _Watch(self._timeout_s)
        sent = False
        try:
            connection = self._connected(watch)
            sent = True
            reply = _asked(connection, method, path, {**headers, **self._target.headers}, body)
            found = Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read(MOST_BYTES + 1))
            if watch.is_up or (reply.length and len(found.body) <= MOST_BYTES):
                raise http.client.IncompleteRead(found.body)  # an end within the answer counts as one for the library
            if reply.will_close:
                self.close()
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            if watch.is_up:
                told = f"{self._target.place} gives no answer within {self._timeout_s:g} s"
                raise WireError(told, "--timeout gives it longer", sent=sent) from error
            raise _explained(error, self._target, sent=sent) from error
        finally:
            watch.end()
        if len(found.body) > MOST_BYTES:
            self.close()
            raise WireError(f"the answer of {self._target.place} is larger than {MOST_BYTES:,} bytes", final=True)
        return found

    def _connected(self, watch: _Watch) -> http.client.HTTPConnection:
        if self._connection is not None and _is_gone(self._connection.sock):
            self.close()
        if self._connection is None:
            self._connection = self._new(watch)
        watch.over(self._connection.sock)
        return self._connection

    def _new(self, watch: _Watch) -> http.client.HTTPConnection:
        target = self._target
        plain = socket.create_connection((target.host, target.port), timeout=self._timeout_s)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watch.over(plain)
        if self._context is not None:
            secured = self._context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
            watch.over(secured)
            try:
                secured.do_handshake()
            except BaseException:
                secured.close()
                raise
            plain = secured
        made = http.client.HTTPConnection(target.host, target.port)
        made.sock = plain
        made.auto_open = 0
        return made


def _asked(
    connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes | None
) -> http.client.HTTPResponse:
    try:
        connection.request(method, path, body, dict(headers))
    except (BrokenPipeError, ConnectionResetError):
        if body is None:
            raise
        # a server that refuses a body need not read it all, and has answered
    return connection.getresponse()


class _Watch:
    """Ends what is going on over a socket when time is up."""

    def __init__(self, timeout_s: float) -> None:
        self._end_at = time.monotonic() + timeout_s
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(timeout_s, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def over(self, found: socket.socket) -> None:
        """Looks at this socket from now on."""
        self._socket = found
        found.settimeout(max(0.001, self._end_at - time.monotonic()))
        if self.is_up:
            raise TimeoutError

    @property
    def is_up(self) -> bool:
        """Whether time is up; what waited for a socket may have seen that a little before."""
        return time.monotonic() > self._end_at - _EARLY_S

    def end(self) -> None:
        """Time does not count any more."""
        self._timer.cancel()

    def _expire(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # that of TLS would wait for its peer
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _is_gone(found: socket.socket) -> bool:
    """Whether the other end closed a connection on which nothing is under way."""
    try:
        return bool(select.select([found], [], [], 0)[0])
    except (OSError, ValueError):
        return True


def _explained(error: Exception, target: Target, *, sent: bool) -> WireError:
    """An error of the network for people."""
    place = target.place
    if isinstance(error, ssl.SSLCertVerificationError):
        return WireError(*untrusted(place, error.verify_message or error.reason), final=True)
    if isinstance(error, ssl.SSLError):
        return _of_tls(error, place, sent=sent)
    if isinstance(error, socket.gaierror):
        return WireError(f"there is no host {target.host!r}: {error.strerror}", "look at the name in the address")
    if isinstance(error, ConnectionRefusedError):
        return WireError(f"nobody listens at {place}", "OTLP is usually taken at port 4318 (HTTP) and 4317 (gRPC)")
    if isinstance(error, http.client.BadStatusLine) and _is_frame(str(error)):
        return WireError(f"{place} speaks HTTP/2, so it is a port for gRPC", f"write grpc://{place}", final=True)
    if isinstance(error, TimeoutError):
        return WireError(f"{place} can't be reached in time", "--timeout gives it longer", sent=sent)
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError | http.client.IncompleteRead):
        told = f"{place} closed the connection before it answered"
        other = "does it want a certificate of this client (--cert)?" if target.tls else "does it speak TLS (https://)?"
        return WireError(told, f"where that stays so: is it a port for gRPC (grpc://{place})? {other}", sent=sent)
    if isinstance(error, http.client.HTTPException):
        return WireError(f"what answers at {place} is no web server", "look at the port in the address", final=True)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return WireError(f"{place} can't be reached: {reason.lower()}", sent=sent)


def _of_tls(error: ssl.SSLError, place: str, *, sent: bool) -> WireError:
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if error.reason in ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return WireError(f"{place} speaks no TLS", "write http:// (or grpc://)", final=True)
    if "CERTIFICATE" in (error.reason or "") or "HANDSHAKE_FAILURE" in (error.reason or ""):
        told = f"{place} does not let this client in: {reason}"
        return WireError(told, "--cert and --key name the certificate of this client", final=True)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        hint = "does it speak TLS, and want a certificate of this client (--cert)?"
        return WireError(f"{place} closed the connection before it answered", hint, sent=sent)
    return WireError(f"TLS with {place} fails: {reason}", "look at the address, --ca, --cert and --key", sent=sent, final=True)


def _is_frame(line: str) -> bool:
    """Whether what came for a status line is the beginning of HTTP/2."""
    return line.startswith("\x00\x00")
