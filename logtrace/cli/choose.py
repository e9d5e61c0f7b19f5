"""Names of things in a trace, as people type them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from logtrace.errors import NotFoundError, UsageError
from logtrace.ids import parse_span_id
from logtrace.model import Span, Trace

MOST = 10


def spans_named(trace: Trace, text: str) -> list[Span]:
    """The spans that a text means: an id (any case, without leading zeros), an operation, the beginning of an id.

    Raises NotFoundError, offering near ones, where there is none; UsageError where there are more than ten.
    """
    for spans in (_by_id(trace, text), _by_operation(trace, text), _by_prefix(trace, text)):
        if len(spans) > MOST:
            some = ", ".join(span.span_id for span in spans[:MOST])
            raise UsageError(f"{len(spans):,} spans answer to {text!r}", f"take one by its id: {some}, …")
        if spans:
            return spans
    names = list(dict.fromkeys(span.name for span in trace.spans))
    near = get_close_matches(text, names, 3, 0.4) or names[:3]
    raise NotFoundError(
        f"trace {trace.trace_id} has no span {text!r}", f"it has: {', '.join(near)}" if near else "it has no spans"
    )


def require_service(traces: Sequence[Trace], service: str | None) -> None:
    """Raises UsageError, naming those there are, where none of the traces has the service."""
    known = {name for trace in traces for name in trace.services}
    if service is not None and service not in known:
        raise UsageError(f"there is no service {service!r} in it", f"there is: {', '.join(sorted(known))}")


def _by_id(trace: Trace, text: str) -> list[Span]:
    key, _ = parse_span_id(text)
    plain = text.strip().lower().lstrip("0")
    return [span for span in trace.spans if span.key == key or (plain and span.span_id.lower().lstrip("0") == plain)]


def _by_operation(trace: Trace, text: str) -> list[Span]:
    return [span for span in trace.spans if text.lower() == span.name.lower()]


def _by_prefix(trace: Trace, text: str) -> list[Span]:
    plain = text.strip().lower()
    return [span for span in trace.spans if plain and span.span_id.lower().startswith(plain)]
