"""What spans and traces are called outside: ids of fixed length, names that are never empty."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

from logtrace.ids import TraceId, parse_trace_id
from logtrace.model import Span

NO_SERVICE = "missing-service-name"
NO_NAME = "empty-span-name"
"""What Jaeger writes for a service and a name that are not there."""


def trace_hex(trace: TraceId) -> str:
    """The 32 hexadecimal digits of a trace id; of one that is none, those of the hash that stands for it."""
    return str(TraceId(trace.low, trace.high))


def trace_hex_of(text: str) -> str:
    """The same, of an id as it is shown."""
    found = parse_trace_id(text)
    return trace_hex(found) if found else "0" * 32


def service_of(span: Span) -> str:
    """The service, as outsiders must have one."""
    return span.service or NO_SERVICE


def name_of(span: Span) -> str:
    """The operation, as outsiders must have one."""
    return span.name or NO_NAME


def text_form(value: Any) -> str | None:
    """How a value is compared with text: numbers and truths as Go writes them, lists and maps as JSON. None for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return None if value is None else str(value)


def _float_text(value: float) -> str:
    """Without an exponent from a millionth to 10^21, and that without zeros before it."""
    if value and not 1e-6 <= abs(value) < 1e21:
        return repr(value).replace("e-0", "e-")
    return format(Decimal(repr(value)), "f").removesuffix(".0")
