"""OTLP over HTTP: protobuf, compressed. Source: opentelemetry-proto, specification of OTLP/HTTP."""

from __future__ import annotations

import gzip
import time
from email.utils import parsedate_to_datetime

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from logtrace.jobs.push.outcome import Fate, Outcome, short, taken
from logtrace.jobs.push.target import Target
from logtrace.jobs.push.wire import Answer, Wire, WireError

PROTOBUF = "application/x-protobuf"
_LATER = frozenset({429, 502, 503, 504})
_BETWEEN = frozenset({502, 504})
"""What a proxy says, which may have passed the request on."""

_LEVEL = 5
"""Of gzip: the next levels take twice as long for a hundredth."""

_HINTS = {
    401: "--header 'Authorization: Bearer TOKEN' sends what lets this client in",
    403: "this client may not send there: look at --header, --cert, and the receiver's own rules",
    404: "OTLP is usually taken at http://HOST:4318; another path stands in the address",
    405: "OTLP is usually taken at http://HOST:4318; another path stands in the address",
    415: "it takes no protobuf, or nothing compressed: --no-gzip sends it as it is",
}


class HttpSender:
    """Sends requests over one connection."""

    def __init__(self, target: Target, timeout_s: float, *, zipped: bool) -> None:
        self._target = target
        self._zipped = zipped
        self._wire = Wire(target, timeout_s)
        self._headers = {"content-type": PROTOBUF, "user-agent": "logtrace", **({"content-encoding": "gzip"} if zipped else {})}

    def close(self) -> None:
        """Ends the connection."""
        self._wire.close()

    def send(self, body: bytes) -> Outcome:
        """See outcome.Sender."""
        packed = gzip.compress(body, _LEVEL, mtime=0) if self._zipped else body
        try:
            answer = self._wire.ask("POST", self._target.path, self._headers, packed)
        except WireError as error:
            fate = Fate.NEVER if error.final else Fate.LATER if error.sent else Fate.UNREACHED
            return Outcome(fate, error.told, error.hint, unsure=error.sent and not error.final)
        return self._taken(answer) if answer.status == 200 else self._refused(answer)

    def _taken(self, answer: Answer) -> Outcome:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.body and kind not in (PROTOBUF, "application/octet-stream", ""):
            return self._no_receiver(f"it answers with {kind}")
        response = ExportTraceServiceResponse()
        try:
            response.ParseFromString(answer.body)
        except DecodeError:
            return self._no_receiver("its answer is no message of OTLP")
        return taken(response.partial_success)

    def _no_receiver(self, why: str) -> Outcome:
        told = f"what answers at {self._target.address} is no receiver of OTLP: {why}"
        return Outcome(Fate.NEVER, told, "look at the address: OTLP is usually taken at http://HOST:4318")

    def _refused(self, answer: Answer) -> Outcome:
        status, said = answer.status, _message(answer)
        told = f"{self._target.place} answers {status}" + (f": {said}" if said else "")
        if status in _LATER:
            wait_s = wait_of(answer.headers.get("retry-after", ""))
            return Outcome(Fate.LATER, told, wait_s=wait_s, unsure=status in _BETWEEN)
        if status == 413:
            return Outcome(Fate.TOO_LARGE, told, "--batch sends fewer spans at once")
        if status == 400 and "HTTPS server" in said:
            return Outcome(Fate.NEVER, told, "it speaks TLS: write https://")
        if status == 400:
            return Outcome(Fate.REFUSED, told)
        if 300 <= status < 400:
            return Outcome(
                Fate.NEVER, told, f"it sends elsewhere: write the address {short(answer.headers.get('location', '?'))}"
            )
        return Outcome(Fate.NEVER, told, _HINTS.get(status, "what was taken is remembered: the same command sends the rest"))


def _message(answer: Answer) -> str:
    """What an answer says that is no success: google.rpc.Status, JSON or text."""
    kind = answer.headers.get("content-type", "")
    if PROTOBUF in kind:
        from google.rpc.status_pb2 import Status

        try:
            return short(Status.FromString(answer.body).message)
        except DecodeError:
            return ""
    text = answer.body[:2_000].decode("utf-8", "replace")
    if "json" in kind:
        try:
            found = orjson.loads(answer.body)
        except ValueError:
            return short(text)
        return short(str(found.get("message") or text)) if isinstance(found, dict) else short(text)
    return "" if "html" in kind else short(text)


def wait_of(text: str) -> float | None:
    """The seconds of a Retry-After: a number or a date; None for what is none."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
