"""Values as tracing SDKs write them → values as the alias table means them. Shared by the formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logtrace.carried import bytes_text
from logtrace.ingest.formats._format import Told
from logtrace.patterns import lazy_pattern

OTLP_KINDS = ("", "internal", "server", "client", "producer", "consumer")
"""Kinds by their number in OTLP and otel-go; otel-js counts from internal."""

_SEVERITY_NAME = lazy_pattern(r"\b(?:SEVERITY_NUMBER_|SeverityNumber\.)(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)([2-4]?)\b")
_FAMILIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def kind_of(value: object, names: tuple[str, ...] = OTLP_KINDS) -> str:
    """The kind that a number or a name (`SERVER`, `SpanKind.SERVER`, `SPAN_KIND_SERVER`) means, "" for none of the five."""
    if isinstance(value, int):
        return names[value] if 0 <= value < len(names) else ""
    word = value.rpartition(".")[2].lower().removeprefix("span_kind_") if isinstance(value, str) else ""
    return word if word in OTLP_KINDS else ""


def level_of(number: object) -> str | None:
    """The level word of an OTel severity number, or of its name (`SEVERITY_NUMBER_WARN2`, Python's `<SeverityNumber.WARN2: 14>`);
    None for none."""
    if isinstance(number, str) and (named := _SEVERITY_NAME.search(number)):
        return f"{named[1]}+{int(named[2]) - 1}" if named[2] else named[1]
    if not isinstance(number, int) or not 1 <= number <= 24:
        return None
    family, offset = divmod(number - 1, 4)
    return f"{_FAMILIES[family]}+{offset}" if offset else _FAMILIES[family]


def status_of(code: object) -> str:
    """ok, error or unset of an OTel status code, by number or name."""
    word = str(code or "").rpartition(".")[2].lower().removeprefix("status_code_")
    return {"1": "ok", "ok": "ok", "2": "error", "error": "error"}.get(word, "unset")


def object_of(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[dict[str, Any]]:
    """The objects in a list; none in anything else."""
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def mapped(pairs: object) -> dict[str, Any]:
    """A list of attributes as a map, whoever wrote it: OTLP `{key, value: {stringValue}}`, otel-go `{Key, Value: {Type, Value}}`,
    Jaeger `{key, type, value}`. A map is itself."""
    if isinstance(pairs, dict):
        return pairs
    found = {}
    for pair in objects_of(pairs):
        key = pair.get("key", pair.get("Key"))
        if isinstance(key, str):
            value = pair.get("value", pair.get("Value"))
            if value.__class__ is dict and len(value) == 1 and value.get("stringValue") is not None:  # as nearly all are
                found[key] = value["stringValue"]
                continue
            value = plain_value(value)
            found[key] = bytes_text(value) if pair.get("type") == "binary" else value
    return found


def plain_value(value: object) -> Any:
    """A value without the type that OTLP or otel-go write around it. What else stands beside that type, from a protocol of
    tomorrow, is passed over; an object with none of OTLP's types is itself."""
    if not isinstance(value, dict):
        return value
    if "Type" in value and "Value" in value:
        kind, inner = str(value["Type"]).lower(), value["Value"]  # `Map` was the first spelling, `MAP` is today's
        return mapped(inner) if kind == "map" else list(map(plain_value, inner or ())) if kind == "slice" else inner
    kind, inner = next(((kind, inner) for kind, inner in value.items() if kind in _KINDS and inner is not None), ("", None))
    if kind == "intValue":
        return int(inner) if isinstance(inner, str) and inner.lstrip("-").isdecimal() and len(inner) < 20 else inner
    if kind == "bytesValue":
        return bytes_text(inner)
    if kind == "arrayValue":
        return [plain_value(member) for member in object_of(inner).get("values") or ()]
    if kind == "kvlistValue":
        return mapped(object_of(inner).get("values"))
    return inner if kind else value


_KINDS = frozenset(("stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"))


def exception_in(events: list[dict[str, Any]]) -> dict[str, str]:
    """error_type and error_message of the last exception among span events (with mapped attributes), where it tells them."""
    found: dict[str, str] = {}
    for event in events:
        attributes = object_of(event.get("attributes"))
        if event.get("name") == "exception" or "exception.type" in attributes or "exception.message" in attributes:
            said = {"error_type": attributes.get("exception.type"), "error_message": attributes.get("exception.message")}
            found = {key: str(value) for key, value in said.items() if value}
    return found


def resource_told(resource: Mapping[str, Any]) -> Told:
    """What a resource's attributes say: the service, where they name one (SDKs write `unknown_service` where nobody did)."""
    service = resource.get("service.name")
    named = isinstance(service, str) and service and not service.startswith("unknown_service")
    return {"service": service} if named else {}


def with_rest(told: Told, attributes: Mapping[str, Any], *more: tuple[str, object]) -> Told:
    """The entry with attributes, and those of `more` that have a value."""
    found = dict(attributes)
    found.update((key, value) for key, value in more if value not in (None, "", [], {}))
    return {**told, "attributes": found} if found else told
