"""OTLP JSON → Jaeger's own JSON, that of its UI: times in microseconds, attributes as typed tags.
Source: jaeger v2.20 (uimodel), the Jaeger translator of opentelemetry-collector-contrib.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from logtrace.carried import NO_SERVICE, bytes_text
from logtrace.exporters.names import trace_hex_of
from logtrace.exporters.otlp import KINDS, WARNINGS, Json, passing_spans
from logtrace.model import Trace

SAFE_INTEGER = (1 << 53) - 1
"""Larger whole numbers lose digits in a browser: they are written as text."""

_KIND_NAMES = {number: name for name, number in KINDS.items()} | {f"SPAN_KIND_{n.upper()}": n for n in KINDS}
_STATUS_NAMES = {1: "OK", 2: "ERROR", "STATUS_CODE_OK": "OK", "STATUS_CODE_ERROR": "ERROR"}
_NO_TRACE = "0" * 16


def jaeger_pieces(traces: Iterable[Trace]) -> Iterator[bytes]:
    """One JSON document in one line, as Jaeger writes it, span by span."""
    before = b'{"data":['
    for trace in traces:
        yield before
        yield from _trace_pieces(trace)
        before = b","
    yield (before if before != b"," else b"") + b'],"total":0,"limit":0,"offset":0,"errors":null}\n'


def jaeger_traces(resources: Iterable[Json]) -> list[Json]:
    """The traces of some `resourceSpans`, in the order in which they are met."""
    found: dict[str, tuple[_Trace, list[Json]]] = {}
    for each in _spans(resources):
        trace_id = trace_text(each[0].get("traceId") or "")
        made, spans = found.setdefault(trace_id, (_Trace(trace_id), []))
        spans.append(made.span(*each))
    return [made.head() | {"spans": spans} | made.tail() for made, spans in found.values()]


def _trace_pieces(trace: Trace) -> Iterator[bytes]:
    made = _Trace(trace_text(trace_hex_of(trace.trace_id)))
    before = orjson.dumps(made.head())[:-1] + b',"spans":['
    for each in _spans(passing_spans(trace)):
        yield before + orjson.dumps(made.span(*each))
        before = b","
    yield b"]," + orjson.dumps(made.tail())[1:]


def _spans(resources: Iterable[Json]) -> Iterator[tuple[Json, Json, list[Json]]]:
    """(span, its scope, the attributes of its resource) of some `resourceSpans`."""
    for resource in resources:
        attributes = _attributes(resource.get("resource"))
        for scoped in resource.get("scopeSpans") or ():
            yield from ((span, scoped.get("scope") or {}, attributes) for span in scoped.get("spans") or ())


class _Trace:
    """A trace whose spans come one after the other; the processes that they were in are known behind them."""

    def __init__(self, trace_id: str) -> None:
        self._id = trace_id
        self._processes: dict[bytes, tuple[str, Json]] = {}

    def head(self) -> Json:
        return {"traceID": self._id}

    def span(self, span: Json, scope: Json, resource: list[Json]) -> Json:
        return _span(span, scope, self._id, self._process(resource))

    def tail(self) -> Json:
        return {"processes": dict(self._processes.values()), "warnings": None}

    def _process(self, resource: list[Json]) -> str:
        """The number of a process; equal ones share it."""
        key = orjson.dumps(resource)
        if key not in self._processes:
            tags = list(map(_tag, resource))
            name = next((tag["value"] for tag in tags if tag["key"] == "service.name"), None)
            known = {"serviceName": name or NO_SERVICE, "tags": [tag for tag in tags if tag["key"] != "service.name"]}
            self._processes[key] = f"p{len(self._processes) + 1}", known
        return self._processes[key][0]


def _span(span: Json, scope: Json, trace_id: str, process: str) -> Json:
    start_ns, end_ns = int(span.get("startTimeUnixNano") or 0), int(span.get("endTimeUnixNano") or 0)
    attributes = span.get("attributes") or []
    return {
        "traceID": trace_id,
        "spanID": _span_text(span.get("spanId")),
        "operationName": span.get("name") or "",
        "references": list(_references(span, trace_id)),
        "startTime": start_ns // 1000,
        "duration": max(0, end_ns - start_ns) // 1000,
        "tags": list(_tags(span, scope, attributes)),
        "logs": [_log(event) for event in span.get("events") or ()],
        "processID": process,
        "warnings": next((plain(pair["value"]) for pair in attributes if pair.get("key") == WARNINGS), None) or None,
    }


def _references(span: Json, trace_id: str) -> Iterator[Json]:
    parent = _span_text(span.get("parentSpanId"))
    if parent != _NO_TRACE:
        yield {"refType": "CHILD_OF", "traceID": trace_id, "spanID": parent}
    for link in span.get("links") or ():
        told = {pair.get("key"): plain(pair.get("value") or {}) for pair in link.get("attributes") or ()}
        kind = "CHILD_OF" if told.get("opentracing.ref_type") == "child_of" else "FOLLOWS_FROM"
        yield {"refType": kind, "traceID": trace_text(link.get("traceId") or ""), "spanID": _span_text(link.get("spanId"))}


def _tags(span: Json, scope: Json, attributes: list[Json]) -> Iterator[Json]:
    """In the order of the translator: scope, attributes, kind, status."""
    status = span.get("status") or {}
    code = _STATUS_NAMES.get(status.get("code", 0))
    if scope.get("name"):
        yield _text("otel.scope.name", scope["name"])
    if scope.get("version"):
        yield _text("otel.scope.version", scope["version"])
    yield from (_tag(pair) for pair in attributes if pair.get("key") != WARNINGS)
    if kind := _KIND_NAMES.get(span.get("kind", 0)):
        yield _text("span.kind", kind)
    if code:
        yield _text("otel.status_code", code)
    if code == "ERROR":
        yield {"key": "error", "type": "bool", "value": True}
    if status.get("message"):
        yield _text("otel.status_description", status["message"])
    if span.get("traceState"):
        yield _text("w3c.tracestate", span["traceState"])


def _log(event: Json) -> Json:
    fields = [_tag(pair) for pair in event.get("attributes") or ()]
    if event.get("name") and all(field["key"] != "event" for field in fields):
        fields.insert(0, _text("event", event["name"]))
    return {"timestamp": int(event.get("timeUnixNano") or 0) // 1000, "fields": fields}


def _text(key: str, value: str) -> Json:
    return {"key": key, "type": "string", "value": value}


def _attributes(resource: Json | None) -> list[Json]:
    return (resource or {}).get("attributes") or []


def _tag(pair: Json) -> Json:
    """A key/value of OTLP as a typed tag; lists and maps are JSON text."""
    key, value = pair.get("key") or "", pair.get("value") or {}
    if "boolValue" in value:
        return {"key": key, "type": "bool", "value": value["boolValue"]}
    if "intValue" in value:
        number = int(value["intValue"])
        return {"key": key, "type": "int64", "value": number if abs(number) <= SAFE_INTEGER else str(number)}
    if "doubleValue" in value:
        return {"key": key, "type": "float64", "value": value["doubleValue"]}
    if "bytesValue" in value:
        return {"key": key, "type": "binary", "value": value["bytesValue"]}
    known = plain(value)
    return _text(key, known if isinstance(known, str) else "" if known is None else orjson.dumps(known).decode())


def plain(value: Json) -> Any:
    """A value of OTLP as plain JSON."""
    for kind, found in value.items():
        if kind == "arrayValue":
            return [plain(each) for each in found.get("values") or ()]
        if kind == "kvlistValue":
            return {pair.get("key", ""): plain(pair.get("value") or {}) for pair in found.get("values") or ()}
        return int(found) if kind == "intValue" else bytes_text(found) if kind == "bytesValue" else found
    return None


def trace_text(digits: str) -> str:
    """A trace id as Jaeger prints it: 16 digits where the upper half is zero, else 32."""
    full = digits.lower().rjust(32, "0")
    return full[16:] if full.startswith(_NO_TRACE) else full


def _span_text(digits: str | None) -> str:
    return (digits or "").lower().rjust(16, "0")
