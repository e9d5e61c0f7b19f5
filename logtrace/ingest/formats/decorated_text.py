"""Text lines with the context that tracers put into them in brackets.

Datadog     … [dd.service=payments dd.env=prod dd.trace_id=11460951022100160288 dd.span_id=13235353014750950193] - message
Dynatrace   … [!dt dt.trace_id=4bf92f3577b34da6a3ce929d0e0e4736,dt.span_id=a3ce929d0e0e4736,dt.trace_sampled=true] message
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from logtrace.ingest.formats._values import level_of
from logtrace.ingest.formats.text import text_line
from logtrace.patterns import lazy_pattern

_CONTEXT = lazy_pattern(r"\s*\[(?:!dt )?([^\[\]]*\b(?:dd|dt)\.trace_id=[^\[\]]*)\](?: -(?= ))?")
_PAIR = lazy_pattern(r"([\w.]+)=([^\s,]*)")


def line(text: str) -> dict[str, Any] | None:
    """The record, with what stands at the head of the line; None where there is no such context."""
    context = _CONTEXT.search(text)
    if context is None:
        return None
    head = text_line((text[: context.start()] + text[context.end() :]).strip(), UTC)
    found: dict[str, Any] = {key: value for key, value in _PAIR.findall(context[1]) if value}
    return {**found, "timestamp": head.time_ns, "level": level_of(head.severity), "logger": head.logger, "message": head.body}
