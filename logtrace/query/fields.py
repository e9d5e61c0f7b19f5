"""The built-in names of expressions. Every other name is the key of an attribute."""

from __future__ import annotations

from logtrace.query.ast import Kind, Scope

SPAN = {
    "service": Kind.TEXT,
    "operation": Kind.TEXT,
    "kind": Kind.TEXT,
    "duration": Kind.DURATION,
    "start": Kind.INSTANT,
    "error": Kind.ERROR,
}
"""Of a span."""

TRACE = {
    "duration": Kind.DURATION,
    "start": Kind.INSTANT,
    "span_count": Kind.NUMBER,
    "service_count": Kind.NUMBER,
    "error_count": Kind.NUMBER,
    "inferred_count": Kind.NUMBER,
    "line_count": Kind.NUMBER,
}
"""Of a trace, behind `trace.`; the counts are those of the view `traces`."""

OPERATORS = {
    Kind.TEXT: ("=", "!=", ">", ">=", "<", "<=", "~", "exists"),
    Kind.DURATION: ("=", "!=", ">", ">=", "<", "<=", "exists"),
    Kind.INSTANT: ("=", "!=", ">", ">=", "<", "<=", "exists"),
    Kind.ERROR: ("=", "!="),
    Kind.NUMBER: ("=", "!=", ">", ">=", "<", "<="),
    Kind.ATTRIBUTE: ("=", "!=", ">", ">=", "<", "<=", "~", "exists"),
}


def kind_of(scope: Scope, name: str) -> Kind | None:
    """What a name stands for; None for one that a trace does not have."""
    return TRACE.get(name) if scope is Scope.TRACE else SPAN.get(name, Kind.ATTRIBUTE)
