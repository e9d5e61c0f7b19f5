"""`kubectl logs --prefix`: `[pod/POD/CONTAINER] TEXT`. The container stands for the service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled
from logtrace.ingest.envelopes._heads import NO_LAYER, by_head
from logtrace.patterns import lazy_pattern

_HEAD = lazy_pattern(r"\[pod/([a-z0-9][a-z0-9.-]*)/([a-z0-9][a-z0-9-]*)\](?: |\Z)", re.ASCII)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer, with pod and container as resource."""
    head = _HEAD.match(text) if text[:5] == "[pod/" else None
    if head is None:
        return None
    pod, container = head.groups()
    resource = (("k8s.pod.name", pod), ("k8s.container.name", container))
    return Peeled(text[head.end() :], service=container, resource=resource, stream=f"{pod}/{container}")


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of many lines."""
    return by_head(lines, b"] ", peel) if any(line[:5] == b"[pod/" for line in lines) else NO_LAYER


ENVELOPE = Envelope(
    name="kubectl",
    example='[pod/edge-mcp-7d9f8b6c5d-x2x4z/edge-mcp] {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins="[",
    peel_lines=peel_lines,
)
