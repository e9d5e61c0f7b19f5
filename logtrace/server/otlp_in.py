"""OTLP over HTTP: traces and logs of services that have an SDK, or of a collector, go into the same store.
Source: opentelemetry-proto, specification of OTLP/HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from logtrace.errors import StoreError, UsageError
from logtrace.jobs.intake.spool import Spool
from logtrace.server.answers import status_and_text
from logtrace.server.otlp_body import JSON, KEYS, PROTOBUF, RefusedError, Sent, sent

_WAIT_S = "5"


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
        for signal in KEYS:
            yield Route(f"/v1/{signal}", self.take, methods=["POST"], name=signal)

    async def take(self, request: Request) -> Response:
        """Answers once it is in the store (or in a file that is followed), so that nothing that was confirmed is lost."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        signal = request.url.path.rpartition("/")[2]
        try:
            found = sent(await request.body(), request.headers.get("content-encoding", ""), kind, signal)
            if found.lines:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._spool.take, found.lines)
        except RefusedError as error:
            return _refused(error.status, kind, str(error))
        except StoreError as error:
            status, text = status_and_text(error)
            return _refused(status, kind, text)
        return _taken(found, kind, signal)


def _taken(found: Sent, kind: str, signal: str) -> Response:
    """An answer as OTLP has it: empty where all was taken, else how much was not, and why."""
    if kind == PROTOBUF:
        if not found.rejected:
            return Response(b"", media_type=PROTOBUF)
        from logtrace.server.otlp_messages import partial_success

        return Response(partial_success(signal, found.rejected, found.why), media_type=PROTOBUF)
    told = {"rejectedSpans": str(found.rejected), "errorMessage": found.why}
    return Response(orjson.dumps({"partialSuccess": told} if found.rejected else {}), media_type=JSON)


def _refused(status: int, kind: str, text: str) -> Response:
    """An error as OTLP has it: google.rpc.Status."""
    headers = {"retry-after": _WAIT_S} if status == 503 else {}
    if kind == PROTOBUF:
        return Response(_status_bytes(text), status, media_type=PROTOBUF, headers=headers)
    return Response(orjson.dumps({"message": text}), status, media_type=JSON, headers=headers)


def _status_bytes(text: str) -> bytes:
    """google.rpc.Status with a message alone: field 2, a text."""
    raw = text.encode()[:127]
    return bytes((0x12, len(raw))) + raw
