"""Learning who calls whom from traces whose parents are known: they need not be in the store, and are not added to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from logtrace.account import KnownPair, Learned
from logtrace.errors import InputError
from logtrace.ids import NO_SPAN, parse_trace_id
from logtrace.ingest.settings import Settings
from logtrace.jobs.assembly.assemble import assemble
from logtrace.jobs.intake.handler import Handler
from logtrace.jobs.lines.oneshot import read_traces
from logtrace.jobs.workers.pool import InProcess
from logtrace.model import Span, Trace
from logtrace.reconstruct.why import told_of
from logtrace.store.file.database import writing
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.writing.writer import Writer


def learn(store: Path, paths: Sequence[str], settings: Settings) -> Learned:
    """Keeps the known parents of all traces in some files, and infers the parents in the store anew.

    The same file twice counts once. Raises InputError where a file can't be read, or none names a parent.
    """
    rows = [row for trace in read_traces(paths, settings) for row in _rows(trace)]
    edges = sum(row[3] != NO_SPAN for row in rows)
    if not edges:
        raise InputError("no line names a parent", "learn needs traces with parent ids, one span id to each span")
    with writing(store):
        writer = Writer(store)
        pool = InProcess(Handler)
        try:
            writer.begin()
            writer.add_learned(rows)
            writer.commit()
            done = assemble(writer, pool, writer.highest_row(), learn=True)
        finally:
            pool.close()
            writer.close()
    return Learned(len({row[:2] for row in rows}), edges, done.traces_changed)


def _rows(trace: Trace) -> Iterator[tuple[Any, ...]]:
    """The spans of a trace with known parents, as rows of `learned`; none where no line names a parent."""
    trace_id = parse_trace_id(trace.trace_id)
    if trace_id is None or not any(span.parent.source == "explicit" for span in trace.spans):
        return
    for span, operation in zip(trace.spans, told_of(trace.spans).operations, strict=True):
        if _is_known(span, trace):
            yield (
                trace_id.low, trace_id.high, span.key, span.parent_key, *operation, span.start_ns, span.duration_ns,
            )  # fmt: skip


def _is_known(span: Span, trace: Trace) -> bool:
    return not span.phantom and (span.parent.observed or (span.parent_key == NO_SPAN and len(trace.roots) == 1))


def known_pairs(store: Path) -> list[KnownPair]:
    """What a store knows of who calls whom, the most frequent first; roots are left out."""
    with FragmentReader(store) as reader:
        model = reader.model()
    from logtrace.reconstruct.evidence.priors import ROOT

    pairs = [
        KnownPair(parent[:2], child[:2], told.known, told.seen, told.gate)
        for (parent, child), told in model.pairs.items()
        if parent != ROOT and (told.known or told.seen)
    ]
    return sorted(pairs, key=lambda pair: (-pair.known, -pair.seen, pair.parent, pair.child))
