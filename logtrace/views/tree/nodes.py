"""Trace → nodes: which spans a waterfall shows, folded where alike, in tree order."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from logtrace.analysis.traces.folding import Fold, fold, foldable
from logtrace.ids import NO_SPAN
from logtrace.model import LineRef, Span, Trace
from logtrace.views.tree.options import WaterfallOptions

Item = Span | Fold | LineRef


class Node(NamedTuple):
    """What one row may show, its level in the tree, and its parent's place in the list of nodes (-1: none)."""

    item: Item
    parent: int
    depth: int


def tree_nodes(trace: Trace, marked: Collection[int], options: WaterfallOptions) -> list[Node]:
    """The nodes in tree order, parents first. Spans with an error and `marked` ones are never folded."""
    kept = _kept(trace, options)
    children = trace.children if len(kept) == len(trace.spans) else _by_parent(kept)
    if options.all:
        return _preorder(children, options.logs)
    sizes = foldable(kept, marked)
    return _preorder({key: fold(siblings, sizes) for key, siblings in children.items()}, options.logs)


def _by_parent(spans: Sequence[Span]) -> dict[int, list[Span]]:
    children: dict[int, list[Span]] = {}
    for span in spans:
        children.setdefault(span.parent_key, []).append(span)
    return children


def _kept(trace: Trace, options: WaterfallOptions) -> list[Span]:
    """The spans that pass the filters and their ancestors, in tree order."""
    if not options.filters:
        return [span for _, span in trace.walk()]
    order = list(trace.walk())
    if options.service is not None or options.errors_only or options.min_duration_ns is not None:
        keys: set[int] = set()
        for _, span in reversed(order):
            if span.key in keys or _matches(span, options):
                keys |= {span.key, span.parent_key}
        order = [pair for pair in order if pair[1].key in keys]
    return [span for depth, span in order if options.depth is None or depth < options.depth]


def _matches(span: Span, options: WaterfallOptions) -> bool:
    return (
        (options.service is None or span.service == options.service)
        and (not options.errors_only or bool(span.error))
        and (options.min_duration_ns is None or (span.duration_ns or 0) >= options.min_duration_ns)
    )


def _preorder(children: Mapping[int, Sequence[Span | Fold]], logs: bool) -> list[Node]:
    nodes: list[Node] = []
    stack: list[Node] = [Node(item, -1, 0) for item in reversed(children.get(NO_SPAN, ()))]
    while stack:
        node = stack.pop()
        if isinstance(node.item, Span):
            below: Sequence[Item] = children.get(node.item.key, ())
            if logs and node.item.lines:
                below = list(heapq.merge(node.item.lines, below, key=_time))
            here, depth = len(nodes), node.depth + 1
            stack += [Node(item, here, depth) for item in reversed(below)]
        nodes.append(node)
    return nodes


def _time(item: Item) -> float:
    """When an item happened; a line without a time comes first, a span without one last."""
    if isinstance(item, LineRef):
        return item.time_ns if item.time_ns is not None else float("-inf")
    return item.start_ns if item.start_ns is not None else float("inf")
