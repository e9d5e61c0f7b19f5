"""Search: a page of traces, and what of the question no trace knows."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.errors import UsageError
from logtrace.ids import parse_trace_id
from logtrace.jobs.verbs.unknown import unknown
from logtrace.query.ast import And, Node, asks_a_span
from logtrace.query.found import Page
from logtrace.query.text import text_of
from logtrace.store.reading.protocol import ORDERS
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.expressions import conjuncts
from logtrace.store.search.traces import Search, Wanted

MOST_PARTS = 8
"""Conditions that are asked one by one where all of them together match nothing."""


def search(reader: FragmentReader, wanted: Wanted, text: str | None = None) -> Page:
    """A page of traces, with a text only those with a raw line that has it. Raises UsageError for an unknown order."""
    if wanted.order not in ORDERS:
        raise UsageError(f"there is no order {wanted.order!r}", f"known: {', '.join(ORDERS)}")
    if text is not None:
        wanted = wanted._replace(lows=_with_line(reader, text))
    asked = Search(reader, wanted)
    hits = asked.hits()
    return Page(tuple(hits), expression_of(wanted.node), asked.more, notes(reader, asked, not hits))


def _with_line(reader: FragmentReader, text: str) -> tuple[int, ...]:
    """The low halves of the traces with a raw line that has a text."""
    from logtrace.jobs.lines.grep import Pattern, grep  # what decodes lines is not needed by any other search

    ids = {line.trace_id for line in grep(reader, Pattern(text, literal=True)) if line.trace_id}
    return tuple({trace.low for trace in map(parse_trace_id, ids) if trace is not None})


def expression_of(node: Node | None) -> str:
    """An expression as text, "" for none."""
    return "" if node is None else text_of(node)


def notes(reader: FragmentReader, asked: Search, empty: bool) -> tuple[str, ...]:
    """What a reader of an answer should know; empty: nothing was found, so that unknown names are told, or which part of
    the question nothing answers to."""
    told = tuple(asked.notes())
    if not empty or asked.wanted.node is None:
        return told
    return (*told, *(tuple(unknown(reader, asked.wanted.node)) or _parts(reader, asked.wanted)))


def _parts(reader: FragmentReader, wanted: Wanted) -> Iterator[str]:
    """Which conditions of a question nothing answers to, each asked alone."""
    parts = list(conjuncts(wanted.node)) if wanted.node is not None else []
    if not 1 < len(parts) <= MOST_PARTS:
        return
    alone = wanted._replace(order="newest", limit=1, offset=0)
    empty = [part for part in parts if not Search(reader, alone._replace(node=part)).hits()]
    windowed = (wanted.since_ns, wanted.until_ns) != (None, None)
    if not windowed or len(empty) < len(parts):  # else it is the window
        yield from (f"nothing matches {text_of(part)}, even alone" for part in empty)
    if not empty and asks_a_span(And(tuple(parts))):
        yield "each condition alone matches; no span meets all of them at once (any.NAME asks any span: logtrace help search)"
