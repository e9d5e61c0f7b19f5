"""Text lines with the context that tracers put into them in brackets.

Datadog     … [dd.service=payments dd.env=prod dd.trace_id=11460951022100160288 dd.span_id=13235353014750950193] - message
Dynatrace   … [!dt dt.trace_id=4bf92f3577b34da6a3ce929d0e0e4736,dt.span_id=a3ce929d0e0e4736,dt.trace_sampled=true] message
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from logtrace.ingest.formats import nlog, python_text, ruby_text
from logtrace.ingest.formats._values import level_of
from logtrace.ingest.vocabulary.text import text_line
from logtrace.patterns import lazy_pattern

_CONTEXT = lazy_pattern(
    r"\s*\[(?:!dt )?([^\[\]]*\b(?:dd|dt)\.trace_id=[^\[\]]*)\](?: -(?= ))?|((?:\bdd\.\w+=\S* ?){2,})(?:- )?", re.ASCII
)
_PAIR = lazy_pattern(r"([\w.]+)=([^\s,]*)")


def line(text: str) -> dict[str, Any] | None:
    """The record, with what the line is without them; None where there is no such context."""
    context = _CONTEXT.search(text)
    if context is None or "trace_id=" not in context[0]:
        return None
    plain = f"{text[: context.start()]}{' ' * (context[2] is not None)}{text[context.end() :]}".strip()
    found: dict[str, Any] = {key: value for key, value in _PAIR.findall(context[1] or context[2]) if value}
    return {**_plain_told(plain), **found}


def _plain_told(text: str) -> dict[str, Any]:
    """What a line says without its context: by its own format, else time, level and logger at its head."""
    for read in (ruby_text.read, python_text.read, nlog.read):
        if (told := read(text)) is not None:
            return told
    head = text_line(text, UTC)
    return {"timestamp": head.time_ns, "level": level_of(head.severity), "logger": head.logger, "message": head.body}
