"""OTLP JSON → Zipkin's JSON of version 2: times in microseconds, all values text.
Source: openzipkin/zipkin-api (zipkin2-api.yaml); what it has no field for is written as the Zipkin exporter of the OpenTelemetry
Collector does: events with attributes as `name|{…}|0`, links as tags `otlp.link.N`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from logtrace.carried import ERROR, ERROR_TYPE, NO_SERVICE, SCOPE_NAME, SCOPE_VERSION, TRACE_STATE
from logtrace.exporters.jaeger import plain
from logtrace.exporters.otlp import KINDS, Json, passing_spans
from logtrace.model import Trace

_KIND_NAMES = {number: name for name, number in KINDS.items()}
_CODES = {1: "OK", 2: "ERROR"}


def zipkin_pieces(traces: Iterable[Trace]) -> Iterator[bytes]:
    """One JSON array of all spans, trace by trace."""
    before = b"["
    for trace in traces:
        for span in zipkin_spans(passing_spans(trace)):
            yield before + orjson.dumps(span)
            before = b",\n"
    yield b"]\n" if before != b"[" else b"[]\n"


def zipkin_spans(resources: Iterable[Json]) -> Iterator[Json]:
    """The spans of some `resourceSpans`."""
    for resource in resources:
        attributes = _plain(resource["resource"]["attributes"])
        for scoped in resource["scopeSpans"]:
            scope = scoped["scope"]
            told = {SCOPE_NAME: scope.get("name"), SCOPE_VERSION: scope.get("version")}
            yield from (_span(span, attributes, {key: value for key, value in told.items() if value}) for span in scoped["spans"])


def _span(span: Json, resource: Json, scope: Json) -> Json:
    start_ns, end_ns = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    attributes = _plain(span["attributes"])
    kind, status = _KIND_NAMES.get(span["kind"], ""), span["status"]
    told: Json = {
        "traceId": span["traceId"],
        "id": span["spanId"],
        "parentId": span.get("parentSpanId"),
        "kind": kind.upper() if kind not in ("", "internal") else None,
        "name": span["name"],
        "timestamp": start_ns // 1000,
        "duration": max(0, end_ns - start_ns) // 1000,
        "localEndpoint": {"serviceName": resource.get("service.name") or NO_SERVICE},
        "remoteEndpoint": {"serviceName": _text(attributes["peer.service"])}
        if attributes.get("peer.service") not in (None, "")
        else None,
    }
    if attributes.get(ERROR) == "true" and any(value is True for value in (*resource.values(), *attributes.values())):
        attributes[ERROR] = "span"  # as text it is "true", of which there is to be one
    if "error.type" in attributes and attributes.get(ERROR_TYPE) == _text(attributes["error.type"]) != "":
        del attributes[ERROR_TYPE]  # as text they are one
    tags = {**{key: value for key, value in resource.items() if key != "service.name"}, **attributes, **scope}
    tags |= {f"otlp.link.{number}": _link(link) for number, link in enumerate(span["links"])}
    tags["span.kind"] = kind if kind == "internal" else None
    tags["otel.status_code"] = _CODES.get(status.get("code", 0))
    tags["error"] = (status.get("message") or "true") if status.get("code") == 2 else None
    tags[TRACE_STATE] = span.get("traceState")
    told["tags"] = {key: _text(value) for key, value in tags.items() if value is not None}
    told["annotations"] = [_annotation(event) for event in span["events"]]
    return {key: value for key, value in told.items() if value not in (None, [], {})}


def _annotation(event: Json) -> Json:
    attributes = _plain(event["attributes"])
    value = f"{event['name']}|{orjson.dumps(attributes).decode()}|0" if attributes else event["name"]
    return {"timestamp": int(event["timeUnixNano"]) // 1000, "value": value}


def _link(link: Json) -> str:
    attributes = orjson.dumps(_plain(link.get("attributes") or [])).decode()
    return f"{link['traceId']}|{link['spanId']}||{attributes}|0"


def _plain(pairs: list[Json]) -> dict[str, Any]:
    return {pair["key"]: plain(pair["value"]) for pair in pairs}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
