"""Trace → a sequence diagram in Mermaid's words, as Markdown on GitHub and GitLab draws it.
Source: mermaid.js.org, sequence diagrams (entity codes `#35;`).
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.exporters.go_time import go_duration
from logtrace.exporters.names import name_of, service_of
from logtrace.ids import NO_SPAN
from logtrace.model import Flag, Span, Trace

MOST_SPANS = 400
"""What is larger is no picture any more, and Mermaid refuses it."""

_LONGEST = 80
_SPECIAL = {ord(sign): f"#{ord(sign)};" for sign in "#;<>&{}[]\"'`\\%|$*_~"}


def mermaid(trace: Trace) -> bytes:
    """The diagram: services as participants, a call as an arrow, what came of it as a dotted one back. A dotted call is one whose
    parent no line names."""
    return ("\n".join(_lines(trace)) + "\n").encode()


def _lines(trace: Trace) -> Iterator[str]:
    spans = [span for span in trace.spans if not span.phantom]
    services = list(dict.fromkeys(map(service_of, spans[:MOST_SPANS])))
    number = {service: f"s{at}" for at, service in enumerate(services, 1)}
    yield "sequenceDiagram"
    yield f"    %% trace {_escaped(trace.trace_id)}"
    yield "    participant caller as caller"
    yield from (f"    participant {number[service]} as {_escaped(service)}" for service in services)
    drawn = {span.key for span in spans[:MOST_SPANS]}
    for entering, span, caller in _visits(trace):
        if span.phantom or span.key not in drawn:
            continue
        here, there = number.get(service_of(caller), "caller") if caller else "caller", number[service_of(span)]
        yield f"    {_call(span, here, there) if entering else _return(span, here, there)}"
    if len(spans) > MOST_SPANS:
        yield f"    Note over {number[services[0]]}: {len(spans) - MOST_SPANS} more spans"


def _visits(trace: Trace) -> Iterator[tuple[bool, Span, Span | None]]:
    """(whether it begins, a span, what called it) in tree order: each span when it begins and when all below it is done."""
    stack: list[tuple[bool, Span, Span | None]] = [(True, root, None) for root in reversed(trace.children.get(NO_SPAN, []))]
    while stack:
        entering, span, caller = stack.pop()
        yield entering, span, caller
        if entering:
            stack.append((False, span, caller))
            above = caller if span.phantom else span
            stack.extend((True, child, above) for child in reversed(trace.children.get(span.key, [])))


def _call(span: Span, here: str, there: str) -> str:
    dotted = span.parent_key != NO_SPAN and not span.parent.observed
    sure = f" (inferred, {span.parent.confidence} %)" if dotted else ""
    return f"{here}{'--' if dotted else '-'}>>+{there}: {_escaped(name_of(span))}{sure}"


def _return(span: Span, here: str, there: str) -> str:
    took = "" if span.duration_ns is None else f"{'≥ ' if span.flags & Flag.LOWER_BOUND else ''}{go_duration(span.duration_ns)}"
    failed = f"failed: {span.error_message or span.error_type or 'error'}" if span.status == "error" else ""
    return f"{there}{'--x' if failed else '-->>'}-{here}: {_escaped(', '.join(filter(None, (took, failed))) or 'done')}"


def _escaped(text: str) -> str:
    """Text that means nothing to Mermaid, in one line, not too long."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    cut = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    return cut.translate(_SPECIAL) or "-"
