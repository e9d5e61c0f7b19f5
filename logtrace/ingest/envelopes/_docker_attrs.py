"""What Docker's json-file driver says of a line beside its text: the stream, and labels, environment and tag as `attrs`."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Resource

STREAMS = frozenset({"stdout", "stderr"})
_TAG_KEYS = {"tag": "log.tag"}
_COMPOSE_SERVICE = "com.docker.compose.service"


def service_of_attrs(attrs: dict[str, Any]) -> str:
    """The service that labels name, "" for none."""
    service = attrs.get(_COMPOSE_SERVICE)
    return service if isinstance(service, str) else ""


def resource_of_attrs(attrs: dict[str, Any]) -> Resource:
    """Labels and environment as container.label.*; the driver's tag as log.tag."""
    return tuple((_TAG_KEYS.get(key, f"container.label.{key}"), text) for key, text in attrs.items() if isinstance(text, str))
