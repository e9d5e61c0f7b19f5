"""AST → text that means the same; inverse of grammar.parse."""

from __future__ import annotations

from logtrace.patterns import lazy_pattern
from logtrace.query.ast import And, Count, Kind, Leaf, Node, Not, Or, Scalar, Scope
from logtrace.units import NS, format_instant

_WORD = lazy_pattern(r"[^\W\d][\w@$/-]*(?:\.[\w@$/-]+)*")
_KEYWORDS = frozenset(("and", "or", "not", "in", "exists", "true", "false", "count"))


def text_of(node: Node) -> str:
    """The expression as people write it."""
    if isinstance(node, Leaf):
        return _leaf(node)
    if isinstance(node, Not):
        return f"not {_inner(node.part)}"
    if isinstance(node, Count):
        return f"count({text_of(node.part)}) {node.op} {node.number}"
    return (" and " if isinstance(node, And) else " or ").join(map(_inner, node.parts))


def _inner(node: Node) -> str:
    return f"({text_of(node)})" if isinstance(node, And | Or) else text_of(node)


def _leaf(leaf: Leaf) -> str:
    scope = "" if leaf.scope is Scope.SPAN else f"{leaf.scope}."
    path = scope + _name(leaf.name, bool(scope))
    if leaf.op == "exists":
        return f"{path} exists"
    values = [_value(leaf.kind, value) for value in leaf.values]
    return f"{path} in ({', '.join(values)})" if len(values) > 1 else f"{path} {leaf.op} {values[0]}"


def _name(name: str, scoped: bool) -> str:
    first = name.partition(".")[0]
    plain = _WORD.fullmatch(name) and first.lower() not in _KEYWORDS and (scoped or first not in ("any", "all", "root", "trace"))
    return name if plain else _quoted(name)


def _value(kind: Kind, value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind is Kind.DURATION:
        return _duration(int(value))
    if kind is Kind.INSTANT:
        return _quoted(format_instant(int(value), digits=9))
    return _quoted(value) if isinstance(value, str) else repr(value)


def _duration(ns: int) -> str:
    """A whole number of the largest unit that gives one."""
    unit = next((unit for unit in ("h", "m", "s", "ms", "us") if ns and ns % NS[unit] == 0), "ns")
    return f"{ns // NS[unit]}{unit}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
