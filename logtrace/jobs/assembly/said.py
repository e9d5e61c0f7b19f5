"""What the lines of spans say beside their times: operations, threads, requests, the other ends of calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.owned import NUMBER
from logtrace.reconstruct.evidence.shared import SHARED_KEYS, TELLING, ids_of, no_ids, numbered_ids
from logtrace.reconstruct.forest.peers import NAMING_KEYS, NO_PEER, TOLD_KEYS, Peer, numbered_peers
from logtrace.reconstruct.parents import PHANTOM
from logtrace.reconstruct.spans.naming import OperationKey
from logtrace.reconstruct.spans.runs import Numbers, Truths
from logtrace.store.reading.reader import FragmentReader, RowAttributes
from logtrace.store.rows.spanrows import PARENT, SpanRows

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
    if told is None:
        nothing = no_ids(len(operation))
        return Said(operation.astype(np.int64), nothing, nothing, np.full(len(operation), NO_PEER), keys, (Peer(),))
    return _of_attributes(keys, operation, places, told)


def _of_attributes(keys: Sequence[OperationKey], operation: Numbers, places: Numbers, told: RowAttributes) -> Said:
    """What spans of these operations, each by its place among the keys, say; told: the attributes of those at these places.
    Many say the same: what that is is found out once."""
    pairs = [*told.pairs, ()]
    number = np.full(len(operation), len(told.pairs))
    number[places] = told.numbers
    distinct, which = np.unique(operation * len(pairs) + number, return_inverse=True)
    asked = [(keys[at], pairs[by]) for at, by in zip(*(part.tolist() for part in divmod(distinct, len(pairs))), strict=True)]
    ids = [ids_of([pair for pair in own if pair[0] in TELLING], service) for (service, _, _), own in asked]
    thread, request = numbered_ids(ids)
    peers = numbered_peers((own for _, own in asked), (key for key, _ in asked))
    numbers: dict[OperationKey, int] = {}
    told_apart = np.array([numbers.setdefault(key, len(numbers)) for key in peers.operations], np.int64)
    peer = np.array(peers.numbers, np.int64)
    return Said(told_apart[which], thread[which], request[which], peer[which], list(numbers), peers.peers)
