"""OTLP over HTTP: traces and logs of services that have an SDK, or of a collector, go into the same store.
Source: opentelemetry-proto, specification of OTLP/HTTP.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from logtrace.errors import StoreError, UsageError
from logtrace.jobs.spool import Spool
from logtrace.server.answers import status_and_text
from logtrace.server.guard import MAX_BODY

JSON, PROTOBUF = "application/json", "application/x-protobuf"
_NESTED = {"resourceSpans": ("scopeSpans", "spans"), "resourceLogs": ("scopeLogs", "logRecords")}
_KEYS = {"traces": "resourceSpans", "logs": "resourceLogs"}
_WAIT_S = "5"


class RefusedError(Exception):
    """A body that is not taken."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def require_protobuf() -> None:
    """Raises UsageError where the library is missing that reads what SDKs send by default."""
    try:
        import opentelemetry.proto.collector.trace.v1.trace_service_pb2  # noqa: F401
    except ImportError as error:
        raise UsageError("--otlp needs the protocol's library", "pip install 'logtrace[otlp]'") from error


class Intake:
    """Takes what is sent."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="otlp")

    def close(self) -> None:
        """Waits for what is being read."""
        self._thread.shutdown()

    def routes(self) -> Iterator[Route]:
        """/v1/traces and /v1/logs."""
        for signal in _KEYS:
            yield Route(f"/v1/{signal}", self.take, methods=["POST"], name=signal)

    async def take(self, request: Request) -> Response:
        """Answers once it is in the store (or in a file that is followed), so that nothing that was confirmed is lost."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        signal = request.url.path.rpartition("/")[2]
        try:
            body = _unpacked(await request.body(), request.headers.get("content-encoding", ""))
            lines = sent_lines(body, kind, signal)
            if lines:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._spool.take, lines)
        except RefusedError as error:
            return _answer(error.status, kind, str(error))
        except StoreError as error:
            return _answer(*_swapped(status_and_text(error), kind))
        return _answer(200, kind, "")


def _swapped(told: tuple[int, str], kind: str) -> tuple[int, str, str]:
    return told[0], kind, told[1]


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise RefusedError(415, f"content-encoding {encoding[:40]!r} is not read; gzip is")
    unzip = zlib.decompressobj(wbits=31)
    try:
        found = unzip.decompress(body, MAX_BODY + 1)
    except zlib.error as error:
        raise RefusedError(400, "the body is no gzip") from error
    if len(found) > MAX_BODY:
        raise RefusedError(413, "the body is too large")
    return found


def sent_lines(body: bytes, kind: str, signal: str) -> bytes:
    """Lines of OTLP JSON, one for each span or log record; b"" where nothing was sent. Raises RefusedError."""
    if kind == JSON:
        found = _json(body)
    elif kind == PROTOBUF:
        found = _protobuf(body, signal)
    else:
        raise RefusedError(415, f"content-type {kind[:60]!r} is not read; {PROTOBUF} and {JSON} are")
    key = _KEYS[signal]
    sent = found.get(key)
    if sent is not None and not isinstance(sent, list):
        raise RefusedError(400, f"{key} is no list")
    pieces = [piece for entry in sent or () for piece in _pieces(key, entry)]
    try:
        return b"\n".join([orjson.dumps({key: [piece]}) for piece in pieces])
    except orjson.JSONEncodeError as error:  # it reads what is deeper than it writes
        raise RefusedError(400, "the body is nested too deeply") from error


def _pieces(key: str, entry: Any) -> list[Any]:
    """A resource with all that it has, as often as it has spans or records, each time with one; what can't be cut stays whole."""
    scopes, members = _NESTED[key]
    of = entry.get(scopes) if isinstance(entry, dict) else None
    if not isinstance(of, list) or not all(isinstance(scope, dict) and isinstance(scope.get(members), list) for scope in of):
        return [entry]
    return [{**entry, scopes: [{**scope, members: [member]}]} for scope in of for member in scope[members]]


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except ValueError as error:
        raise RefusedError(400, "the body is no JSON") from error
    if not isinstance(found, dict):
        raise RefusedError(400, "the body is no JSON object")
    return found


def _protobuf(body: bytes, signal: str) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    message = ExportTraceServiceRequest() if signal == "traces" else ExportLogsServiceRequest()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise RefusedError(400, "the body is no such message") from error
    found: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    return found


def _answer(status: int, kind: str, text: str) -> Response:
    """An answer as OTLP has it: empty where all was taken, else google.rpc.Status."""
    headers = {"retry-after": _WAIT_S} if status == 503 else {}
    if kind == PROTOBUF:
        told = b"" if status == 200 else _status_bytes(text)
        return Response(told, status, media_type=PROTOBUF, headers=headers)
    return Response(orjson.dumps({} if status == 200 else {"message": text}), status, media_type=JSON, headers=headers)


def _status_bytes(text: str) -> bytes:
    """google.rpc.Status with a message alone: field 2, a text."""
    raw = text.encode()[:127]
    return bytes((0x12, len(raw))) + raw
