"""Names in expressions and rules that nothing in a store has: most often they are misspelt."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from logtrace.model import plain_key
from logtrace.query.ast import Kind, Leaf, Node, leaves
from logtrace.query.rules import Subject
from logtrace.store import names
from logtrace.store.reader import FragmentReader


def unknown(reader: FragmentReader, node: Node | None) -> Iterator[str]:
    """What of an expression no span has, with near names."""
    for leaf in leaves(node) if node is not None else ():
        if leaf.kind is Kind.ATTRIBUTE and not names.has_key(reader, plain_key(leaf.name)):
            yield f"no span has an attribute {leaf.name!r}{_near(leaf.name, names.keys(reader))}"
        if leaf.kind is Kind.TEXT and leaf.op == "=":
            known = names.texts(reader, leaf.name)
            yield from (f"there is no {leaf.name} {value!r}{_near(str(value), known)}" for value in _missing(leaf, known))


def _missing(leaf: Leaf, known: list[str]) -> Iterator[object]:
    return (value for value in leaf.values if value not in known)


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 3, 0.5)
    return f"; near it: {', '.join(near)}" if near else ""


def unknown_subject(reader: FragmentReader, subject: Subject) -> Iterator[str]:
    """What of the spans that a rule is about is not in a store, with near names; nothing where the store has none at all."""
    for kind, value in (("service", subject.service), ("operation", subject.operation)):
        if value and (known := names.texts(reader, kind)) and value not in known:
            yield f"there is no {kind} {value!r}{_near(value, known)}"
