"""Zipkin v1 spans → v2: who sent and received, and when, stood in annotations; a span may hold the halves of client and server.

    cs ─────────────── cr     client
       sr ───────── ss        server

Source: openzipkin/zipkin, V1SpanConverter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace.ingest.formats._values import object_of, objects_of

_SIDES = {"CLIENT": ("cs", "cr"), "SERVER": ("sr", "ss"), "PRODUCER": ("ms", ""), "CONSUMER": ("mr", "")}
_CORE = frozenset(value for values in _SIDES.values() for value in values if value)
_ADDRESSES = ("ca", "sa", "ma")


def halves(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The span in the newer form, by side: what is annotated by another service than a side's own is of the other side."""
    annotations, tags = objects_of(record.get("annotations")), objects_of(record.get("binaryAnnotations"))
    core = {str(each["value"]): each for each in annotations if _is_core(each)}
    sides = {side: pair for side, pair in _SIDES.items() if not core.keys().isdisjoint(pair)} or {"": ("", "")}
    alone = len(sides) == 1
    for number, (side, (first, last)) in enumerate(sides.items()):
        begin, end = (core.get(value, {}).get("timestamp") for value in (first, last))
        own = {"timestamp": begin, "duration": end - begin if isinstance(begin, int) and isinstance(end, int) else None}
        if not number:  # what the span tells of itself is of the side that began it
            own = {key: record.get(key) or value for key, value in own.items()}
        service = _service(core.get(first) or core.get(last) or {}) or next(filter(None, map(_service, tags)), "")
        yield {
            **{key: record.get(key) for key in ("traceId", "id", "parentId", "name")}, **own,
            "kind": side or None,
            "localEndpoint": {"serviceName": service},
            "annotations": [each for each in annotations if not _is_core(each) and (alone or _service(each) in ("", service))],
            "tags": {
                str(each.get("key")): each.get("value")
                for each in tags
                if str(each.get("key")) not in _ADDRESSES and (alone or _service(each) in ("", service))
            },
        }  # fmt: skip


def _service(annotation: dict[str, Any]) -> str:
    named = object_of(annotation.get("endpoint")).get("serviceName")
    return named if isinstance(named, str) else ""


def _is_core(annotation: dict[str, Any]) -> bool:
    value = annotation.get("value")
    return isinstance(value, str) and value in _CORE
