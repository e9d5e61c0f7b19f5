"""What OpenTelemetry keeps apart from what a span did, and a log has beside it: where it ran (its resource), and which
library told of it (its scope). All lie flat among the attributes of a span; what is said here tells them apart again.
"""

from __future__ import annotations

from collections.abc import Collection

SCOPE_NAME, SCOPE_VERSION = "otel.scope.name", "otel.scope.version"
SCOPE_ATTRIBUTE = "otel.scope.attributes."
"""Before the keys of a scope's own attributes."""

TRACE_STATE = "w3c.tracestate"

FURTHER = "otel.resource"
"""An attribute of those whose resource was written apart: its keys that do not say themselves that they are of one."""

_BEGINNINGS = ("host.", "k8s.", "container.", "process.", "os.", "cloud.", "deployment.", "telemetry.", "service.", "faas.")
_KEYS = ("host", "hostname", "pod", "namespace", "container", "node")


def is_of_resource(key: str, further: Collection[str] = ()) -> bool:
    """Whether a key says where a span ran (a host, a pod, a version), not what it did. further: the value of FURTHER."""
    return key in _KEYS or key in further or (key.startswith(_BEGINNINGS) and key != "service.name")


def further_keys(resource: Collection[str]) -> list[str]:
    """Those keys of a resource that FURTHER has to name."""
    return [key for key in resource if key != "service.name" and not is_of_resource(key)]
