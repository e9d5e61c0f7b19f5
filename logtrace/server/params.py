"""Query parameters as Jaeger's own handlers read them, with their defaults and the texts of their errors.
Source: jaeger v2.20, query_parser.go and default_params.go.
"""

from __future__ import annotations

import re
import time
from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from starlette.datastructures import QueryParams

from logtrace.patterns import lazy_pattern
from logtrace.server.desk import NoAnswerError
from logtrace.server.go import GoError, parse_bool, parse_duration_ns, parse_float, parse_int, parse_texts
from logtrace.units import NS

Value = TypeVar("Value")

LOOKBACK_NS = 48 * NS["h"]
_FAR_NS = 1 << 62
DEFAULT_LIMIT = 100
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")

_HEX = lazy_pattern(r"[0-9a-fA-F]+", re.ASCII)
_BASE64 = lazy_pattern(r"[\w+/-]{1,24}={0,2}", re.ASCII)
_STANDARD = str.maketrans("-_", "+/")


class BadRequestError(NoAnswerError):
    """A parameter is wrong; the text is Jaeger's."""


class Query(NamedTuple):
    """A search. Times are None where they are not given, durations 0."""

    service: str
    operation: str
    tags: dict[str, str]
    start_ns: int | None
    end_ns: int | None
    min_ns: int
    max_ns: int
    limit: int
    raw: bool


class Rates(NamedTuple):
    """What is asked of metrics. kinds: of spans; by_operation: a series for each operation."""

    services: list[str]
    kinds: list[str]
    by_operation: bool
    end_ns: int
    lookback_ns: int
    step_ns: int
    per_ns: int


def search_of(params: QueryParams) -> Query:
    """A search. Raises BadRequestError for the first parameter that is wrong, in Jaeger's order."""
    start_ns, end_ns = time_ns(params, "start", "us"), time_ns(params, "end", "us")
    found = Query(
        params.get("service", ""),
        params.get("operation", ""),
        _tags(params),
        start_ns,
        end_ns,
        limit=_limit(params),
        min_ns=duration_ns(params, "minDuration"),
        max_ns=duration_ns(params, "maxDuration"),
        raw=truth(params, "raw"),
    )
    if not found.service:
        raise BadRequestError("parameter 'service' is required")
    if found.min_ns and found.max_ns and found.max_ns < found.min_ns:
        raise BadRequestError("'maxDuration' should be greater than 'minDuration'")
    return found


def _limit(params: QueryParams) -> int:
    text = params.get("limit", "")
    try:
        return parse_int(text, 32) if text else DEFAULT_LIMIT
    except GoError as error:
        raise BadRequestError(str(error)) from error


def _tags(params: QueryParams) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in params.getlist("tag"):
        key, sign, value = pair.partition(":")
        if not sign:
            raise BadRequestError(f"malformed 'tag' parameter, expecting key:value, received: {pair}")
        found[key] = value
    for text in params.getlist("tags"):
        try:
            found |= parse_texts(text)
        except GoError as error:
            raise BadRequestError(f"malformed 'tags' parameter, cannot unmarshal JSON: {error}") from error
    return found


def rates_of(params: QueryParams) -> Rates:
    """What a metrics endpoint is asked."""
    services = params.getlist("service")
    if not services:
        raise BadRequestError("unable to parse param 'service': please provide at least one service name")
    by_operation = truth(params, "groupByOperation")
    kinds = params.getlist("spanKind")
    for kind in kinds:
        if kind not in KINDS:
            raise BadRequestError(f"unable to parse param 'spanKind': unsupported span kind: '{kind}'")
    end_ns = time_ns(params, "endTs", "ms")
    return Rates(
        services,
        kinds or ["server"],
        by_operation,
        time.time_ns() if end_ns is None else end_ns,
        span_ns(params, "lookback", NS["h"]),
        span_ns(params, "step", 5 * NS["s"]),
        span_ns(params, "ratePer", 10 * NS["m"]),
    )


def quantile_of(params: QueryParams) -> float:
    """The quantile of latencies."""
    return _parsed(params.get("quantile", ""), "quantile", parse_float)


def time_ns(params: QueryParams, name: str, unit: str) -> int | None:
    """An instant in some unit since 1970; None where there is none."""
    text = params.get(name, "")
    return _parsed(text, name, parse_int) * NS[unit] if text else None


def span_ns(params: QueryParams, name: str, default_ns: int) -> int:
    """A length of time in milliseconds."""
    text = params.get(name, "")
    return _parsed(text, name, parse_int) * NS["ms"] if text else default_ns


def storable_ns(number_ns: int) -> int:
    """An instant or a length that a store can compare with."""
    return max(-_FAR_NS, min(number_ns, _FAR_NS))


def duration_ns(params: QueryParams, name: str) -> int:
    """A duration with its unit; 0 where there is none."""
    text = params.get(name, "")
    return _parsed(text, name, parse_duration_ns) if text else 0


def truth(params: QueryParams, name: str) -> bool:
    """A truth, false where it is not given."""
    text = params.get(name, "")
    return _parsed(text, name, parse_bool) if text else False


def _parsed(text: str, name: str, parse: Callable[[str], Value]) -> Value:
    try:
        return parse(text)
    except GoError as error:
        raise BadRequestError(f"unable to parse param '{name}': {error}") from error


def is_pretty(params: QueryParams) -> bool:
    """Whether a person wants to read the answer."""
    return params.get("prettyPrint", "") not in ("", "false")


def path_digits(text: str) -> str:
    """The hexadecimal digits of a trace id in a path: 1 to 32 of them, or base64 of 8 or 16 bytes. Raises BadRequestError."""
    if _HEX.fullmatch(text) and len(text) <= 32:
        return text.lower()
    if _BASE64.fullmatch(text):
        try:
            raw = b64decode(text.translate(_STANDARD).rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
        except Error:
            raw = b""
        if len(raw) in (8, 16):
            return raw.hex()
    return query_digits(text)


def query_digits(text: str) -> str:
    """The digits of a trace id in a query: hexadecimal alone. Raises BadRequestError with what Go says."""
    if len(text) > 32:
        raise BadRequestError(f"TraceID cannot be longer than 32 hex characters: {text}")
    for part in (text[:-16], text[-16:]) if len(text) > 16 else (text,):
        if not _HEX.fullmatch(part):
            raise BadRequestError(str(GoError(f'strconv.ParseUint: parsing "{part}": invalid syntax')))
    return text.lower()
