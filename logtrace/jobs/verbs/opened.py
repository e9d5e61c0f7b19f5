"""A store opened for reading: what is asked of it directly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from logtrace.errors import UsageError
from logtrace.jobs.lines.raw import Raw
from logtrace.jobs.verbs.held import Held
from logtrace.jobs.verbs.many import Many
from logtrace.jobs.verbs.named import Named
from logtrace.jobs.verbs.one import One
from logtrace.model import Trace, TraceSummary
from logtrace.store.reading import lists
from logtrace.store.reading.protocol import Filter
from logtrace.store.reading.reader import REMEMBERED
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.upkeep import notes
from logtrace.store.upkeep.notes import Note

if TYPE_CHECKING:
    from logtrace.account import KnownPair
    from logtrace.analysis.statistics.error_groups import ErrorGroups
    from logtrace.jobs.statistics.estimates import Estimates
    from logtrace.query.ast import Node
    from logtrace.query.found import Page, Timeline
    from logtrace.reconstruct.spans.clocks import Clock

_FEW = 500
"""Names and attributes that a light one keeps: questions are about all of a store, and few ask for the same again."""


class Opened(Named, One, Many, Raw, Held):
    """A store opened for reading, as those have it who answer questions about it; see Store."""

    def __init__(self, path: Path, name: str = "", remarks: tuple[str, ...] = (), *, light: bool = False) -> None:
        """name: what messages call it; remarks: sentences about what it lacks; light: it keeps little in memory, for many of
        them side by side."""
        self.path = path
        self.name = name or str(path)
        self.remarks = remarks
        self.reader = SqliteReader(path, mapped=not light, remembered=_FEW if light else REMEMBERED)
        if light:
            self.reader.keep_few_pages()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store."""
        self.reader.close()

    def stop_when(self, stop: Callable[[], bool]) -> None:
        """From now on a question ends, with a StoreError, once `stop` says so; it is asked from time to time."""
        self.reader.stop_when(stop)

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
        self.require_service(service)
        order = "newest" if newest else "oldest"
        return self.reader.summaries(Filter(since_ns, until_ns, service or "", order=order, limit=limit))

    def search(
        self,
        expression: str | Node | None = None,
        *,
        text: str | None = None,
        since_ns: int | None = None,
        until_ns: int | None = None,
        order: str = "newest",
        limit: int = 20,
        offset: int = 0,
        by_span: bool = False,
    ) -> Page:
        """Traces that an expression holds for (see `logtrace help search`; None: all) and that start in a window.

        text        only traces with a raw line that has it
        order       newest, oldest, slowest, errors (most first) or spans (most first), of all traces; the page is cut
                    from that
        by_span     the window is only where to look: traces that touch it
        Raises UsageError, with the place, for what is no expression.
        """
        from logtrace.jobs.verbs import search
        from logtrace.store.search.traces import Wanted

        wanted = Wanted(node_of(expression), since_ns, until_ns, None, order, limit, offset, by_span)
        return search.search(self.reader, wanted, text)

    def timeline(
        self, expression: str | Node, *, since_ns: int | None = None, until_ns: int | None = None, limit: int = 1000
    ) -> Timeline:
        """The spans that an expression holds for and that start in a window, of all traces in time order; where it
        compares an attribute by =, also the log lines that are of no span, or of no trace at all."""
        from logtrace.jobs.verbs.timeline import timeline
        from logtrace.store.search.traces import Wanted

        return timeline(self.reader, Wanted(node_of(expression), since_ns, until_ns, limit=limit, by_span=True))

    def errors(self, *, since_ns: int | None = None, until_ns: int | None = None, service: str | None = None) -> ErrorGroups:
        """The errors told within a window, by kind, most frequent first. Raises UsageError where no such service is known."""
        from logtrace.jobs.verbs.error_report import error_report

        self.require_service(service)
        return error_report(self.spans, since_ns, until_ns, service or "")

    def noted(self, subjects: Iterable[str] | None = None) -> list[Note]:
        """What people wrote down about some traces (by id) and errors (by fingerprint), or about all; oldest first."""
        return notes.notes(self.reader, subjects)

    def noted_of(self, trace: Trace) -> list[Note]:
        """The notes about a trace and about the errors in it, oldest first."""
        known = self.noted()
        if not known:
            return []
        from logtrace.analysis.traces.fingerprints import span_fingerprint

        subjects = {trace.trace_id, *(span_fingerprint(span) for span in trace.errors)}
        return [note for note in known if note.subject in subjects]

    def estimate(self, expression: str | Node | None = None) -> Estimates:
        """How many requests there were that an expression holds for (None: any), and how long they took: where a sample was
        kept (see: logtrace help preservation), weighed back, with intervals."""
        from logtrace.jobs.statistics.estimates import estimates

        return estimates(self.reader, node_of(expression))

    def known_pairs(self) -> list[KnownPair]:
        """What is known of who calls whom, the most frequent first: what parents are inferred with."""
        from logtrace.jobs.intake.learn import known_pairs

        return known_pairs(self.path)

    def clocks(self) -> tuple[Clock, ...]:
        """The clocks of hosts or services that need a correction; see `Trace.adjusted`."""
        return self.reader.clocks().needed

    def clocks_left(self) -> tuple[Clock, ...]:
        """The clocks that need no correction, or of which nothing is known, where others need one."""
        return self.reader.clocks().left

    def columns(self, names: Sequence[str], *, since_ns: int | None = None, until_ns: int | None = None) -> dict[str, list[Any]]:
        """Columns of the spans of traces that start in a window, for statistics; names: store.reading.lists.SPAN_COLUMNS."""
        if unknown := [name for name in names if name not in lists.SPAN_COLUMNS]:
            raise UsageError(f"no column {unknown[0]!r}", f"known: {', '.join(lists.SPAN_COLUMNS)}")
        return self.reader.columns(names, Filter(since_ns, until_ns))

    def sql(self, query: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """(column names, rows) of one statement over the views traces, spans and logs. It can't write."""
        from logtrace.store.reading.queries import sql

        return sql(self.path, query)


def node_of(expression: str | Node | None) -> Node | None:
    if not isinstance(expression, str):
        return expression
    from logtrace.query.grammar import parse

    return parse(expression)
