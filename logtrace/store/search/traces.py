"""Search: the traces that an expression holds for, in any order, page by page.

What an index tells (words of attributes, spans of an operation, numbers of traces) leaves candidates; in their order
they are made sure of on spans, a few more than the page holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import orjson

from logtrace.ids import TraceId, span_id_text
from logtrace.model import ErrorLevel
from logtrace.query.ast import Count, Kind, Leaf, Node, Scope, asks_a_span, conjunction, scopes
from logtrace.query.found import Hit, Match
from logtrace.store.reading.lists import ORDER_BY, summary_rows
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search import terms
from logtrace.store.search.expressions import OF_TRACE, SAME_TRACE, Compiled, conjuncts

FEW_TRACES = 2_000
"""So many traces that words leave are looked at one by one."""

MOST_OF = 4
"""Words that more than one trace in so many has leave out too few: it is quicker to look at traces in their order."""

MOST_IDS, SAMPLED = 500, 20
"""No more attributes than this are looked up for one comparison; of more than so few some are asked how frequent they are."""

MANY_SPANS = 50_000
"""More spans of an operation than this are no way to find traces."""

ONE_IN = 4
"""Nor are spans that one trace in so many has."""

_FIRST, _NEXT = 64, 1024


class Wanted(NamedTuple):
    """What is searched for.

    node        None: any trace
    lows        only traces with these low halves; None: any
    order       see protocol.ORDERS
    by_span     the window is that of spans, not of when their traces start
    """

    node: Node | None = None
    since_ns: int | None = None
    until_ns: int | None = None
    lows: tuple[int, ...] | None = None
    order: str = "newest"
    limit: int = 20
    offset: int = 0
    by_span: bool = False


Key = tuple[int, int]
"""(low, high) of a trace."""


class Search:
    """One question to one reader."""

    def __init__(self, reader: FragmentReader, wanted: Wanted) -> None:
        self.reader = reader
        self.wanted = wanted
        self.compiled = None if wanted.node is None else Compiled(reader, wanted.node)
        self.more = False

    def hits(self) -> list[Hit]:
        """The traces of the page; sets `more`."""
        wanted = self.wanted
        found = list(islice(self._verified(self._candidates()), wanted.offset, wanted.offset + wanted.limit + 1))
        self.more = len(found) > wanted.limit
        keys = found[: wanted.limit]
        values = {"keys": _json(keys)}
        where = "(t.low, t.high) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:keys))"
        rows = {row.trace[:2]: row.summary for row in summary_rows(self.reader, f"WHERE {where}", values)}
        soft = self._soft_errors(keys)
        matched = self._longest(keys) if self._asks_spans() else {}
        return [Hit(rows[key], soft.get(key, 0), *matched.get(key, (0, None))) for key in keys if key in rows]

    def traces(self) -> Iterator[Key]:
        """All traces that are meant, in order."""
        return self._verified(self._candidates())

    def spans(self) -> list[Match]:
        """The spans that the expression holds for, of all traces, by start; of those that start at once the longest first: it
        may have called the others."""
        keys = list(self.traces())
        order = "ORDER BY s.start_ns IS NULL, s.start_ns, s.duration_ns DESC, s.id"
        return [match for _, match, _ in self._spans(keys, "1", order)]

    def notes(self) -> Iterator[str]:
        """Sentences about what could not be compared, or is not searched yet."""
        for key in self.compiled.mismatched if self.compiled else ():
            yield f"some values of {key} can't be compared like this: they were left out"
        if self.reader.run("SELECT max(id) > (SELECT value FROM meta WHERE key = 'assembled') FROM span")[0][0]:
            yield "the last ingest did not finish: its traces are not searched; ingest the same files again"

    def _longest(self, keys: list[Key]) -> dict[Key, tuple[int, Match]]:
        """How many spans of each trace the expression holds for, and the longest of them (so takes SQLite the columns
        beside max)."""
        found = self._spans(keys, "count(*), max(ifnull(s.duration_ns, 0))", "GROUP BY t.low, t.high")
        return {key: (number, match) for key, match, (number, _) in found}

    def _spans(self, keys: Iterable[Key], more: str, rest: str) -> Iterator[tuple[Key, Match, tuple[Any, ...]]]:
        """The spans of some traces that the expression holds for, with further columns of theirs."""
        if self.compiled is None or self.wanted.node is None:
            return
        window = "s.start_ns >= coalesce(:since_ns, s.start_ns) AND s.start_ns < coalesce(:until_ns, 1 << 62)"
        where = f"{self.compiled.on(self.wanted.node, 's')} AND {window if self._windowed() else 1}"
        sql = (
            f"SELECT t.low, t.high, x.text, s.span_key, p.text, {more}, o.service, o.name, s.start_ns, s.duration_ns, s.error"
            " FROM json_each(:keys) j CROSS JOIN trace t ON t.low = j.value ->> 0 AND t.high = j.value ->> 1"
            f" CROSS JOIN span s ON {OF_TRACE.format(s='s')} CROSS JOIN operation o ON o.id = s.operation_id"
            " LEFT JOIN opaque_trace x ON x.low = t.low AND x.high = t.high LEFT JOIN opaque_span p ON p.key = s.span_key"
            f" WHERE {where} {rest}"
        )
        values = {**self.compiled.values, **self._window(), "keys": _json(list(keys))}
        for low, high, text, span, span_text, *rest_of in self.reader.stream(sql, values):
            columns, shown = tuple(rest_of[:-5]), rest_of[-5:]
            yield (low, high), Match(str(TraceId(low, high, text or "")), span_text or span_id_text(span), *shown), columns

    def _windowed(self) -> bool:
        return self.wanted.by_span and (self.wanted.since_ns, self.wanted.until_ns) != (None, None)

    def _window(self) -> dict[str, Any]:
        return {"since_ns": self.wanted.since_ns, "until_ns": self.wanted.until_ns}

    def _asks_spans(self) -> bool:
        return self.wanted.node is not None and asks_a_span(self.wanted.node)

    def _soft_errors(self, keys: list[Key]) -> dict[Key, int]:
        sql = (
            "SELECT t.low, t.high, count(*) FROM json_each(:keys) j"
            " CROSS JOIN trace t ON t.low = j.value ->> 0 AND t.high = j.value ->> 1"
            f" CROSS JOIN span s ON {SAME_TRACE.format(s='s')} WHERE s.error = {int(ErrorLevel.SOFT)} GROUP BY t.low, t.high"
        )
        return {(low, high): number for low, high, number in self.reader.run(sql, {"keys": _json(keys)})}

    # candidates

    def _candidates(self) -> Iterator[Key]:
        """The traces that may be meant, in the order asked for; never without one that is."""
        wanted = self.wanted
        if not self.reader.run("SELECT 1 FROM trace LIMIT 1"):
            return iter(())  # a store whose first ingest was killed has no indexes yet
        conditions = [
            (wanted.since_ns is not None, f"t.start_ns{' + ifnull(t.duration_ns, 0)' if wanted.by_span else ''} >= :since_ns"),
            (wanted.until_ns is not None, "t.start_ns < :until_ns"),
            (wanted.lows is not None, "t.low IN (SELECT value FROM json_each(:lows))"),
        ]
        values = {**self._window(), "lows": _json(wanted.lows)}
        where = [sql for given, sql in conditions if given]
        if self.compiled is not None:
            where += self._narrowing(self.compiled, values)
            values |= self.compiled.values
        sql = f"SELECT t.low, t.high FROM trace t WHERE {' AND '.join(['1', *where])} ORDER BY {ORDER_BY[wanted.order]}"
        return self.reader.stream(sql, values)

    def _narrowing(self, compiled: Compiled, values: dict[str, Any]) -> Iterator[str]:
        """Conditions on `trace t` that an index answers, and that every trace that is meant satisfies."""
        parts = list(conjuncts(self.wanted.node))
        yield from (compiled.on(part, "") for part in parts if scopes(part) == {Scope.TRACE})
        if any(_is_error(part) for part in parts):
            yield "t.errors > 0"
        every = int(self.reader.run("SELECT coalesce(max(id), 0) FROM document")[0][0])
        ids_of = {leaf: None if self._is_everywhere(ids, every) else ids for leaf, ids in compiled.ids_of.items()}
        words = terms.asked(compiled.node, ids_of)
        told = self._documents(words) if words else 0
        if words and told * MOST_OF <= every:
            values["words"] = words
            yield "t.low IN (SELECT d.low FROM term CROSS JOIN document d ON d.id = term.rowid WHERE term MATCH :words)"
        few = bool(words) and told < FEW_TRACES
        if not few and (spans := self._of_operations(compiled, parts)):
            yield spans

    def _documents(self, words: str) -> int:
        return int(self.reader.run("SELECT count(*) FROM term WHERE term MATCH ?", (words,))[0][0])

    def _is_everywhere(self, ids: list[int], every: int) -> bool:
        """Whether so many of all documents have one of many attributes, judged by some of them, or there are so many
        attributes, that it does not pay to look them up."""
        if len(ids) <= SAMPLED:
            return False
        some = ids[:: len(ids) // SAMPLED]
        return len(ids) > MOST_IDS or self._documents(terms.any_of(some)) * len(ids) / len(some) * MOST_OF > every

    def _of_operations(self, compiled: Compiled, parts: list[Node]) -> str:
        """The condition that a trace has one of the spans meant, where their operation and duration leave few of them."""
        own = [part for part in parts if scopes(part) == {Scope.SPAN}]
        indexed = [part for part in own if isinstance(part, Leaf) and (part.kind is Kind.TEXT or _is_long(part))]
        if not indexed:
            return ""
        every = [] if any(part.kind is Kind.TEXT for part in indexed) else ["s.operation_id IN (SELECT id FROM operation)"]
        tests = [compiled.on(part, "s") if part.kind is Kind.TEXT else compiled.long(part) for part in indexed]
        where = " AND ".join([*every, *tests])
        many = self._many_spans()
        sql = f"SELECT count(*) FROM (SELECT 1 FROM span s INDEXED BY span_operation WHERE {where} LIMIT {many})"
        if self.reader.run(sql, compiled.values)[0][0] == many:
            return ""
        whole = conjunction(own)
        assert whole is not None
        rest = " AND ".join([where, compiled.on(whole, "s")])
        return f"t.low IN (SELECT s.trace_low FROM span s INDEXED BY span_operation WHERE {rest})"

    def _many_spans(self) -> int:
        """So many spans of an operation are no way to find traces: it is quicker to look at traces in their order."""
        traces = int(self.reader.run("SELECT count(*) FROM (SELECT 1 FROM trace LIMIT ?)", (MANY_SPANS * ONE_IN,))[0][0])
        return min(MANY_SPANS, max(FEW_TRACES, traces // ONE_IN))

    # certainty

    def _verified(self, candidates: Iterator[Key]) -> Iterator[Key]:
        """Those candidates that the expression holds for, in their order."""
        if self.compiled is None:
            yield from candidates
            return
        sql = (
            "SELECT t.low, t.high FROM json_each(:keys) j"
            " CROSS JOIN trace t ON t.low = j.value ->> 0 AND t.high = j.value ->> 1"
            f" WHERE {self.compiled.on_trace()}"
        )
        size = _FIRST
        while batch := list(islice(candidates, size)):
            good = set(self.reader.run(sql, {**self.compiled.values, "keys": _json(batch)}))
            yield from (key for key in batch if key in good)
            size = _NEXT


def _is_error(node: Node) -> bool:
    """Whether only a trace with an error satisfies a node."""
    if isinstance(node, Count):
        return terms.needs_one(node) and _is_error(node.part)
    if not isinstance(node, Leaf) or node.kind is not Kind.ERROR or node.scope is Scope.ALL:
        return False
    return (node.op == "=") != (False in node.values)


def _is_long(leaf: Leaf) -> bool:
    return leaf.name == "duration" and leaf.op in (">", ">=", "=")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
