"""Propagation headers that a line holds as they came: which trace and caller they name.

In a server's log of the request it received, the header's span is the caller's, so this span's parent; but B3 and Jaeger may
name the server's own span as well, where they name its parent too. Grammars: W3C Trace Context; B3 (openzipkin/b3-propagation);
Jaeger's client libraries; AWS X-Ray; Google Cloud Trace; Datadog; SkyWalking cross-process headers v3; OpenCensus.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from logtrace.patterns import lazy_pattern


class Context(NamedTuple):
    """Id texts that a header names; "" where it names none."""

    trace: str
    span: str = ""
    parent: str = ""


_PREFIXES = ("request_", "http_", "req_", "header_")
_TRACEPARENT = lazy_pattern(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?", re.ASCII)
_B3 = lazy_pattern(r"([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-[01d](?:-([0-9a-f]{16}))?)?", re.ASCII)
_UBER = lazy_pattern(r"([0-9a-f]{1,32}):([0-9a-f]{1,16}):([0-9a-f]{1,16}):[0-9a-f]{1,2}", re.ASCII)
_CLOUD = lazy_pattern(r"([0-9a-f]{32})(?:/(\d{1,20}))?(?:;.*)?", re.ASCII)
_GRPC_BYTES = 27
_TID = lazy_pattern(r"_dd\.p\.tid=([0-9a-f]{16})", re.ASCII)


def header_name(key: str) -> str:
    """The name of the propagation header that a key stands for (`http.request.header.b3`), "" for any other key."""
    low = key.lower().rpartition(".")[2]
    if low[:3] == "cs(" and low[-1:] == ")":  # the extended log format of W3C
        low = low[3:-1]
    for prefix in _PREFIXES:
        low = low.removeprefix(prefix)
    low = low.replace("_", "-")
    return low if low in _NAMES else ""


def context_of(headers: Mapping[str, str]) -> Context | None:
    """What headers (by name) say; None where none says anything. The first of the table that does counts."""
    for names, read in _READERS:
        if names[0] in headers and (found := read([headers.get(name, "").strip() for name in names])):
            return found
    return None


def decimal_hex(text: str, digits: int = 16) -> str:
    """The hexadecimal form of an unsigned decimal, "" where a text is none or means none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 39 else 0
    return f"{number:0{digits}x}" if number else ""


def _traceparent(values: list[str]) -> Context | None:
    match = _TRACEPARENT.fullmatch(values[0].lower())
    return Context(match[1], parent=match[2]) if match else None


def _b3(values: list[str]) -> Context | None:
    match = _B3.fullmatch(values[0].lower())
    return Context(match[1], match[2], match[3] or "") if match else None


def _b3_many(values: list[str]) -> Context | None:
    return Context(*values[:3]) if values[0] else None


def _uber(values: list[str]) -> Context | None:
    """The span is the server's own where its parent stands beside it. Without one it is a root: a request that came in with a
    header was sent by it, and is not it."""
    match = _UBER.fullmatch(unquote(values[0]).lower())
    if match is None:
        return None
    trace, span, parent = match.groups()
    if not parent.strip("0"):
        return Context(trace.zfill(32), parent=span.zfill(16))
    return Context(trace.zfill(32), span.zfill(16), parent.zfill(16))


def xray(text: str) -> Context | None:
    """What `Root=1-…;Parent=…;Sampled=1` says."""
    parts = dict(part.strip().partition("=")[::2] for part in text.split(";"))
    return Context(parts["Root"], parent=parts.get("Parent", "")) if "Root" in parts else None


def _amazon(values: list[str]) -> Context | None:
    return xray(values[0])


def _cloud(values: list[str]) -> Context | None:
    match = _CLOUD.fullmatch(values[0].lower())
    return Context(match[1], parent=decimal_hex(match[2] or "")) if match else None


def _datadog(values: list[str]) -> Context | None:
    low = decimal_hex(values[0])
    high = _TID.search(values[2])
    return Context((high[1] if high else "") + low, parent=decimal_hex(values[1])) if low else None


def _skywalking(values: list[str]) -> Context | None:
    parts = values[0].split("-")
    if len(parts) < 4 or not parts[3].isdecimal():
        return None
    try:
        trace, segment = (b64decode(part + "=" * (-len(part) % 4), validate=True).decode() for part in parts[1:3])
    except ValueError:  # no base64, no ASCII, no UTF-8
        return None
    return Context(trace, parent=f"{segment}-{parts[3]}")


def _grpc(values: list[str]) -> Context | None:
    """The binary form of gRPC and OpenCensus, which is logged as base64: a version, then fields with a number each."""
    try:
        data = b64decode(values[0] + "=" * (-len(values[0]) % 4), validate=True)
    except ValueError:
        return None
    if len(data) < _GRPC_BYTES or (data[0], data[1], data[18]) != (0, 0, 1):
        return None
    return Context(data[2:18].hex(), parent=data[19:27].hex())


def _opentracing(values: list[str]) -> Context | None:
    return Context(values[0].zfill(32), parent=values[1].zfill(16)) if values[0] and values[1] else None


_READERS: tuple[tuple[tuple[str, ...], Callable[[list[str]], Context | None]], ...] = (
    (("traceparent",), _traceparent),
    (("b3",), _b3),
    (("x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid"), _b3_many),
    (("uber-trace-id",), _uber),
    (("x-amzn-trace-id",), _amazon),
    (("x-cloud-trace-context",), _cloud),
    (("x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-tags"), _datadog),
    (("sw8",), _skywalking),
    (("ot-tracer-traceid", "ot-tracer-spanid"), _opentracing),
    (("elastic-apm-traceparent",), _traceparent),
    (("grpc-trace-bin",), _grpc),
)
"""(names, what reads their values), in order of trust."""

_NAMES = frozenset(name for names, _ in _READERS for name in names)
