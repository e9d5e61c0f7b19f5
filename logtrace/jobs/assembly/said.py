"""What the lines of spans say beside their times: operations, threads, requests, the other ends of calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.owned import NUMBER
from logtrace.reconstruct.naming import OperationKey
from logtrace.reconstruct.parents import PHANTOM
from logtrace.reconstruct.peers import NAMING_KEYS, NO_PEER, TOLD_KEYS, Peer, numbered_peers
from logtrace.reconstruct.runs import Numbers, Truths
from logtrace.reconstruct.shared import SHARED_KEYS, TELLING, ids_of, no_ids, numbered_ids
from logtrace.store.reader import FragmentReader
from logtrace.store.spanrows import PARENT, SpanRows

UNSEEN = 0
"""Operation, and id, of a row that stands in for a span that was never seen: no row of a store has it."""


class Said(NamedTuple):
    """By span its operation, thread, request and peer as numbers (see Forest); operations and peers by number."""

    operation: Numbers
    thread: Numbers
    request: Numbers
    peer: Numbers
    operations: list[OperationKey]
    peers: tuple[Peer, ...]


def said(spans: SpanRows, seen: Truths, reader: FragmentReader) -> Said:
    """What the lines of spans say. Attributes are only looked at where some span names no parent. seen: which are in the
    store."""
    distinct, operation = np.unique(spans.operation, return_inverse=True)
    keys = [PHANTOM if number == UNSEEN else reader.operation(number) for number in distinct.tolist()]
    unknown = (spans.parent == NO_SPAN) & (spans.source(PARENT) != NUMBER["root"]) & seen
    places = np.flatnonzero(seen) if unknown.any() else np.empty(0, np.int64)
    told = reader.attributes_among(spans.id[places].tolist(), TELLING | TOLD_KEYS, SHARED_KEYS | NAMING_KEYS)
    nothing = no_ids(len(operation))
    if told is None:
        return Said(operation.astype(np.int64), nothing, nothing, np.full(len(operation), NO_PEER), keys, (Peer(),))
    return _of_attributes([keys[number] for number in operation.tolist()], places, told)


def _of_attributes(of: Sequence[OperationKey], places: Numbers, told: Sequence[tuple[tuple[str, str], ...]]) -> Said:
    """What spans of these operations say; told: the attributes of those at these places."""
    attributes: list[tuple[tuple[str, str], ...]] = [()] * len(of)
    for place, each in zip(places.tolist(), told, strict=True):
        attributes[place] = each
    asked = [(each, key[0]) for each, key in zip(attributes, of, strict=True)]
    ids = {one: ids_of([pair for pair in one[0] if pair[0] in TELLING], one[1]) for one in set(asked)}
    thread, request = numbered_ids([ids[one] for one in asked])
    peers = numbered_peers(attributes, of)
    numbers: dict[OperationKey, int] = {}
    operation = [numbers.setdefault(key, len(numbers)) for key in peers.operations]
    return Said(np.array(operation, np.int64), thread, request, np.array(peers.numbers, np.int64), list(numbers), peers.peers)
