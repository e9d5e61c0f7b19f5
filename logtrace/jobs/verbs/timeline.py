"""Timeline: everything that carries a value, across traces and beside them, in time order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from logtrace.ids import NO_SPAN
from logtrace.jobs.lines.grep import Pattern, decoded
from logtrace.jobs.lines.hits import maybe_of_no_span
from logtrace.jobs.verbs.search import expression_of, notes
from logtrace.model import UNKNOWN, Record, Span, Trace
from logtrace.patterns import lazy_pattern
from logtrace.query.ast import Kind, Leaf, Node, Scope, scopes
from logtrace.query.found import Match, Timeline
from logtrace.query.predicate import compiled
from logtrace.query.values import canonical
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.expressions import conjuncts
from logtrace.store.search.traces import Search, Wanted

_PLAIN = lazy_pattern(r"[\w.:/@-]+", re.ASCII)


def timeline(reader: FragmentReader, wanted: Wanted) -> Timeline:
    """The spans that an expression holds for, by start, and among them the lines of no span that it holds for.

    Lines are looked for by the text of a value that the expression compares an attribute with by =; without one there
    are none.
    """
    search = Search(reader, wanted)
    found = search.spans()
    if wanted.node is not None and (pattern := _pattern(wanted.node)) is not None:
        found = sorted([*found, *_lines(reader, wanted, pattern)], key=_order)
    shown = tuple(found[: wanted.limit])
    return Timeline(shown, expression_of(wanted.node), len(found) > wanted.limit, notes(reader, search, not found))


def _order(match: Match) -> tuple[bool, int]:
    return match.start_ns is None, match.start_ns or 0


def _pattern(node: Node) -> Pattern | None:
    """What raw lines must have for the expression to hold for them; None where that can't be told."""
    if scopes(node) != {Scope.SPAN}:
        return None
    for leaf in conjuncts(node):
        if isinstance(leaf, Leaf) and leaf.kind is Kind.ATTRIBUTE and leaf.op == "=":
            return Pattern("|".join(sorted({re.escape(_needle(value)) for value in leaf.values})))
    return None


def _needle(value: Any) -> str:
    """A part of a value that stands so in every line that has it, however the line is quoted; "" where there is none."""
    runs = _PLAIN.findall(canonical(value).partition(".")[0] if isinstance(value, float) else canonical(value))
    return max(runs, key=len, default="")


def _lines(reader: FragmentReader, wanted: Wanted, pattern: Pattern) -> Iterator[Match]:
    assert wanted.node is not None
    holds, nowhere = compiled(wanted.node), Trace("", ())
    since, until = wanted.since_ns, wanted.until_ns
    seen = set()
    for record, _, _, path, number in decoded(reader, pattern, maybe_of_no_span(reader)):
        if record is None or record.span != NO_SPAN:
            continue
        at = record.time_ns
        outside = (since is not None and (at is None or at < since)) or (until is not None and (at is None or at >= until))
        copy = at is not None and (record.trace, record.service, at, record.text_hash) in seen
        if not outside and not copy and holds(nowhere, _as_span(record)):
            seen.add((record.trace, record.service, at, record.text_hash))
            trace_id = "" if record.trace is None else str(record.trace)
            yield Match(trace_id, "", record.service, record.body, at, None, record.error, path, number)


def _as_span(record: Record) -> Span:
    """A line as the span that an expression asks about."""
    attributes = {attribute.key: orjson.loads(attribute.value) for attribute in record.attributes}
    return Span(
        trace_id="", span_id="", key=NO_SPAN, parent_span_id=None, parent_key=NO_SPAN, parent=UNKNOWN, service=record.service,
        service_rank=record.service_rank, name=record.name, name_rank=record.name_rank, kind=record.kind,
        start_ns=record.time_ns, duration_ns=record.duration_ns, start=UNKNOWN, end=UNKNOWN, error=record.error,
        error_type=record.error_type, error_message=record.error_message, severity=record.severity, attributes=attributes,
    )  # fmt: skip
