"""Traces → spans that a receiver was not sent yet → batches, always the same for the same store and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from logtrace import carried
from logtrace.exporters.otlp import WARNINGS, resource_spans
from logtrace.exporters.otlp_proto import Origin, request, spans_of, stable
from logtrace.ids import TraceId
from logtrace.model import Flag, Trace
from logtrace.store.upkeep.pushed import Mark, Sent

OWN = (carried.OWN, WARNINGS)
"""What attributes begin with that are logtrace's own."""

MOST_BYTES = 3_000_000
"""A batch is not larger where that can be: gRPC takes 4 MiB unless it is told otherwise."""


class Item(NamedTuple):
    """A span to send; size: its bytes."""

    mark: Mark
    trace_id: str
    origin: Origin
    span: Span
    size: int


class Skipped(NamedTuple):
    """Spans of a trace that are not sent: such as the receiver has, such as changed since, such as have no end yet, such as were
    sent with others of which it rejected some."""

    known: int = 0
    changed: int = 0
    open: int = 0
    doubtful: int = 0


Known = Callable[[int, int], dict[int, Sent]]
"""(low, high) of a trace → what was sent of it."""


def items_of(
    trace_id: TraceId, trace: Trace, sent: dict[int, Sent], *, again: bool = False, only_new: bool = False, ended: bool = False
) -> tuple[list[Item], Skipped]:
    """The spans of a trace that are to be sent, in span order within each resource, and how many are not.

    sent        what the receiver was sent of it
    again       also what it took and what did not change since
    only_new    not what it took in another form
    ended       not what has no end yet
    """
    found: list[Item] = []
    open_keys = {span.key for span in trace.spans if span.flags & Flag.OPEN} if ended else set()
    known = changed = waiting = doubtful = 0
    for item in _items(trace_id, trace, sent):
        before = item.mark.before
        if item.mark.key in open_keys:
            waiting += 1
        elif before is None or not before.answered:
            found.append(item)
        elif before.digest == item.mark.digest and not again:
            known += not before.parted
            doubtful += before.parted
        elif before.digest != item.mark.digest and only_new:
            changed += 1
        else:
            found.append(item)
    return found, Skipped(known, changed, waiting, doubtful)


def _items(trace_id: TraceId, trace: Trace, sent: dict[int, Sent]) -> Iterator[Item]:
    for origin, span in spans_of(resource_spans(trace.adjusted)):
        key = int.from_bytes(span.span_id, "big", signed=True)
        mark = Mark(trace_id.low, trace_id.high, key, digest_of(origin, span), sent.get(key))
        yield Item(mark, trace.trace_id, origin, span, span.ByteSize())


def digest_of(origin: Origin, span: Span) -> int:
    """What a span is known again by: all of it but what logtrace itself says of it. So neither a parent that is a little more
    sure nor an upgrade that says more sends everything once more."""
    plain = Span()
    plain.CopyFrom(span)
    for holder in (plain, *plain.events):
        told = [pair for pair in holder.attributes if not pair.key.startswith(OWN)]
        if len(told) < len(holder.attributes):
            del holder.attributes[:]
            holder.attributes.extend(told)
    name = blake2b(b"".join(origin.names), digest_size=8).digest()
    return int.from_bytes(blake2b(stable(plain), digest_size=8, key=name).digest(), "big", signed=True)


def batches(traces: Iterable[list[Item]], most: int) -> Iterator[list[Item]]:
    """Items in batches of at most so many, and of MOST_BYTES; a trace is not split where a batch holds it."""
    batch: list[Item] = []
    size = 0
    for items in traces:
        of_trace = sum(item.size for item in items)
        if batch and (len(batch) + len(items) > most or size + of_trace > MOST_BYTES):
            yield batch
            batch, size = [], 0
        for item in items:
            if batch and (len(batch) == most or size + item.size > MOST_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(item)
            size += item.size
    if batch:
        yield batch


def body_of(batch: Iterable[Item]) -> bytes:
    """The request that sends a batch."""
    return request([(item.origin, item.span) for item in batch])
