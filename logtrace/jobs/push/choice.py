"""Which traces of a store are meant: some by id, those that an expression holds for, those of a window, or all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from logtrace.ids import TraceId
from logtrace.query.ast import Node
from logtrace.query.grammar import parse
from logtrace.store import lookup
from logtrace.store.search import Search, Wanted

if TYPE_CHECKING:
    from logtrace.jobs.opened import Store


class Choice(NamedTuple):
    """What is wanted; nothing: all. ids: whatever `Store.trace` takes; the window is of when traces start."""

    ids: Sequence[str] = ()
    where: str | Node | None = None
    since_ns: int | None = None
    until_ns: int | None = None


def chosen(store: Store, choice: Choice, lows: Sequence[int] | None = None) -> list[TraceId]:
    """The traces that are meant, oldest first; lows: only of those. Raises NotFoundError and UsageError as `Store.trace` does,
    UsageError for what is no expression."""
    node = parse(choice.where) if isinstance(choice.where, str) else choice.where
    if choice.ids:
        lows = [trace.low for text in choice.ids for trace in lookup.exactly(store.reader, store.trace(text).trace_id)]
    wanted = Wanted(node, choice.since_ns, choice.until_ns, None if lows is None else tuple(lows), "oldest")
    return [TraceId(low, high) for low, high in Search(store.reader, wanted).traces()]
