"""The search index over attributes: the words of a trace, and what an expression asks of them.

    <number>    an interned attribute, as it stands in a row
    v<hash>     a key (plain) and value (as = compares it) of an attribute that stands in its row
    k<hash>     the key of such a one

What other values of a key lost against the shown one is in it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from xxhash import xxh3_64_hexdigest

from logtrace.model import plain_key
from logtrace.query.ast import And, Count, Kind, Leaf, Node, Or, Scope
from logtrace.query.values import canonical
from logtrace.store.rows import attribute_refs, references

MOST_IDS = 1_000
"""A comparison that more interned attributes satisfy is not looked up."""

ATTRIBUTES = """
SELECT s.trace_low, group_concat(s.attributes), group_concat(s.extra -> '$.others')
FROM json_each(?) j CROSS JOIN span s ON s.trace_low = j.value GROUP BY j.key"""
"""(low half, attributes of all its rows, values that lost) of some low halves."""


def words(attributes: str, others: str | None) -> str:
    """The words of a trace from what ATTRIBUTES gives of it."""
    refs, inline = attribute_refs(attributes)
    found = list(map(str, refs))
    if others:
        lost = (value for values in orjson.loads(f"[{others}]") for value in values)
        inline += [(key, orjson.loads(value), rank) for key, value, rank in lost]
    for key, value, _ in inline:
        plain, key_word = _of_key(key)
        found += (_value_word(plain, value), key_word)
    return " ".join(found)


@lru_cache(10_000)
def _of_key(key: str) -> tuple[str, str]:
    """A key as it is compared, and its word."""
    plain = plain_key(key)
    return plain, key_word(plain)


def _value_word(plain: str, value: Any) -> str:
    return "v" + xxh3_64_hexdigest(f"{plain}={canonical(value)}".encode("utf-8", "replace"))


def key_word(plain: str) -> str:
    """The word of a key that stands in rows; see model.plain_key."""
    return "k" + xxh3_64_hexdigest(plain.encode("utf-8", "replace"))


def asked(node: Node, ids_of: dict[Leaf, list[int]]) -> str:
    """The query on words that every trace satisfies which the expression holds for; "" where there is none.

    ids_of: the interned attributes that satisfy each leaf about an attribute.
    """
    if isinstance(node, Leaf):
        return _of_leaf(node, ids_of[node]) if node.kind is Kind.ATTRIBUTE and node.scope is not Scope.ALL else ""
    if isinstance(node, And):
        return _joined(" AND ", [query for part in node.parts if (query := asked(part, ids_of))])
    if isinstance(node, Or):
        queries = [asked(part, ids_of) for part in node.parts]
        return _joined(" OR ", queries) if all(queries) else ""
    if isinstance(node, Count) and (node.op == ">" or (node.op in ("=", ">=") and node.number > 0)):
        return asked(node.part, ids_of)
    return ""


def _of_leaf(leaf: Leaf, ids: Sequence[int]) -> str:
    if len(ids) > MOST_IDS:
        return ""
    plain = plain_key(leaf.name)
    inline = [_value_word(plain, value) for value in leaf.values] if leaf.op == "=" else [key_word(plain)]
    return _joined(" OR ", [*inline, *(str(ref) for number in ids for ref in references(number))])


def _joined(sign: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})" if parts else ""
