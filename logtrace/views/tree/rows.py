"""Nodes → rows: at most so many, each knowing its place in the drawn tree and what is hidden under it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from logtrace.analysis.traces.folding import Fold
from logtrace.model import LineRef, Span
from logtrace.views.tree.nodes import Item, Node

MAX_ANCESTORS = 100
"""An error or slow span brings this many of its ancestors into a limited view."""


class Row(NamedTuple):
    """One row of the drawn tree.

    parent      place of the parent's row, -1 for none
    last        no further sibling span follows
    leads       rows of child spans follow
    gap         ancestors left out between this row and its parent's
    omitted     spans under it that the row limit left out
    """

    item: Item
    parent: int
    depth: int
    last: bool
    leads: bool
    gap: int
    omitted: int


def limited_rows(nodes: Sequence[Node], marked: Collection[int], limit: int | None) -> list[Row]:
    """The rows of the nodes. Over the limit: errors and marked spans with their ancestors, then level by level."""
    if limit is None or len(nodes) <= limit:
        return _rows(nodes, range(len(nodes)))
    return _rows(nodes, sorted(_chosen(nodes, marked, limit)))


def _chosen(nodes: Sequence[Node], marked: Collection[int], limit: int) -> set[int]:
    chosen: set[int] = set()
    for place in _by_weight(nodes, marked):
        if len(chosen) >= limit:
            break
        chosen.add(place)
    return chosen


def _by_weight(nodes: Sequence[Node], marked: Collection[int]) -> Iterator[int]:
    for place, node in enumerate(nodes):
        if isinstance(node.item, Span) and (node.item.error or node.item.key in marked):
            yield from _up(nodes, place)
    yield from sorted(range(len(nodes)), key=lambda at: (isinstance(nodes[at].item, LineRef), nodes[at].depth))


def _up(nodes: Sequence[Node], place: int) -> Iterator[int]:
    for _ in range(MAX_ANCESTORS):
        if place < 0:
            return
        yield place
        place = nodes[place].parent


def _rows(nodes: Sequence[Node], chosen: Sequence[int]) -> list[Row]:
    rows, omitted = _anchored(nodes, chosen)
    leads, followed = set[int](), set[int]()
    for place in range(len(rows) - 1, -1, -1):
        row = rows[place]
        rows[place] = row._replace(last=row.parent not in followed, leads=place in leads, omitted=omitted[place])
        if not isinstance(row.item, LineRef):
            followed.add(row.parent)
            leads.add(row.parent)
    return rows


def _anchored(nodes: Sequence[Node], chosen: Sequence[int]) -> tuple[list[Row], list[int]]:
    """Each chosen node under its nearest chosen ancestor, and per row the spans left out under it."""
    rows: list[Row] = []
    omitted: list[int] = []
    anchors: list[int] = []  # per node: the row that stands for it or for its nearest ancestor
    wanted = set(chosen)
    for place, node in enumerate(nodes):
        anchor = anchors[node.parent] if node.parent >= 0 else -1
        if place not in wanted:
            anchors.append(anchor)
            if anchor >= 0:
                omitted[anchor] += spans_of(node.item)
            continue
        above = rows[anchor] if anchor >= 0 else None
        levels = node.depth - nodes[_place(chosen, anchor)].depth - 1 if above else node.depth
        anchors.append(len(rows))
        rows.append(Row(node.item, anchor, above.depth + 1 if above else 0, True, False, levels, 0))
        omitted.append(0)
    return rows, omitted


def _place(chosen: Sequence[int], row: int) -> int:
    return chosen[row]


def spans_of(item: Item) -> int:
    """How many spans an item stands for."""
    return item.spans if isinstance(item, Fold) else 0 if isinstance(item, LineRef) else 1
