"""A small real receiver of OTLP, over HTTP and gRPC, on the service classes of opentelemetry-proto; it can be told to fail.

What is wrong with a request is the next word of `faults`, none where there is none left:

    drop        it is taken, and the connection ends without an answer
    cut         the connection ends before anything is taken
    half        the same, but the other direction stays open
    drip        it is taken, and the answer comes byte by byte and never ends
    mute        nothing ever comes
    page        a web page comes
    partial     it is taken but for one span, named: and which is said
    warn        it is taken, with a warning
    429, 503, … that status (gRPC: such as UNAVAILABLE); not taken. later: one that asks to be left alone for a moment
    call        it is taken, then `on_call` is called, and no answer comes
    large       more than MOST_AT_ONCE spans are too large; poison: a span that is named so is refused
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PROTOBUF = "application/x-protobuf"
PATIENCE_S = 20.0
MOST_AT_ONCE = 8


class Received:
    """What came, and what is to go wrong."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.on_call: Callable[[], None] = lambda: None
        self.spans: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        self.headers: list[dict[str, str]] = []
        self.sizes: list[int] = []
        self.unanswered = 0  # spans that were taken without a word
        self.over = threading.Event()
        self._lock = threading.Lock()

    @property
    def ids(self) -> Counter[tuple[str, str]]:
        """How often each span came."""
        return Counter({ids: len(found) for ids, found in self.spans.items()})

    def next_fault(self) -> str:
        """`large` and `poison` stay: they are how it is."""
        with self._lock:
            if not self.faults or self.faults[0] in ("large", "poison"):
                return self.faults[0] if self.faults else ""
            return self.faults.pop(0)

    def refusal(self, fault: str, message: ExportTraceServiceRequest) -> int:
        """The status with which a request is not taken; 0 where it is."""
        if fault == "large":
            return 413 if count_of(message) > MOST_AT_ONCE else 0
        if fault == "poison":
            return 400 if b"poison" in message.SerializeToString() else 0
        return 503 if fault == "later" else int(fault) if fault.isdecimal() else 0

    def take(self, message: ExportTraceServiceRequest, *, but: int = 0) -> None:
        with self._lock:
            for span in spans_of(message)[but:]:
                self.spans[span.trace_id.hex(), span.span_id.hex()].append(span.SerializeToString(deterministic=True))

    def note(self, message: ExportTraceServiceRequest, headers: dict[str, str]) -> None:
        with self._lock:
            self.headers.append({name.lower(): value for name, value in headers.items()})
            self.sizes.append(count_of(message))


def spans_of(message: ExportTraceServiceRequest) -> list[Span]:
    return [span for group in message.resource_spans for scope in group.scope_spans for span in scope.spans]


def count_of(message: ExportTraceServiceRequest) -> int:
    return sum(len(scope.spans) for group in message.resource_spans for scope in group.scope_spans)


def partial_of(fault: str, message: ExportTraceServiceRequest) -> ExportTraceServiceResponse:
    if fault == "partial":
        partial = ExportTracePartialSuccess(rejected_spans=1, error_message="one is too old")
        return ExportTraceServiceResponse(partial_success=partial)
    if fault == "named":
        span = spans_of(message)[0]
        said = f"too old: {span.trace_id.hex()} {span.span_id.hex().upper()}"
        partial = ExportTracePartialSuccess(rejected_spans=1, error_message=said)
        return ExportTraceServiceResponse(partial_success=partial)
    if fault == "warn":
        return ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess(error_message="use version 2"))
    return ExportTraceServiceResponse()


class Server(ThreadingHTTPServer):
    """The receiver of HTTP."""

    daemon_threads = True
    port = 0  # any that is free

    def __init__(self, received: Received) -> None:
        super().__init__(("127.0.0.1", self.port), Handler)
        self.received = received

    def handle_error(self, *_: Any) -> None:
        pass  # clients that are gone


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        received = self.server.received
        fault = received.next_fault()
        if fault in ("cut", "half"):
            self._end(socket.SHUT_RDWR if fault == "cut" else socket.SHUT_WR)
            return
        body = self.rfile.read(int(self.headers["content-length"]))
        zipped = self.headers["content-encoding"] == "gzip"
        message = ExportTraceServiceRequest.FromString(gzip.decompress(body) if zipped else body)
        received.note(message, dict(self.headers))
        if self.path != "/v1/traces":
            self._answer(404, "404 page not found", "text/plain")
        elif fault == "mute":
            received.over.wait(PATIENCE_S)
            self.close_connection = True
        elif status := received.refusal(fault, message):
            self._answer(status, Status(message="not now").SerializeToString(), PROTOBUF)
        else:
            received.take(message, but=int(fault in ("partial", "named")))
            received.unanswered += count_of(message) if fault in ("drop", "call", "drip") else 0
            self._taken(fault, message)

    def _taken(self, fault: str, message: ExportTraceServiceRequest) -> None:
        if fault == "call":
            self.server.received.on_call()
        elif fault == "drop":
            self._end(socket.SHUT_RDWR)
        elif fault == "drip":
            self._drip()
        elif fault == "page":
            self._answer(200, "<html>hello</html>", "text/html")
        else:
            self._answer(200, partial_of(fault, message).SerializeToString(), PROTOBUF)

    def _answer(self, status: int, body: str | bytes, kind: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        if status in (429, 503):
            self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(data)

    def _drip(self) -> None:
        end_at = time.monotonic() + PATIENCE_S
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
            while time.monotonic() < end_at and not self.server.received.over.is_set():
                self.wfile.write(b"y")
                time.sleep(0.05)
        self.close_connection = True

    def _end(self, how: int) -> None:
        with suppress(OSError):
            self.connection.shutdown(how)
        if how == socket.SHUT_WR:
            self.server.received.over.wait(0.5)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def over_http(received: Received, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Listens; the address."""
    server = Server(received)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{'http' if context is None else 'https'}://localhost:{server.server_address[1]}"
    finally:
        received.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


_CODES = {413: grpc.StatusCode.RESOURCE_EXHAUSTED, 400: grpc.StatusCode.INVALID_ARGUMENT, 503: grpc.StatusCode.UNAVAILABLE}


class Service(TraceServiceServicer):
    """The service of gRPC."""

    def __init__(self, received: Received) -> None:
        self._received = received

    def Export(self, request: ExportTraceServiceRequest, context: grpc.ServicerContext) -> ExportTraceServiceResponse:  # noqa: N802
        received, fault = self._received, self._received.next_fault()
        received.note(request, dict(context.invocation_metadata()))
        if fault == "later":
            detail = Packed()
            detail.Pack(RetryInfo())
            told = Status(code=8, details=[detail]).SerializeToString()
            context.set_trailing_metadata((("grpc-status-details-bin", told),))
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "slower")
        if status := received.refusal(fault, request):
            context.abort(_CODES[status], "not now")
        if fault.isupper():
            context.abort(grpc.StatusCode[fault], "not now")
        received.take(request, but=int(fault in ("partial", "named")))
        if fault == "call":
            received.unanswered += count_of(request)
            received.on_call()
        if fault in ("mute", "drip"):
            received.over.wait(PATIENCE_S)
        return partial_of(fault, request)


@contextmanager
def over_grpc(received: Received, credentials: grpc.ServerCredentials | None = None) -> Iterator[str]:
    """Listens; the address."""
    server = grpc.server(ThreadPoolExecutor(4))
    add_TraceServiceServicer_to_server(Service(received), server)
    place = "localhost:0"
    port = server.add_insecure_port(place) if credentials is None else server.add_secure_port(place, credentials)
    server.start()
    try:
        yield f"{'grpc' if credentials is None else 'grpcs'}://localhost:{port}"
    finally:
        received.over.set()
        server.stop(0).wait()
