"""What OTLP and its like have no field for and carry as attributes, so that nothing is lost on the way through other systems:
names that `exporters` write and that `ingest` takes back. For people: logtrace/help/export.md.
"""

from __future__ import annotations

from binascii import Error, a2b_base64
from typing import Any

OWN = "logtrace."
INFERRED = "logtrace.inferred."
PARENT, PARENT_CONFIDENCE, PARENT_ID = INFERRED + "parent", INFERRED + "parent.confidence", INFERRED + "parent.id"
"""What an inferred parent follows from, how sure it is (0 to 100); after an import also the id of that parent."""

NAME, START, END, DURATION = (INFERRED + name for name in ("name", "start", "end", "duration"))
"""From what a name, a start and an end were inferred; how a duration is less than known."""

SPAN, SHIFT = INFERRED + "span", INFERRED + "clock_shift_ns"
"""A span that no line tells of: it holds the lines of a trace without spans. What was added to a span's times."""

ERROR, ERROR_TYPE, ERROR_MESSAGE = OWN + "error", OWN + "error.type", OWN + "error.message"
"""Where an error was told; its type and what it says, where the attributes error.type and error.message say something else."""

TRACE_ID, SPAN_ID, PARENT_SPAN_ID = OWN + "trace_id", OWN + "span_id", OWN + "parent_span_id"
"""Ids as they were logged, where they are no hexadecimal digits."""

LINES, LOOSE, UNTIMED = OWN + "lines", OWN + "loose", OWN + "untimed"
"""How many of a span's events are its log lines; of an event: the line names no span, the line has no time."""

RESOURCE_KEYS, SPAN_KEYS = OWN + "resource.keys", OWN + "span.keys"
"""Attributes that were the resource's (the span's) though their names say otherwise."""

LINKS = OWN + "links"
"""Attributes of links: a list of {trace, span, attributes}."""

SCOPE_NAME, SCOPE_VERSION, TRACE_STATE = "otel.scope.name", "otel.scope.version", "w3c.tracestate"
SCOPE_ATTRIBUTE = "otel.scope.attributes."
"""Before the keys of a scope's own attributes."""

LOG = "log"
"""The name of an event that is a log line."""

NO_SERVICE = "missing-service-name"
NO_NAME = "empty-span-name"
"""What Jaeger writes for a service and a name that are not there."""

EMPTY_SERVICE, ODD_SERVICE = "empty-service-name", "service-name-wrong-type"
"""And for one that is there and is no name: OTLP tells the two from a missing one."""

EARLY_END = OWN + "early_end"
"""When a span that ended before it started did so, in nanoseconds; 0 where it was sent without an end."""

NAME_FROM = {"logger": 2, "message": 3, "none": 9}
"""From what a name was inferred: its model.Rank."""

BYTES = "data:application/octet-stream;base64,"
"""Before the base64 of a value that is bytes: JSON has none, a data URL (RFC 2397) says so and stays a text wherever it goes."""

_RESOURCE = ("host.", "k8s.", "container.", "process.", "os.", "cloud.", "deployment.", "telemetry.", "service.", "faas.")
_RESOURCES = ("host", "hostname", "pod", "namespace", "container", "node")


def is_of_resource(key: str) -> bool:
    """Whether a key says where a span ran (a host, a pod, a version), not what it did."""
    return key in _RESOURCES or (key.startswith(_RESOURCE) and key != "service.name")


def bytes_text(base64: Any) -> Any:
    """Bytes in base64 as the text that stands for them; what is no base64 as it is."""
    return BYTES + base64 if isinstance(base64, str) and _is_base64(base64) else base64


def base64_of(value: object) -> str | None:
    """The base64 of a value that stands for bytes; None of any other."""
    if not isinstance(value, str) or not value.startswith(BYTES):
        return None
    base64 = value.removeprefix(BYTES)
    return base64 if _is_base64(base64) else None


def _is_base64(text: str) -> bool:
    try:
        a2b_base64(text, strict_mode=True)
    except (Error, ValueError):
        return False
    return True
