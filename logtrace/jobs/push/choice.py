"""Which traces of a store are meant: some by id, those that an expression holds for, those of a window, or all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from logtrace.ids import TraceId
from logtrace.query.ast import Node
from logtrace.query.grammar import parse
from logtrace.store.search.traces import Search, Wanted

if TYPE_CHECKING:
    from logtrace.jobs.verbs.store import Store


class Choice(NamedTuple):
    """What is wanted; nothing: all. ids: whatever `Store.trace` takes; the window is of when traces start."""

    ids: Sequence[str] = ()
    where: str | Node | None = None
    since_ns: int | None = None
    until_ns: int | None = None


def chosen(store: Store, choice: Choice, lows: Sequence[int] | None = None) -> list[TraceId]:
    """The traces that are named, then those that the rest holds for, oldest first, as `export` has them; lows: of these only
    such. None is no error. Raises NotFoundError and UsageError as `Store.trace` does, UsageError for what is no expression."""
    store.reader.unmap()  # a push that goes through a whole store is not to hold it in memory
    node = parse(choice.where) if isinstance(choice.where, str) else choice.where
    named = [store.named_trace(text) for text in choice.ids]
    if named and (node, choice.since_ns, choice.until_ns) == (None, None, None):
        return list(dict.fromkeys(named))
    wanted = Wanted(node, choice.since_ns, choice.until_ns, None if lows is None else tuple(lows), "oldest")
    known = {trace_id[:2] for trace_id in named}
    return [*dict.fromkeys(named), *(TraceId(*key) for key in Search(store.reader, wanted).traces() if key not in known)]
