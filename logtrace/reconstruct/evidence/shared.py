"""Ids that a span shares with what called it: the thread that both ran on, the request or job that both name.

A thread does one thing at a time: what begins and ends on it while another span of the same process runs there was called by
that one, or by something within it. An event loop runs many things at a time, and all of them say the same thread; their spans
cut one another, and where they do that the thread tells nothing.

An id that all spans of a trace carry tells nothing of them either; where there are several, a call hands its own on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from logtrace.distinct import distinct
from logtrace.reconstruct.forest.candidates import HELD, OUTLIVES, Candidates
from logtrace.reconstruct.forest.columns import Flags, Floats, Forest, Ints
from logtrace.reconstruct.spans.clocks import HOST_KEYS, domain_of

THREAD_KEYS = (
    "thread.id", "thread_id", "threadId", "threadid", "tid", "goroutine", "goroutine_id", "goroutine.id", "goid", "thread.name",
    "thread_name", "threadName", "process.thread.id", "process.thread.name", "thread",
)  # fmt: skip
"""Attributes that name a thread within its process, the most telling first."""

REQUEST_KEYS = (
    "request_id", "request.id", "requestId", "http.request.id", "http.request_id", "x-request-id", "X-Request-ID", "req_id",
    "reqId", "correlation_id", "correlationId", "job_id", "jobId", "job.id",
)  # fmt: skip
"""Attributes that name a request or a job, the most telling first."""

SHARED_KEYS = frozenset({*THREAD_KEYS, *REQUEST_KEYS})
TELLING = frozenset({*SHARED_KEYS, *HOST_KEYS})
"""What `ids_of` looks at."""

NONE = -1
"""A span without such an id, or with several of one kind."""

SAME = 3.0
"""What an id that both share adds to the score (ln): about as much as a call that was seen often."""

CUT = 0.01
"""A larger share of the spans that meet on a thread of a service cut one another: its threads are event loops."""


def ids_of(attributes: Iterable[tuple[str, str]], service: str) -> tuple[str, str]:
    """(thread, request) as text that is equal for the same, "" for none, from attributes (key, JSON text) of a span."""
    told = list(attributes)
    thread = _one(told, THREAD_KEYS)
    return f"{service} {domain_of(told, service)} {thread}" if thread else "", _one(told, REQUEST_KEYS)


def _one(told: Sequence[tuple[str, str]], keys: Sequence[str]) -> str:
    for key in keys:
        values = {value for of, value in told if of == key}
        if values:
            return f"{key} {values.pop()}" if len(values) == 1 else ""
    return ""


def numbered_ids(ids: Sequence[tuple[str, str]]) -> tuple[Ints, Ints]:
    """(threads, requests) as numbers, equal for equal ids."""
    return _numbers([thread for thread, _ in ids]), _numbers([request for _, request in ids])


def _numbers(names: Sequence[str]) -> Ints:
    known = {"": NONE}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int64)


def no_ids(many: int) -> Ints:
    """So many spans without an id."""
    return np.full(many, NONE, np.int64)


def gain_of(forest: Forest, pairs: Candidates, loops: Flags) -> Floats:
    """What shared ids add to the score of each candidate. loops: by operation, whether its service runs event loops."""
    gain = np.zeros(len(pairs.child))
    if (forest.thread != NONE).any():
        same = _on_one_thread(forest, pairs)
        code = forest.trace[pairs.child] * (forest.thread.max() + 1) + forest.thread[pairs.child]
        cut = distinct(code[same & (pairs.relation == OUTLIVES)])
        gain += SAME * (same & (pairs.relation == HELD) & ~np.isin(code, cut) & ~loops[forest.operation[pairs.child]])
    if (forest.request != NONE).any():
        told = np.flatnonzero(forest.request != NONE)
        ids = np.unique(np.stack([forest.trace[told], forest.request[told]]), axis=1)
        several = np.bincount(ids[0], minlength=int(forest.trace.max()) + 1) > 1
        shared = (forest.request[pairs.child] != NONE) & (forest.request[pairs.child] == forest.request[pairs.parent])
        gain += SAME * (shared & several[forest.trace[pairs.child]])
    return gain


def loops_of(forest: Forest, found: Candidates) -> list[str]:
    """The services on whose threads spans cut one another. found: all candidates of all spans."""
    if not (forest.thread != NONE).any():
        return []
    meet = _on_one_thread(forest, found) & ((found.relation == HELD) | (found.relation == OUTLIVES))
    service = forest.services[forest.operation[found.child[meet]]]
    names = sorted({name for name, _, _ in forest.operations})
    cut = np.bincount(service, found.relation[meet] == OUTLIVES, len(names))
    met = np.bincount(service, minlength=len(names))
    return [names[at] for at in np.flatnonzero(cut > CUT * met).tolist()]


def _on_one_thread(forest: Forest, pairs: Candidates) -> Flags:
    same: Flags = (forest.thread[pairs.child] != NONE) & (forest.thread[pairs.child] == forest.thread[pairs.parent])
    return same
