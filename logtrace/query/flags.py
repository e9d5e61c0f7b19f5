"""Flags of a search → AST: what is asked of a span is asked of one and the same span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logtrace.errors import UsageError
from logtrace.query.ast import Kind, Leaf, Node, Scalar, Scope, conjunction
from logtrace.query.fields import SPAN, TRACE
from logtrace.query.grammar import parse

ANY_ERROR, SPAN_ERROR = "any", "span"


class Flags(NamedTuple):
    """What a search asks for beside its window.

    attributes      (key, value)
    error           "" for any trace; ANY_ERROR: an error anywhere in it; SPAN_ERROR: one that is not only a line's level
    min_ns, max_ns  the duration of a span; *_trace_ns that of the trace
    """

    expression: str = ""
    service: str = ""
    operation: str = ""
    attributes: Sequence[tuple[str, str]] = ()
    error: str = ""
    min_ns: int | None = None
    max_ns: int | None = None
    min_trace_ns: int | None = None
    max_trace_ns: int | None = None
    min_spans: int | None = None
    max_spans: int | None = None


def node_of(flags: Flags) -> Node | None:
    """The expression that all flags together mean; None where they ask for nothing. Raises UsageError."""
    return conjunction(list(_parts(flags)))


def _parts(flags: Flags) -> Iterator[Node]:
    if flags.expression.strip():
        yield parse(flags.expression)
    for name, value in (("service", flags.service), ("operation", flags.operation)):
        if value:
            yield _leaf(Scope.SPAN, name, "=", value)
    yield from (_attribute(key, value) for key, value in flags.attributes)
    if flags.error:
        anywhere = _leaf(Scope.TRACE, "error_count", ">=", 1)  # also of lines that no span has
        yield anywhere if flags.error == ANY_ERROR else _leaf(Scope.ANY, "error", "=", "span")
    for scope, name, op, bound in (
        (Scope.SPAN, "duration", ">=", flags.min_ns),
        (Scope.SPAN, "duration", "<=", flags.max_ns),
        (Scope.TRACE, "duration", ">=", flags.min_trace_ns),
        (Scope.TRACE, "duration", "<=", flags.max_trace_ns),
        (Scope.TRACE, "span_count", ">=", flags.min_spans),
        (Scope.TRACE, "span_count", "<=", flags.max_spans),
    ):
        if bound is not None:
            yield _leaf(scope, name, op, bound)


def _leaf(scope: Scope, name: str, op: str, value: Scalar) -> Leaf:
    return Leaf(scope, name, (TRACE if scope is Scope.TRACE else SPAN)[name], op, (value,))


def _attribute(key: str, value: str) -> Leaf:
    kind = SPAN.get(key, Kind.ATTRIBUTE)
    if kind is Kind.ERROR:
        named: dict[str, Scalar] = {"true": True, "false": False, "span": "span", "line": "line"}
        if value not in named:
            raise UsageError(f"error is compared with {kind.value}, not with {value!r}", "--attr error=true")
        return _leaf(Scope.SPAN, key, "=", named[value])
    if kind in (Kind.DURATION, Kind.INSTANT):
        raise UsageError(f"--attr compares no {key}", "--min-duration and --since do, and expressions: 'duration > 5s'")
    return Leaf(Scope.SPAN, key, kind, "=", (value,))
