"""The search index over attributes: the words of a trace, and what an expression asks of them.

    <number>    an interned attribute, as it stands in a row
    v<hash>     a key (plain) and value (as = compares it) of an attribute that stands in its row
    k<hash>     the key of such a one

What other values of a key lost against the shown one is in it as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from xxhash import xxh3_64_hexdigest

from logtrace.model import plain_key
from logtrace.query.ast import And, Count, Leaf, Node, Or, Scope
from logtrace.query.values import canonical
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.fragments import attribute_refs
from logtrace.store.rows.of_fragments import references

_TOLD = "coalesce(group_concat(s.extra -> '$.others'), '') || char(10) || group_concat(s.attributes)"
_ATTRIBUTES = f"SELECT j.value, (SELECT {_TOLD} FROM span s WHERE s.trace_low = j.value) FROM json_each(?) j"
"""(low half, values that lost and attributes of all its rows: JSON in a line each) of some low halves. To group rows of a join
would have SQLite sort all these texts."""

_OF_ROWS = f"SELECT j.key, (SELECT {_TOLD} FROM json_each(j.value) r JOIN span s ON s.id = r.value) FROM json_each(?) j"
"""The same by place, of lists of ids of rows."""


def documents(reader: FragmentReader, lows: list[int], rows: list[list[int]]) -> list[tuple[int, str]]:
    """(low half, words) of the traces with some low halves that have attributes, in their order.

    rows: the ids of the rows of each; of none, they are found by the low halves, for which the store needs its index.
    """
    asked = (orjson.dumps(rows or lows).decode(),)
    found = ((lows[at], told) for at, told in reader.stream(_OF_ROWS, asked)) if rows else reader.stream(_ATTRIBUTES, asked)
    return [(low, words(told)) for low, told in found if told is not None]


def words(told: str) -> str:
    """The words of a trace from what _ATTRIBUTES gives of it."""
    others, _, attributes = told.partition("\n")
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


def asked(node: Node, ids_of: Mapping[Leaf, Sequence[int] | None]) -> str:
    """The query on words that every trace satisfies which the expression holds for; "" where there is none.

    ids_of: the interned attributes that satisfy each leaf about an attribute; None for a leaf not to be asked about.
    """
    if isinstance(node, Leaf):
        ids = ids_of.get(node)
        return "" if ids is None or node.scope is Scope.ALL else _of_leaf(node, ids)
    if isinstance(node, And):
        return _joined(" AND ", [query for part in node.parts if (query := asked(part, ids_of))])
    if isinstance(node, Or):
        queries = [asked(part, ids_of) for part in node.parts]
        return _joined(" OR ", queries) if all(queries) else ""
    return asked(node.part, ids_of) if isinstance(node, Count) and needs_one(node) else ""


def needs_one(count: Count) -> bool:
    """Whether a count is only right where at least one span is counted."""
    return count.op == ">" or (count.op in ("=", ">=") and count.number > 0)


def _of_leaf(leaf: Leaf, ids: Sequence[int]) -> str:
    plain = plain_key(leaf.name)
    inline = [_value_word(plain, value) for value in leaf.values] if leaf.op == "=" else [key_word(plain)]
    return _joined(" OR ", [*inline, any_of(ids)] if ids else inline)


def any_of(ids: Sequence[int]) -> str:
    """The query for traces with one of some interned attributes."""
    return " OR ".join(str(ref) for number in ids for ref in references(number))


def _joined(sign: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})" if parts else ""
