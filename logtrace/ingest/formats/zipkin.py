"""Zipkin spans, one in an object, as reporters log them. Source: openzipkin/zipkin-api zipkin2-api.yaml; for v1
see `zipkin_v1`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from logtrace import carried
from logtrace.ingest.formats import zipkin_v1
from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, object_of, objects_of
from logtrace.ingest.formats.jaeger import micros, own_values, rest_of, status_told, times_told
from logtrace.ingest.formats.recovered import Event, spans_told

_LINK = "otlp.link."


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span. Times and durations are microseconds. Client and server may share an id; their services tell them apart."""
    if not isinstance(record.get("id"), str):
        return None
    if "localEndpoint" not in record:
        return [told for half in zipkin_v1.halves(record) for told in read(half) or ()]
    tags = object_of(record.get("tags"))
    keys = "\n".join(tags)
    links = [str(value).split("|") for key, value in tags.items() if key.startswith(_LINK)] if _LINK in keys else []
    told: Told = {
        "trace": record.get("traceId"),
        "span": record["id"],
        "parent": record.get("parentId"),
        "service": object_of(record.get("localEndpoint")).get("serviceName"),
        "name": record.get("name"),
        "kind": kind_of(record.get("kind")) or kind_of(tags.get("span.kind")),
        **times_told(record.get("timestamp"), record.get("duration"), tags),
        "links": [link[:2] for link in links if len(link) > 1],
        **status_told(tags),
    }
    if tags.get("error") not in (None, "", "false"):
        told |= {"status": "error", **({} if tags["error"] == "true" else {"error_message": tags["error"]})}
    attributes = rest_of(tags, told)
    if _LINK in keys:
        attributes = {key: value for key, value in attributes.items() if not key.startswith(_LINK)}
    if kept := [found for link in links if (found := _linked(link))]:
        attributes[carried.LINKS] = kept
    remote = object_of(record.get("remoteEndpoint")).get("serviceName")
    if remote:
        attributes.setdefault("peer.service", remote)
    attributes = own_values(attributes) if carried.OWN in keys else attributes
    return spans_told(told, attributes, list(_events(record)))


def _events(record: dict[str, Any]) -> Iterator[Event]:
    for each in objects_of(record.get("annotations")):
        name, attributes = _parts(str(each.get("value") or ""))
        yield {"name": name, "time": micros(each.get("timestamp")), "attributes": attributes}


def _parts(value: str) -> tuple[str, dict[str, Any]]:
    """(name, attributes) of an annotation that the Collector wrote of an event (`name|{…}|0`); else (value, none)."""
    name, _, rest = value.partition("|")
    text, sign, dropped = rest.rpartition("|")
    if not sign or not dropped.isdecimal() or text[:1] != "{":
        return value, {}
    try:
        return name, orjson.loads(text)
    except orjson.JSONDecodeError:
        return value, {}


def _linked(link: list[str]) -> dict[str, Any] | None:
    """The attributes of a link, which may have the sign in them that parts its fields."""
    try:
        attributes = orjson.loads("|".join(link[3:-1]) or "{}")
    except orjson.JSONDecodeError:
        return None
    return {"trace": link[0], "span": link[1], "attributes": attributes} if attributes else None


FORMAT = Format(
    "zipkin",
    "Zipkin spans, v2 and v1",
    example='{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","id":"a3ce929d0e0e4736","kind":"SERVER","name":"get /","timestamp":'
    '1704897000000000,"duration":250250,"localEndpoint":{"serviceName":"api"}}',
    marks=(
        ("localEndpoint", "traceId", "id"), ("binaryAnnotations", "traceId", "id"), ("annotations.0.endpoint", "traceId", "id"),
    ),
    read=read,
)  # fmt: skip
