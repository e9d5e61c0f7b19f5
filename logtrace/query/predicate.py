"""AST → predicate on traces in memory: the back end for streams, files and checks. The store's SQL agrees with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from logtrace.ids import NO_SPAN
from logtrace.model import ErrorLevel, Span, Trace, plain_key
from logtrace.query.ast import And, Count, Kind, Leaf, Node, Not, Scope, asks_a_span
from logtrace.query.values import ORDER, holds

Test = Callable[[Trace, Span | None], bool]
"""Whether a node holds for a span of a trace; the span is None where only the trace is asked."""


def predicate(node: Node) -> Callable[[Trace], bool]:
    """Whether the expression holds for a trace: for one of its spans where it asks about a span."""
    test = compiled(node)
    if not asks_a_span(node):
        return lambda trace: test(trace, None)
    return lambda trace: any(test(trace, span) for span in seen(trace))


def matching_spans(node: Node, trace: Trace) -> list[Span]:
    """The spans of a trace that the expression holds for."""
    test = compiled(node)
    return [span for span in seen(trace) if test(trace, span)]


def seen(trace: Trace) -> Iterable[Span]:
    """The spans that lines tell of: what stands in for a parent that was never logged is none."""
    return (span for span in trace.spans if not span.phantom)


def compiled(node: Node) -> Test:
    """The test of a node."""
    if isinstance(node, Leaf):
        return _leaf(node)
    if isinstance(node, Not):
        part = compiled(node.part)
        return lambda trace, span: not part(trace, span)
    if isinstance(node, Count):
        counted, order, number = compiled(node.part), ORDER[node.op], node.number
        return lambda trace, _: order(sum(counted(trace, span) for span in seen(trace)), number)
    parts, join = [compiled(part) for part in node.parts], all if isinstance(node, And) else any
    return lambda trace, span: join(part(trace, span) for part in parts)


def _leaf(leaf: Leaf) -> Test:
    if leaf.scope is Scope.TRACE:
        return lambda trace, _: _compares(leaf, trace_value(trace, leaf.name))
    of_span = _of_span(leaf)
    if leaf.scope is Scope.SPAN:
        return lambda _, span: span is not None and of_span(span)
    if leaf.scope is Scope.ANY:
        return lambda trace, _: any(map(of_span, seen(trace)))
    if leaf.scope is Scope.ALL:
        return lambda trace, _: any(True for _ in seen(trace)) and all(map(of_span, seen(trace)))
    return lambda trace, _: (root := root_span(trace)) is not None and of_span(root)


def _of_span(leaf: Leaf) -> Callable[[Span], bool]:
    if leaf.kind is Kind.ATTRIBUTE:
        plain = plain_key(leaf.name)
        return lambda span: attribute_holds(leaf, list(_values(span, plain)))
    if leaf.kind is Kind.ERROR:
        levels = error_levels(leaf)
        return lambda span: span.error in levels
    return lambda span: _compares(leaf, _VALUES[leaf.name](span))


_VALUES: dict[str, Callable[[Span], Any]] = {
    "service": lambda span: span.service,
    "operation": lambda span: span.name,
    "kind": lambda span: span.kind,
    "duration": lambda span: span.duration_ns,
    "start": lambda span: span.start_ns,
}


def _compares(leaf: Leaf, value: Any) -> bool:
    return text_holds(leaf, value) if leaf.kind is Kind.TEXT else number_holds(leaf, value)


def text_holds(leaf: Leaf, value: str) -> bool:
    """Whether a leaf holds for the text of a built-in name; an empty text is none."""
    if not value or leaf.op in ("exists", "~"):
        return bool(value) and holds(leaf.op, value, leaf.values)
    if leaf.op == "=":
        return value in leaf.values
    return bool(ORDER[leaf.op](value, leaf.values[0]))


def number_holds(leaf: Leaf, value: int | None) -> bool:
    """Whether a leaf holds for a number, a duration or an instant; nothing holds for None."""
    if value is None or leaf.op == "exists":
        return value is not None
    return value in leaf.values if leaf.op == "=" else bool(ORDER[leaf.op](value, leaf.values[0]))


def error_levels(leaf: Leaf) -> frozenset[int]:
    """The levels of `error` that a leaf means: true counts spans that only a line calls failed."""
    named = {
        True: {ErrorLevel.SOFT, ErrorLevel.HARD},
        False: {ErrorLevel.NONE},
        "span": {ErrorLevel.HARD},
        "line": {ErrorLevel.SOFT},
    }
    levels = frozenset(int(level) for value in leaf.values for level in named[value])
    return levels if leaf.op == "=" else frozenset(map(int, ErrorLevel)) - levels


def attribute_holds(leaf: Leaf, values: list[Any]) -> bool:
    """Whether a leaf holds for the values that an attribute was logged with: for one of them; != for none of them."""
    if leaf.op == "!=":
        return bool(values) and all(holds("!=", value, leaf.values) for value in values)
    return any(holds(leaf.op, value, leaf.values) for value in values)


def _values(span: Span, plain: str) -> Iterable[Any]:
    """All values of an attribute, under any spelling of its key, also those not shown because another won."""
    for key, value in span.attributes.items():
        if plain_key(key) == plain:
            yield value
            yield from span.attribute_conflicts.get(key, ())


def root_span(trace: Trace) -> Span | None:
    """The first root that lines tell of; where none is, the first span."""
    found = list(seen(trace))
    return next((span for span in found if span.parent_key == NO_SPAN), found[0] if found else None)


def trace_value(trace: Trace, name: str) -> int | None:
    """A number of a trace, as the row of a list has it."""
    if name == "duration":
        return _duration_ns(trace)
    return _NUMBERS[name](trace)


_NUMBERS: dict[str, Callable[[Trace], int | None]] = {
    "start": lambda trace: trace.start_ns,
    "span_count": lambda trace: sum(1 for _ in seen(trace)),
    "service_count": lambda trace: len(trace.services),
    "error_count": lambda trace: sum(span.error > 0 for span in seen(trace)) + len(trace.failures),
    "inferred_count": lambda trace: len(trace.inferred),
    "line_count": lambda trace: len(trace.lines) + sum(len(span.lines) for span in trace.spans),
}


def _duration_ns(trace: Trace) -> int | None:
    """The duration; None for a trace that is as long as nothing and whose end no line tells."""
    found = trace.duration_ns
    if found != 0:
        return found
    return 0 if any(span.end.observed for span in trace.spans if span.start_ns is not None) else None
