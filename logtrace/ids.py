"""Trace and span ids: text ↔ integers.

Inside the house ids are integers, so that rows are small and worker processes agree on keys without talking.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from typing import NamedTuple

from logtrace.patterns import lazy_pattern

NO_SPAN = 0
"""The span key of a line that names no span: it belongs to the trace as a whole. As a parent key: none, a root."""

_BIAS = 1 << 64
_MASK = _BIAS - 1


class TraceId(NamedTuple):
    """A trace id as integers, so that workers and stores agree without talking.

    low, high   the halves of a 128-bit id as signed 64-bit integers; high is 0 for an id of 64 bits or less,
                which makes the 64-bit form of an id meet its 128-bit form in `low`
    text        "" for hexadecimal ids; the id verbatim where it is anything else (low and high are then a hash)
    """

    low: int
    high: int
    text: str = ""

    def __str__(self) -> str:
        return self.text or f"{self.high & _MASK:016x}{self.low & _MASK:016x}"


_HEX = lazy_pattern(r"(?:0x)?([0-9a-f]{12,32})", re.ASCII)
_UUID = lazy_pattern(r"(?:urn:uuid:)?(\{)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?(1)\})", re.ASCII)
_XRAY = lazy_pattern(r"(?:.*\broot=)?1-([0-9a-f]{8})-([0-9a-f]{24})(?:;.*)?", re.ASCII)
_PROJECT = lazy_pattern(r"projects/[^/]*/traces/([0-9a-f]+)", re.ASCII)
_TRACEPARENT = lazy_pattern(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)
_DECIMAL = lazy_pattern(r"[1-9]\d{32,38}", re.ASCII)
"""An id of 128 bits as OpenTelemetry's libraries hold it; fewer digits are hexadecimal ones."""

_ABSENT = frozenset({"", "-", "null", "none", "nil", "<nil>", "undefined", "n/a"})
_SKYWALKING = "TID:"
"""What its logging toolkits write before an id, and its headers do not."""

_MEMO = 100_000


def _signed(value: int) -> int:
    return value - _BIAS if value >> 63 else value


class Ids:
    """Id text → integers, remembered, because a log names each id many times.

    `opaque` collects the text of span ids that are not hexadecimal, by key, for whoever shows them.

    Rules: letter case, dashes of a UUID, braces around it or `urn:uuid:` before it and a leading 0x do not count; nor does what
    AWS X-Ray (`1-…-…`, `Root=…`), Google (`projects/…/traces/…`) and W3C (`00-…-…-01`) write around the digits; 12 to 32
    hexadecimal digits (12 to 16 of a span) are padded with zeros, 33 to 39 decimal ones are a number of 128 bits; all zeros, "",
    "-" and words for nothing mean none; anything else is kept verbatim and keyed by blake2b. Shorter digits
    stay verbatim: "42" is somebody's request number, not a 128-bit id.
    """

    def __init__(self) -> None:
        self.known_traces: dict[str, TraceId | None] = {}
        self._spans: dict[str, int] = {}
        self.opaque: dict[int, str] = {}

    def trace(self, text: str) -> TraceId | None:
        """The trace id a text means; None where it means none."""
        try:
            return self.known_traces[text]
        except KeyError:
            if len(self.known_traces) >= _MEMO:
                self.known_traces.clear()
            found = self.known_traces[text] = parse_trace_id(text)
            return found

    def span(self, text: str) -> int:
        """The span key a text means; NO_SPAN where it means none."""
        if len(text) == 16:
            try:
                return int.from_bytes(unhexlify(text), "big", signed=True)
            except ValueError:
                pass  # not hexadecimal: below
        try:
            return self._spans[text]
        except KeyError:
            if len(self._spans) >= _MEMO:
                self._spans.clear()
            key, opaque = parse_span_id(text)
            if opaque:
                self.opaque[key] = opaque
            self._spans[text] = key
            return key


def parse_trace_id(text: str) -> TraceId | None:
    """See Ids. A UUID of version 1 is hashed whole: its low half is the same for all ids of one host."""
    plain = text.strip().removeprefix(_SKYWALKING).lstrip()
    low = plain.lower()
    if low in _ABSENT or not low.removeprefix("0x").strip("0-"):
        return None
    digits = low
    if match := _XRAY.fullmatch(low):
        digits = match[1] + match[2]
    elif (match := _PROJECT.fullmatch(low)) or (match := _TRACEPARENT.fullmatch(low)):
        digits = match[1]
    elif match := _UUID.fullmatch(low):
        digits = match[2].replace("-", "")
        if digits[12] == "1":
            return TraceId(*_hashed_pair(digits), digits)
    if match := _HEX.fullmatch(digits):
        number = int(match[1], 16)
        return TraceId(_signed(number & _MASK), _signed(number >> 64)) if number else None
    if _DECIMAL.fullmatch(plain) and (number := int(plain)) < 1 << 128:
        return TraceId(_signed(number & _MASK), _signed(number >> 64))
    return TraceId(*_hashed_pair(plain), plain)


def parse_span_id(text: str) -> tuple[int, str]:
    """(key, "") of a hexadecimal span id, (key, text) of an opaque one, (NO_SPAN, "") of none. See Ids."""
    plain = text.strip()
    low = plain.lower()
    if low in _ABSENT or not low.removeprefix("0x").strip("0-"):
        return NO_SPAN, ""
    if match := _TRACEPARENT.fullmatch(low):
        return _signed(int(match[2], 16)), ""
    match = _HEX.fullmatch(low)
    if match and len(match[1]) <= 16:
        return _signed(int(match[1], 16)), ""
    return hashed_key(plain), plain


def names_span(text: str) -> bool:
    """Whether a text names a span besides a trace, as W3C's `00-…-…-01` does."""
    return _TRACEPARENT.fullmatch(text.strip().lower()) is not None


def hashed_key(text: str) -> int:
    """A stable non-zero signed 64-bit key of a text."""
    from hashlib import blake2b  # OpenSSL comes with it, and most ids need no hash

    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little", signed=True) or 1


def _hashed_pair(text: str) -> tuple[int, int]:
    from hashlib import blake2b

    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little", signed=True), int.from_bytes(digest[8:], "little", signed=True) or 1


def span_id_text(key: int) -> str:
    """The 16 hexadecimal digits of a span key (of an opaque id: of its hash)."""
    return f"{key & _MASK:016x}"
