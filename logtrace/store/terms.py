"""The search index over attributes: the words of a trace, and what an expression asks of them.

    a<id>       an interned attribute
    v<hash>     a key (plain) and value (as = compares it) of an attribute that stands in its row
    k<hash>     the key of such a one

What other values of a key lost against the shown one is in it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import xxhash

from logtrace.model import plain_key
from logtrace.query.ast import And, Count, Kind, Leaf, Node, Or, Scope
from logtrace.query.values import canonical
from logtrace.store.rows import attribute_refs

MOST_IDS = 1_000
"""A comparison that more interned attributes satisfy is not looked up."""

ATTRIBUTES = """
SELECT s.trace_low, group_concat(s.attributes), group_concat(s.extra -> '$.others')
FROM json_each(?) j CROSS JOIN span s ON s.trace_low = j.value GROUP BY j.key"""
"""(low half, attributes of all its rows, values that lost) of some low halves."""


def words(attributes: str, others: str | None) -> str:
    """The words of a trace from what ATTRIBUTES gives of it."""
    ids, inline = attribute_refs(attributes)
    found = [f"a{number}" for number in ids]
    if others:
        inline += [(key, orjson.loads(value)) for lost in orjson.loads(f"[{others}]") for key, value, _ in lost]
    for key, value in inline:
        plain = plain_key(key)
        found += (_value_word(plain, value), _key_word(plain))
    return " ".join(found)


def _value_word(plain: str, value: Any) -> str:
    return "v" + xxhash.xxh3_64_hexdigest(f"{plain}={canonical(value)}".encode("utf-8", "replace"))


def _key_word(plain: str) -> str:
    return "k" + xxhash.xxh3_64_hexdigest(plain.encode("utf-8", "replace"))


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
    inline = [_value_word(plain, value) for value in leaf.values] if leaf.op == "=" else [_key_word(plain)]
    return _joined(" OR ", [*inline, *(f"a{number}" for number in ids)])


def known_key(plain: str) -> str:
    """The query for traces with any inline attribute of a key."""
    return _key_word(plain)


def _joined(sign: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})" if parts else ""
