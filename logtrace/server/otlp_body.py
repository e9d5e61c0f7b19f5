"""What a body of OTLP/HTTP holds: lines of OTLP JSON, one for each span or log record, and what is wrong with the others.
Source: opentelemetry-proto (trace.proto, logs.proto), specification of OTLP/HTTP.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import orjson

from logtrace.patterns import lazy_pattern
from logtrace.server.guard import MAX_BODY

JSON, PROTOBUF = "application/json", "application/x-protobuf"
KEYS = {"traces": "resourceSpans", "logs": "resourceLogs"}
_NESTED = {"resourceSpans": ("scopeSpans", "spans"), "resourceLogs": ("scopeLogs", "logRecords")}
_TRACE, _SPAN = lazy_pattern(r"[0-9a-f]{32}", re.ASCII), lazy_pattern(r"[0-9a-f]{16}", re.ASCII)
_MEANT = {
    "traceId": "32 hexadecimal digits, not all of them zeros",
    "spanId": "16 hexadecimal digits, not all of them zeros",
    "parentSpanId": "16 hexadecimal digits",
}

Json = dict[str, Any]
Digits = Callable[[Any], str]
"""An id as it was sent → its hexadecimal digits, whatever they are; "" for none."""


class RefusedError(Exception):
    """A body that is not taken."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Sent(NamedTuple):
    """lines: of OTLP JSON, b"" where there is none; rejected: how many spans are not among them; why: what is wrong with
    those, as a sentence."""

    lines: bytes
    rejected: int
    why: str


def sent(body: bytes, encoding: str, kind: str, signal: str) -> Sent:
    """Reads a body. Raises RefusedError where it can't be read at all."""
    body = _unpacked(body, encoding)
    if kind == JSON:
        found, digits = _json(body), _as_text
    elif kind == PROTOBUF:
        found, digits = _protobuf(body, signal), _of_bytes
    else:
        raise RefusedError(415, f"content-type {kind[:60]!r} is not read; {PROTOBUF} and {JSON} are")
    key = KEYS[signal]
    entries = found.get(key)
    if entries is not None and not isinstance(entries, list):
        raise RefusedError(400, f"{key} is no list")
    wrong: Counter[str] = Counter()
    pieces = [piece for entry in entries or () for piece in _pieces(key, entry, digits, wrong)]
    try:
        lines = b"\n".join([orjson.dumps({key: [piece]}) for piece in pieces])
    except orjson.JSONEncodeError as error:  # it reads what is deeper than it writes
        raise RefusedError(400, "the body is nested too deeply") from error
    return Sent(lines, wrong.total(), _why(wrong))


def _why(wrong: Counter[str]) -> str:
    """What is wrong, the most frequent first."""
    told = [f"{count} {'span' if count == 1 else 'spans'}: {what}" for what, count in wrong.most_common()]
    return f"not taken: {'; '.join(told)}" if told else ""


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


def _json(body: bytes) -> Json:
    try:
        found = orjson.loads(body.decode("utf-8", "replace"))
    except ValueError as error:
        raise RefusedError(400, "the body is no JSON") from error
    if not isinstance(found, dict):
        raise RefusedError(400, "the body is no JSON object")
    return found


def _protobuf(body: bytes, signal: str) -> Json:
    from google.protobuf.message import DecodeError

    from logtrace.server.otlp_messages import as_json

    try:
        return as_json(body, signal)
    except DecodeError as error:
        raise RefusedError(400, "the body is no such message") from error


def _pieces(key: str, entry: Any, digits: Digits, wrong: Counter[str]) -> Iterator[Any]:
    """A resource with all that it has, as often as it has spans or records, each time with one; what can't be cut stays whole.
    wrong: counts what is not taken, by what is wrong with it."""
    scopes, members = _NESTED[key]
    of = entry.get(scopes) if isinstance(entry, dict) else None
    if not isinstance(of, list) or not all(isinstance(scope, dict) and isinstance(scope.get(members), list) for scope in of):
        yield entry
        return
    for scope in of:
        for member in scope[members]:
            whole = _span(member, digits, wrong) if members == "spans" else _record(member, digits)
            if whole is not None:
                yield {**entry, scopes: [{**scope, members: [whole]}]}


def _span(span: Any, digits: Digits, wrong: Counter[str]) -> Json | None:
    """A span with its ids as digits; None where one is no id. A parent of zeros is none."""
    if not isinstance(span, dict):
        wrong["it is no object"] += 1
        return None
    ids = {name: digits(span.get(name)) for name in _MEANT}
    for name, meant in _MEANT.items():
        if not (_is_id(name, ids[name]) or (name == "parentSpanId" and not ids[name].strip("0") and len(ids[name]) in (0, 16))):
            wrong[f"{name} has to be {meant}"] += 1
            return None
    if not ids["parentSpanId"].strip("0"):
        del ids["parentSpanId"]
        span = {name: value for name, value in span.items() if name != "parentSpanId"}
    return {**span, **ids}


def _record(record: Any, digits: Digits) -> Any:
    """A log record without what is no id: it is of no trace then."""
    if not isinstance(record, dict):
        return record
    ids = {name: digits(record.get(name)) for name in ("traceId", "spanId")}
    there = {name: each for name, each in ids.items() if _is_id("traceId", ids["traceId"]) and _is_id(name, each)}
    return {**{name: value for name, value in record.items() if name not in ids}, **there}


def _is_id(name: str, digits: str) -> bool:
    form = _TRACE if name == "traceId" else _SPAN
    return form.fullmatch(digits) is not None and bool(digits.strip("0"))


def _as_text(value: Any) -> str:
    """OTLP writes digits; senders that follow protobuf's own rules for JSON write base64."""
    text = value if isinstance(value, str) else "" if value is None else "no text"
    return _of_bytes(text) if len(text) in (12, 24) and text.endswith("=") else text.lower()


def _of_bytes(value: Any) -> str:
    try:
        return b64decode(value or "", validate=True).hex()
    except ValueError:
        return "no base64"
