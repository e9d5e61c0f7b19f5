"""What an expression is once it is read: a tree of frozen values. Two trees are equal where they mean the same,
wherever their parts stood in the text.

An expression holds for a trace if it holds for one of its spans; parts with a scope look beyond that span:

    span    the span itself                      root    the root span
    any     some span, maybe another one         trace   numbers of the trace
    all     every span (of a trace that has any)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum


class Scope(StrEnum):
    """Whose value a leaf is about."""

    SPAN = "span"
    ANY = "any"
    ALL = "all"
    ROOT = "root"
    TRACE = "trace"


class Kind(Enum):
    """What a name stands for, and so what it may be compared with."""

    TEXT = "a text"
    DURATION = "a duration"
    INSTANT = "a time"
    ERROR = "true, false, 'span' or 'line'"
    NUMBER = "a number"
    ATTRIBUTE = "a text, a number, true or false"


Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """A comparison.

    name        a built-in name (see fields), or the key of an attribute as it was written
    op          = != > >= < <= ~ exists
    values      one; several with =, which holds for any of them; none with exists. Durations and instants are integer
                nanoseconds, all else is what it says
    at          where it stands in the text
    """

    scope: Scope
    name: str
    kind: Kind
    op: str
    values: tuple[Scalar, ...] = ()
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of its parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of its parts, or several."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not its part."""

    part: Node


@dataclass(frozen=True, slots=True)
class Count:
    """How many spans of the trace its part holds for, compared with a number."""

    part: Node
    op: str
    number: int


Node = Leaf | And | Or | Not | Count


def conjunction(parts: Iterator[Node] | list[Node]) -> Node | None:
    """All of the parts as one; None where there is none."""
    found = tuple(parts)
    return (found[0] if len(found) == 1 else And(found)) if found else None


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves, from left to right."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    else:
        yield from leaves(node.part)


def scopes(node: Node) -> set[Scope]:
    """The scopes that the truth of a node depends on; how many spans there are is a matter of any."""
    if isinstance(node, Leaf):
        return {node.scope}
    if isinstance(node, And | Or):
        return set().union(*map(scopes, node.parts))
    return {Scope.ANY} if isinstance(node, Count) else scopes(node.part)


def asks_a_span(node: Node) -> bool:
    """Whether the truth of a node depends on which span is looked at."""
    return Scope.SPAN in scopes(node)
