"""`docker service logs`: `payments.1.x7c2k9@node-1    | TEXT`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from string import ascii_letters, digits

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled
from logtrace.ingest.envelopes._heads import by_head
from logtrace.ingest.envelopes._values import known
from logtrace.patterns import lazy_pattern

_HEAD = lazy_pattern(r"([a-zA-Z0-9][a-zA-Z0-9_-]*)\.(\d+)\.([a-z0-9]+)@([a-zA-Z0-9.-]+) +\| ", re.ASCII)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer, with the task and its node as resource."""
    head = _HEAD.match(text) if "@" in text[:160] else None
    if head is None:
        return None
    service, slot, task, node = head.groups()
    resource = known(("container.name", f"{service}.{slot}.{task}"), ("host.name", node))
    return Peeled(text[head.end() :], service=service, resource=resource, stream=f"{service}.{slot}")


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of many lines."""
    return by_head(lines, b"| ", peel)


ENVELOPE = Envelope(
    name="swarm",
    example='payments.1.x7c2k9@node-1    | {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins=ascii_letters + digits,
    peel_lines=peel_lines,
)
