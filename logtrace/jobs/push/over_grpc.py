"""OTLP over gRPC. Source: opentelemetry-proto, specification of OTLP/gRPC."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from logtrace.jobs.push.outcome import Fate, Outcome, short, taken, untrusted
from logtrace.jobs.push.target import Target, tls_context

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # else it writes to stderr by itself

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

_LATER = frozenset({"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"})
_UNSURE = frozenset({"CANCELLED", "DEADLINE_EXCEEDED", "DATA_LOSS"})
_HINTS = {
    "UNAUTHENTICATED": "--header 'Authorization: Bearer TOKEN' sends what lets this client in",
    "PERMISSION_DENIED": "this client may not send there: look at --header, --cert, and the receiver's own rules",
    "UNIMPLEMENTED": "it speaks gRPC, but takes no OTLP: look at the port, usually 4317",
}
_UNTRUSTED = ("certificate_verify_failed", "certificate verify failed", "verification check failed", "unknown_ca")


class GrpcSender:
    """Sends requests over one channel."""

    def __init__(self, target: Target, timeout_s: float, *, zipped: bool) -> None:
        """Raises UsageError where files of TLS can't be used."""
        self._target = target
        self._timeout_s = timeout_s
        self._headers = tuple((name.lower(), value) for name, value in target.headers.items())
        options = (
            ("grpc.enable_retries", 0),
            ("grpc.primary_user_agent", "logtrace"),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 1_000),  # who sends waits by itself
        )
        packing = grpc.Compression.Gzip if zipped else grpc.Compression.NoCompression
        if target.tls:
            self._channel = grpc.secure_channel(target.place, _credentials(target), options, packing)
        else:
            self._channel = grpc.insecure_channel(target.place, options, packing)
        self._call = self._channel.unary_unary(METHOD, None, ExportTraceServiceResponse.FromString)

    def close(self) -> None:
        """Ends the channel."""
        self._channel.close()

    def send(self, body: bytes) -> Outcome:
        """See outcome.Sender."""
        try:
            response = self._call(body, timeout=self._timeout_s, metadata=self._headers)
        except grpc.RpcError as error:
            return self._explained(error)
        except ValueError as error:  # of a header that gRPC can't send
            return Outcome(Fate.NEVER, f"a request can't be sent: {short(str(error))}", "look at --header")
        return taken(response.partial_success)

    def _explained(self, error: Any) -> Outcome:
        code, said, place = error.code().name, error.details() or "", self._target.place
        told = f"{place} answers {code}" + (f": {short(said)}" if said else "")
        wait_s = _wait(error)
        if _is_connecting(said):
            return _unreached(said.rpartition("last error: ")[2], self._target)
        if code == "DEADLINE_EXCEEDED" and not error.initial_metadata():
            told = f"{place} gives no answer within {self._timeout_s:g} s"
            return Outcome(Fate.LATER, told, "--timeout gives it longer", unsure=True)
        if code in _LATER or (code == "RESOURCE_EXHAUSTED" and wait_s is not None):
            return Outcome(Fate.LATER, told, wait_s=wait_s, unsure=code in _UNSURE or _is_cut(said))
        if code == "RESOURCE_EXHAUSTED":
            return Outcome(Fate.TOO_LARGE, told, "--batch sends fewer spans at once")
        if code == "INVALID_ARGUMENT":
            return Outcome(Fate.REFUSED, told)
        if "deserializing" in said.lower():
            return Outcome(Fate.NEVER, f"what answers at {place} is no receiver of OTLP", "look at the port, usually 4317")
        return Outcome(Fate.NEVER, told, _HINTS.get(code, "what was taken is remembered: the same command sends the rest"))


def _credentials(target: Target) -> Any:
    trust = target.trust
    tls_context(trust)  # says what is wrong with a file, where gRPC takes anything
    return grpc.ssl_channel_credentials(_read(trust.ca), _read(trust.key or trust.cert), _read(trust.cert))


def _read(path: Path | None) -> bytes | None:
    return path.read_bytes() if path is not None else None


def _is_connecting(said: str) -> bool:
    """Whether an error is about a connection that was never there."""
    return said.startswith(("failed to connect", "DNS resolution failed", "errors resolving", "empty address list"))


def _is_cut(said: str) -> bool:
    """Whether a connection ended while something was under way; else the receiver itself said that it is busy."""
    return any(word in said for word in ("Socket closed", "Connection reset", "Broken pipe", "GOAWAY", "recvmsg", "RST_STREAM"))


def _unreached(said: str, target: Target) -> Outcome:
    low, place = said.lower(), target.place
    if "http1" in low or "parsing http/2" in low:
        return Outcome(Fate.NEVER, f"{place} speaks no HTTP/2, so it is no port for gRPC", f"write http://{place}")
    if "wrong_version_number" in low or "wrong version number" in low:
        return Outcome(Fate.NEVER, f"{place} speaks no TLS", "write grpc://")
    if any(word in low for word in _UNTRUSTED):
        return Outcome(Fate.NEVER, *untrusted(place, said))
    if "dns" in low or "resolving" in low:
        return Outcome(Fate.UNREACHED, f"there is no such host: {place}", "look at the name in the address")
    if "connection refused" in low:
        hint = "OTLP is usually taken at port 4317 (gRPC) and 4318 (HTTP)"
        return Outcome(Fate.UNREACHED, f"nobody listens at {place}", hint)
    secured = "does it speak TLS, and want a certificate of this client (--cert)?"
    hint = secured if target.tls else "does it speak TLS (grpcs://), or HTTP (http://)?"
    return Outcome(Fate.UNREACHED, f"{place} can't be reached: {short(said)}", hint)


def _wait(error: Any) -> float | None:
    """The seconds that a RetryInfo among the details asks for; None where there is none."""
    from google.protobuf.message import DecodeError
    from google.rpc.error_details_pb2 import RetryInfo
    from google.rpc.status_pb2 import Status

    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    if packed is None:
        return None
    try:
        for detail in Status.FromString(packed).details:
            info = RetryInfo()
            if detail.Unpack(info):
                return float(max(0.0, info.retry_delay.seconds + info.retry_delay.nanos / 1e9))
    except DecodeError:
        pass
    return None
