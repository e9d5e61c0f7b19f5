"""AST → SQL with bound values: a condition on `trace t`, or on one of its spans.

What is compared as text, by pattern or in order is compared here, on the few distinct operations and interned
attributes, by the functions that the predicate uses; the SQL asks for their numbers. Attributes that stand in their row
are compared by a function of the connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import count
from typing import Any

import orjson

from logtrace.model import plain_key
from logtrace.query.ast import And, Count, Kind, Leaf, Node, Not, Or, Scalar, Scope, asks_a_span, leaves
from logtrace.query.predicate import error_levels, text_holds
from logtrace.query.values import ORDER, comparable, holds, number
from logtrace.store.file.schema import duration_class, span_class
from logtrace.store.reading.reader import FragmentReader

SAME_TRACE = "{s}.trace_low = t.low AND ({s}.trace_high = t.high OR ({s}.trace_high = 0 AND t.short))"
OF_TRACE = SAME_TRACE + " AND {s}.span_key <> 0"

_ROOT = (
    "{s}.id = (SELECT x.id FROM span x WHERE " + OF_TRACE.format(s="x") + " ORDER BY coalesce(x.parent_key, 0) <> 0,"
    " coalesce(x.start_ns, 1 << 62), -coalesce(x.duration_ns, 0), x.span_key LIMIT 1)"
)

_TRACE_COLUMNS = {
    "duration": "t.duration_ns",
    "start": "t.start_ns",
    "span_count": "t.spans",
    "service_count": "t.services",
    "error_count": "t.errors",
    "inferred_count": "t.inferred",
    "line_count": "t.lines",
}

_ATTRIBUTE = """(EXISTS (SELECT 1 FROM json_each({s}.attributes) j WHERE CASE j.type
    WHEN 'integer' THEN j.value >> 2 IN (SELECT value FROM json_each(:{ids}))
    ELSE {test}(:{leaf}, j.value ->> 0, j.value -> 1) END)
    OR ({s}.extra IS NOT NULL AND EXISTS (SELECT 1 FROM json_each({s}.extra, '$.others') j
        WHERE {test}(:{leaf}, j.value ->> 0, j.value ->> 1))))"""

_SIGNS = {sign: sign for sign in ORDER}  # nothing else gets into the SQL
_MEMO = 100_000
_plain_key = lru_cache(10_000)(plain_key)


class Compiled:
    """An expression, ready for the connection of a reader.

    values      what its SQL is bound with; the names begin with `e`
    ids_of      the interned attributes that satisfy each leaf about an attribute
    mismatched  keys of attributes with values that can't be compared as asked
    """

    def __init__(self, reader: FragmentReader, node: Node) -> None:
        self.node = node
        self.values: dict[str, Any] = {}
        self.mismatched: dict[str, None] = {}
        self._reader = reader
        self._fresh = count()
        self._tests: list[tuple[str, Leaf]] = []
        self.ids_of = {leaf: self._attribute_ids(leaf) for leaf in leaves(node) if leaf.kind is Kind.ATTRIBUTE}
        self._known: dict[tuple[int, str, str], bool] = {}
        self._test = reader.functions.lend(self._inline_holds)

    def on_trace(self) -> str:
        """The condition on `trace t`."""
        if not asks_a_span(self.node):
            return self.on(self.node, "")
        s = self._alias()
        return f"EXISTS (SELECT 1 FROM span {s} WHERE {OF_TRACE.format(s=s)} AND {self.on(self.node, s)})"

    def on(self, node: Node, s: str) -> str:
        """The condition on the row `s` of span, and `trace t` for what goes beyond it. It is 0 or 1, never NULL."""
        if isinstance(node, Leaf):
            return self._scoped(node, s)
        if isinstance(node, Not):
            return f"NOT {self.on(node.part, s)}"
        if isinstance(node, Count):
            c, bound = self._alias(), self._bound(node.number)
            inner = self.on(node.part, c)
            return f"(SELECT count(*) FROM span {c} WHERE {OF_TRACE.format(s=c)} AND {inner}) {_SIGNS[node.op]} {bound}"
        sign = " AND " if isinstance(node, And) else " OR "
        return f"({sign.join(self.on(part, s) for part in sorted(node.parts, key=_effort))})"

    def _scoped(self, leaf: Leaf, s: str) -> str:
        if leaf.scope is Scope.SPAN:
            return self._on_span(leaf, s)
        if leaf.scope is Scope.TRACE:
            return self._number(leaf, _TRACE_COLUMNS[leaf.name])
        if leaf.scope is Scope.ROOT and leaf.kind is Kind.TEXT:
            return f"(t.spans > 0 AND {self._operation(leaf, 't.root_id')})"
        x = self._alias()
        condition = self._on_span(leaf, x)
        of_trace = f"SELECT 1 FROM span {x} WHERE {OF_TRACE.format(s=x)}"
        if leaf.scope is Scope.ALL:
            return f"(t.spans > 0 AND NOT EXISTS ({of_trace} AND NOT {condition}))"
        root = f" AND {_ROOT.format(s=x)}" if leaf.scope is Scope.ROOT else ""
        return f"EXISTS ({of_trace}{root} AND {condition})"

    def _on_span(self, leaf: Leaf, s: str) -> str:
        if leaf.kind is Kind.TEXT:
            return self._operation(leaf, f"{s}.operation_id")
        if leaf.kind is Kind.ERROR:
            return f"{s}.error IN ({', '.join(map(str, sorted(error_levels(leaf))))})"
        if leaf.kind is Kind.ATTRIBUTE:
            return self._attribute(leaf, s)
        return self._number(leaf, f"{s}.{leaf.name}_ns")

    def _operation(self, leaf: Leaf, column: str) -> str:
        return f"{column} IN (SELECT value FROM json_each({self._bound(self.operation_ids(leaf))}))"

    def operation_ids(self, leaf: Leaf) -> list[int]:
        """The operations that satisfy a leaf about service, operation or kind."""
        place = ("service", "operation", "kind").index(leaf.name)
        rows = self._reader.run("SELECT service, name, kind, id FROM operation ORDER BY id")
        return [row[3] for row in rows if text_holds(leaf, row[place])]

    def _number(self, leaf: Leaf, column: str) -> str:
        if leaf.op == "exists":
            return f"{column} IS NOT NULL"
        return f"ifnull({self.bare(leaf, column)}, 0)"

    def bare(self, leaf: Leaf, column: str) -> str:
        """The comparison of a column with numbers as an index can answer it: NULL where the column is."""
        if len(leaf.values) > 1:
            return f"{column} IN (SELECT value FROM json_each({self._bound(list(leaf.values))}))"
        return f"{column} {_SIGNS[leaf.op]} {self._bound(leaf.values[0])}"

    def long(self, leaf: Leaf) -> str:
        """The comparison of `s.duration_ns` with a least value, or with equal ones, as index span_operation can answer it."""
        first, last = (f"2 * {duration_class(self._bound(bound))}" for bound in (min(leaf.values), max(leaf.values)))
        no_longer = f" AND {span_class('s.')} <= {last} + 1" if leaf.op == "=" else ""
        return f"{span_class('s.')} >= {first}{no_longer} AND {self.bare(leaf, 's.duration_ns')}"

    def _attribute(self, leaf: Leaf, s: str) -> str:
        if leaf.op == "!=":
            there = Leaf(leaf.scope, leaf.name, leaf.kind, "exists")
            same = Leaf(leaf.scope, leaf.name, leaf.kind, "=", leaf.values)
            return f"({self._attribute(there, s)} AND NOT {self._attribute(same, s)})"
        self._tests.append((plain_key(leaf.name), leaf))
        ids = self.ids_of.get(leaf) if leaf in self.ids_of else self._attribute_ids(leaf)
        name, place = self._bound(ids)[1:], self._bound(len(self._tests) - 1)[1:]
        return _ATTRIBUTE.format(s=s, ids=name, leaf=place, test=self._test)

    def _attribute_ids(self, leaf: Leaf) -> list[int]:
        sql, values = "SELECT id, key, value FROM attribute WHERE plain = ?", [plain_key(leaf.name)]
        if leaf.op == "=" and (exact := [_only_json(value) for value in leaf.values]) and "" not in exact:
            sql += " AND value IN (SELECT value FROM json_each(?))"
            values.append(orjson.dumps(exact).decode())
        return [found for found, key, text in self._reader.stream(sql, values) if self._holds(leaf, key, text)]

    def _inline_holds(self, test: int, key: str, value: str) -> bool:
        plain, leaf = self._tests[test]
        if _plain_key(key) != plain:
            return False
        known = self._known.get((test, key, value))
        if known is None:
            if len(self._known) > _MEMO:
                self._known.clear()
            known = self._known[test, key, value] = self._holds(leaf, key, value)
        return known

    def _holds(self, leaf: Leaf, key: str, text: str) -> bool:
        value = orjson.loads(text)
        if not comparable(leaf.op, value, leaf.values):
            self.mismatched[key] = None
        return holds(leaf.op, value, leaf.values)

    def _bound(self, value: Any) -> str:
        name = f"e{next(self._fresh)}"
        self.values[name] = orjson.dumps(value).decode() if isinstance(value, list) else value
        return f":{name}"

    def _alias(self) -> str:
        return f"s{next(self._fresh)}"


def _only_json(value: Scalar) -> str:
    """The one JSON text that equals a value, where there is but one: a text that spells nothing else; "" where there may be
    several."""
    if not isinstance(value, str) or number(value) is not None or value in ("true", "false") or value[:1] in ("[", "{"):
        return ""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # half of a surrogate pair
        return ""


def _effort(node: Node) -> int:
    """What is quick to tell comes first: SQLite stops at the first part that decides."""
    if isinstance(node, And | Or):
        return sum(map(_effort, node.parts))
    if isinstance(node, Not):
        return _effort(node.part)
    if isinstance(node, Count) or node.scope not in (Scope.SPAN, Scope.TRACE):
        return 100
    return 10 if node.kind is Kind.ATTRIBUTE else 1


def conjuncts(node: Node | None) -> Iterable[Node]:
    """The parts that all have to hold."""
    if isinstance(node, And):
        for part in node.parts:
            yield from conjuncts(part)
    elif node is not None:
        yield node
