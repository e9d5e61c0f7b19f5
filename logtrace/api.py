"""The program in verbs, for Python users, notebooks and the command line.

    import logtrace
    with logtrace.open() as store:
        trace = store.trace("4bf92f3577b34da6")

A list of verbs: the work is done in `jobs` and `store`. What a verb needs is imported when it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logtrace.account import Account, RejectedLine, ServiceRow, StoreStatus
from logtrace.errors import NotFoundError, UsageError
from logtrace.model import LogLine, Span, Trace, TraceSummary
from logtrace.store import history, lines, lists, lookup, status
from logtrace.store.protocol import Filter
from logtrace.store.sqlite_reader import SqliteReader

if TYPE_CHECKING:
    from logtrace.ids import TraceId
    from logtrace.ingest.records import Settings
    from logtrace.jobs.ingest import Progress
    from logtrace.jobs.oneshot import Found

SHOWN = 5
"""So many slowest and failing traces an ingest names."""

_NAMED = {
    "@last": Filter(limit=1),
    "@slowest": Filter(order="slowest", limit=1),
    "@error": Filter(errors=True, limit=1),
}


def open(path: str | Path | None = None) -> Store:  # noqa: A001 - logtrace.open is what people type
    """The store at a path, or (None) where the configuration says. Raises StoreError where there is none to read."""
    return Store(_store_path(path))


def _store_path(path: str | Path | None) -> Path:
    if path is not None:
        return Path(path)
    from logtrace import config

    return config.store_path(None)


def ingest(
    paths: Sequence[str],
    store: str | Path | None = None,
    *,
    settings: Settings | None = None,
    shared: bool = False,
    progress: Progress | None = None,
) -> Account:
    """Reads log files (globs, directories, "-" for stdin) into a store and gives the account of every line.

    settings     zone and default service for lines that do not tell
    shared       a store that is made is readable and writable for the group
    progress     called with bytes done, bytes in all, lines so far
    The account names the slowest and the failing of the traces that got lines.
    """
    from logtrace.ingest.records import Settings
    from logtrace.jobs import explain
    from logtrace.jobs import ingest as job

    path = _store_path(store)
    before = _highest_row(path)
    account = job.ingest(path, list(paths), settings or Settings(), shared=shared, progress=progress)
    with Store(path) as found:
        changed = Filter(after_row=before, limit=SHOWN)
        nothing = account.lines_read > 0 and account.lines_used == 0
        return replace(
            account,
            slowest=tuple(lists.summaries(found.reader, changed._replace(order="slowest"))) if account.lines_used else (),
            failing=tuple(lists.summaries(found.reader, changed._replace(errors=True))) if account.lines_used else (),
            explanation=explain.explain(found.reader) if nothing else (),
        )


def _highest_row(path: Path) -> int:
    """How far the rows of a store go; 0 where it is made only now."""
    if not path.exists() or not path.stat().st_size:
        return 0
    with Store(path) as store:
        return status.highest_row(store.reader)


def read(paths: Sequence[str], *, settings: Settings | None = None) -> list[Trace]:
    """All traces of some log files, without a store; oldest first. Raises InputError where one can't be read."""
    from logtrace.ingest.records import Settings
    from logtrace.jobs.oneshot import read_traces

    return read_traces(paths, settings or Settings())


def trace_in_files(text: str, paths: Sequence[str], *, settings: Settings | None = None) -> Found:
    """One trace straight from log files: they are searched for the id, and only lines that have it are parsed.

    text: an id in any form, a unique prefix, a traceparent, a Jaeger URL, a span id, a request id. Raises
    NotFoundError, UsageError (several fit) or InputError.
    """
    from logtrace.ingest.records import Settings
    from logtrace.jobs.oneshot import trace_in_files as find

    return find(text, paths, settings or Settings())


def ids_in_lines(piped: Iterable[str]) -> list[str]:
    """The distinct trace ids that lines name (as `grep` gives them, or bare ids), in order."""
    from logtrace.jobs.piped import ids_in_lines as found

    return found(piped)


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

    def columns(self, names: Sequence[str], *, since_ns: int | None = None, until_ns: int | None = None) -> dict[str, list[Any]]:
        """Columns of the spans of traces that start in a window, for statistics; names: store.lists.SPAN_COLUMNS."""
        if unknown := [name for name in names if name not in lists.SPAN_COLUMNS]:
            raise UsageError(f"no column {unknown[0]!r}", f"known: {', '.join(lists.SPAN_COLUMNS)}")
        return self.reader.columns(names, Filter(since_ns, until_ns))

    def sql(self, query: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """(column names, rows) of one statement over the views traces, spans and logs. It can't write."""
        from logtrace.store.queries import sql

        return sql(self.path, query)
