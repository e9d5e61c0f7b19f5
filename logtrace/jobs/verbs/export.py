"""Traces for others: files that anybody can open, and what other programs read. A line in FORMATS is all a format needs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from logtrace.errors import NotFoundError, UsageError
from logtrace.ids import TraceId
from logtrace.model import Trace
from logtrace.store.search.traces import Search, Wanted
from logtrace.units import format_instant

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened
    from logtrace.query.ast import Node

Pieces = Iterator[bytes]
Ids = Iterable[TraceId]
Chosen = Generator[TraceId, None, None]


class Format(NamedTuple):
    """A format.

    about       what it is for
    make        traces of a store, by their ids, in pieces that make the file
    carries     what of a trace is in it, and what is not
    many        whether it holds any number of traces; else one
    read        whether `import` reads it
    """

    about: str
    make: Callable[[Opened, Ids], Pieces]
    carries: str
    many: bool = True
    read: bool = False


def chosen(
    store: Opened, texts: Sequence[str], node: Node | None, since_ns: int | None = None, until_ns: int | None = None
) -> Chosen:
    """The traces that are named, then those that an expression holds for and that start in a window, the oldest first; all
    where nothing is asked for. Raises NotFoundError where there is none, or one that is named is not there."""
    store.reader.unmap()
    named = [store.named_trace(text) for text in texts]
    asks = not texts or (node, since_ns, until_ns) != (None, None, None)
    asked = Search(store.reader, Wanted(node, since_ns, until_ns, order="oldest")).traces() if asks else iter(())
    found = _all(named, asked)
    if named:
        return found
    first = next(found, None)
    if first is None:
        raise _none_found(store, node, (since_ns, until_ns) != (None, None))
    return _all([first], found)


def _none_found(store: Opened, node: Node | None, windowed: bool) -> NotFoundError:
    """What to raise: beside a window that the expression holds for nothing in, where it does."""
    anywhere = store.search(node, limit=1).hits if windowed else ()
    newest_ns = anywhere[0].summary.start_ns if anywhere else None
    if newest_ns is None:
        return NotFoundError(f"no trace of {store.name} matches", "logtrace search shows what an expression finds")
    start = format_instant(newest_ns, UTC, digits=0)
    return NotFoundError(
        f"no trace of {store.name} matches in that time; the newest that does began at {start}", f"--since {start} reaches it"
    )


def _all(named: Sequence[TraceId], asked: Iterator[Any]) -> Chosen:
    """Traces that are named, then all others. Closing it ends the question."""
    known = {trace_id[:2] for trace_id in named}
    try:
        yield from named
        yield from (TraceId(*key) for key in asked if key[:2] not in known)
    finally:
        if isinstance(asked, Generator):
            asked.close()


def export(store: Opened, ids: Chosen, name: str) -> Generator[bytes, None, None]:
    """Traces in one of FORMATS, piece by piece. Raises UsageError where the format holds one trace and there are more."""
    form = FORMATS[ALIASES.get(name, name)]
    with closing(ids):
        yield from form.make(store, ids if form.many else _only(ids, name))


def _only(ids: Ids, name: str) -> Ids:
    some = iter(ids)
    found = [trace_id for trace_id, _ in zip(some, range(2), strict=False)]
    if len(found) > 1:
        many = ", ".join(name for name, form in FORMATS.items() if form.many)
        raise UsageError(f"{name} holds one trace, and several are meant", f"name one by its id, or take --format {many}")
    return found


def _traces(store: Opened, ids: Ids) -> Iterator[Trace]:
    """The traces by one clock. One that went since its id was found is passed over."""
    return (trace.adjusted for trace_id in ids if (trace := store.reader.trace(trace_id)) is not None)


def _html(store: Opened, ids: Ids) -> Pieces:
    from logtrace.jobs.verbs.html_export import html_export

    return (html_export(store, trace) for trace_id in ids if (trace := store.reader.trace(trace_id)) is not None)


def _otlp(store: Opened, ids: Ids) -> Pieces:
    from logtrace.jobs.verbs.otlp_rows import otlp_rows

    return otlp_rows(store.reader, ids)


def _jaeger(store: Opened, ids: Ids) -> Pieces:
    from logtrace.exporters.jaeger import jaeger_pieces

    return jaeger_pieces(_traces(store, ids))


def _zipkin(store: Opened, ids: Ids) -> Pieces:
    from logtrace.exporters.zipkin import zipkin_pieces

    return zipkin_pieces(_traces(store, ids))


def _perfetto(store: Opened, ids: Ids) -> Pieces:
    from logtrace.exporters.perfetto import perfetto_pieces

    return perfetto_pieces(_traces(store, ids))


def _csv(store: Opened, ids: Ids) -> Pieces:
    from logtrace.exporters.csv import csv_pieces

    return csv_pieces(_traces(store, ids))


def _mermaid(store: Opened, ids: Ids) -> Pieces:
    from logtrace.exporters.mermaid import mermaid

    return map(mermaid, _traces(store, ids))


def _parquet(store: Opened, ids: Ids) -> Pieces:
    from logtrace.jobs.verbs.parquet_export import parquet_pieces

    return parquet_pieces(store.reader, (trace_id[:2] for trace_id in ids))


FORMATS: dict[str, Format] = {
    "html": Format("one file with the waterfall, opened from disk", _html, "one trace, with its raw lines", many=False),
    "otlp-json": Format(
        "OTLP JSON, a line a trace, as the collector's file exporter writes it", _otlp,
        "all: times in ns, types, resource, scope, events, links, status", read=True,
    ),
    "jaeger": Format(
        "the JSON of Jaeger's UI, which it can upload", _jaeger, "the same; times in µs, lists and maps as text", read=True
    ),
    "zipkin": Format("Zipkin's JSON of version 2", _zipkin, "the same; times in µs, all values as text", read=True),
    "perfetto": Format(
        "Chrome's trace events, for ui.perfetto.dev and chrome://tracing", _perfetto,
        "spans as slices (a service is a process), events, attributes; no links",
    ),
    "csv": Format(
        "one span a row, for spreadsheets and data frames", _csv, "all; what has several values is JSON in its cell"
    ),
    "parquet": Format(
        "columns by OpenTelemetry's names, for DuckDB, Spark, pandas, and --store parquet:FILE", _parquet,
        "all that the store has of spans, but raw lines; see: logtrace help parquet",
    ),
    "mermaid": Format(
        "a sequence diagram for Markdown", _mermaid, "one trace: who called whom, for how long, what failed", many=False
    ),
}  # fmt: skip

ALIASES = {"otlp": "otlp-json"}
