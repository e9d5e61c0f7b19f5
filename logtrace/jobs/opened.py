"""A store opened for reading: its verbs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logtrace.account import KnownPair, RejectedLine, ServiceRow, StoreStatus
from logtrace.errors import NotFoundError, UsageError
from logtrace.ids import TraceId
from logtrace.model import LogLine, Span, Trace, TraceSummary
from logtrace.reconstruct.clocks import Clock
from logtrace.store import history, lines, lists, lookup, status
from logtrace.store.protocol import Filter
from logtrace.store.sqlite_reader import SqliteReader

if TYPE_CHECKING:
    from logtrace.reconstruct.why import Why

_NAMED = {
    "@last": Filter(limit=1),
    "@slowest": Filter(order="slowest", limit=1),
    "@error": Filter(errors=True, limit=1),
}


class Store:
    """A store opened for reading; close it, or use it in a `with` statement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reader = SqliteReader(path)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store."""
        self.reader.close()

    def trace(self, text: str) -> Trace:
        """The one trace that a text means (see find). Raises NotFoundError, or UsageError where there are several."""
        found = self._ids(text)
        if len(found) > 1:
            known = ", ".join(str(trace_id) for trace_id in found[:10])
            more = ", …" if len(found) > 10 else ""
            raise UsageError(f"{text!r} means {len(found)} traces: {known}{more}", "give more of the id")
        trace = self.reader.trace(found[0]) if found else None
        if trace is None:
            near = self.nearest(text)
            hint = f"nearest: {', '.join(near)}" if near else "logtrace traces lists what is there"
            raise NotFoundError(f"no trace {text!r} in {self.path}", hint)
        return trace

    def find(self, text: str) -> list[TraceSummary]:
        """Every trace that a text means, [] if none.

        text: an id in any case, with or without dashes and leading zeros; the beginning of one (4 characters or more);
        a traceparent header; a Jaeger URL; a span id; a request id; @last, @slowest, @error.
        """
        return [self.reader.summary(trace_id) for trace_id in self._ids(text)]

    def _ids(self, text: str) -> list[TraceId]:
        named = _NAMED.get(text.strip().lower())
        if named is None:
            return lookup.find(self.reader, text)
        return [trace_id for summary in self.reader.summaries(named) for trace_id in lookup.find(self.reader, summary.trace_id)]

    def nearest(self, text: str) -> list[str]:
        """Ids that look like a text which means none."""
        return lookup.nearest(self.reader, text)

    def traces(
        self,
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        service: str | None = None,
        limit: int | None = 20,
        newest: bool = True,
    ) -> list[TraceSummary]:
        """Traces that start in a window, newest (or oldest) first. Raises UsageError where no such service is known."""
        if service and service not in (known := lists.service_names(self.reader)):
            raise UsageError(f"no service {service!r} in {self.path}", f"known: {', '.join(known) or 'none, the store is empty'}")
        order = "newest" if newest else "oldest"
        return self.reader.summaries(Filter(since_ns, until_ns, service or "", order=order, limit=limit))

    def newest_ns(self) -> int | None:
        """When the newest trace starts; None where no trace has a time."""
        return lists.newest_ns(self.reader)

    def services(self, *, since_ns: int | None = None, until_ns: int | None = None) -> list[ServiceRow]:
        """Services by name, with their spans that start in a window."""
        return lists.services(self.reader, since_ns, until_ns)

    def status(self) -> StoreStatus:
        """What the store holds and where it came from."""
        return status.status(self.reader)

    def rejected(self, limit: int | None = None) -> Iterator[RejectedLine]:
        """The lines that gave no record, in the order they were read."""
        return lines.rejected(self.reader, limit)

    def logs(self, trace: Trace, *, around_ns: int | None = None) -> list[LogLine]:
        """The raw lines of a trace in time order; around_ns: also those of its services that name no trace, from so
        long before its start to so long after its end."""
        from logtrace.jobs import lines as raw

        return raw.trace_lines(self.reader, trace) if around_ns is None else raw.around(self.reader, trace, around_ns)

    def span_logs(self, trace: Trace, span: Span) -> list[LogLine]:
        """The raw lines of one span of a trace in time order."""
        from logtrace.jobs import lines as raw

        return raw.span_lines(self.reader, replace(span, trace_id=trace.trace_id))

    def history(self, pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[int, int]]:
        """(service, operation) → (samples, p99 in ns) of closed spans whose both ends were logged."""
        return history.history(self.reader, pairs)

    def known_pairs(self) -> list[KnownPair]:
        """What is known of who calls whom, the most frequent first: what parents are inferred with."""
        from logtrace.jobs.learn import known_pairs

        return known_pairs(self.path)

    def clocks(self) -> tuple[Clock, ...]:
        """The clocks of hosts or services that need a correction; see `Trace.adjusted`."""
        return self.reader.clocks().all

    def why(self, trace: Trace, span: Span) -> Why:
        """Why a span of a trace has its parent: all candidates with their scores."""
        from logtrace.reconstruct.why import why

        return why(trace, span, self.reader.model())

    def columns(self, names: Sequence[str], *, since_ns: int | None = None, until_ns: int | None = None) -> dict[str, list[Any]]:
        """Columns of the spans of traces that start in a window, for statistics; names: store.lists.SPAN_COLUMNS."""
        if unknown := [name for name in names if name not in lists.SPAN_COLUMNS]:
            raise UsageError(f"no column {unknown[0]!r}", f"known: {', '.join(lists.SPAN_COLUMNS)}")
        return self.reader.columns(names, Filter(since_ns, until_ns))

    def sql(self, query: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """(column names, rows) of one statement over the views traces, spans and logs. It can't write."""
        from logtrace.store.queries import sql

        return sql(self.path, query)
