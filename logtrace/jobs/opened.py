"""A store opened for reading: its verbs."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logtrace.errors import UsageError
from logtrace.jobs.many import Many
from logtrace.jobs.named import Named
from logtrace.jobs.one import One
from logtrace.model import LogLine, Trace, TraceSummary
from logtrace.store import lists, notes
from logtrace.store.notes import Note
from logtrace.store.protocol import Filter
from logtrace.store.reader import REMEMBERED
from logtrace.store.sqlite_reader import SqliteReader

if TYPE_CHECKING:
    from logtrace.account import KnownPair, RejectedLine, ServiceRow, StoreStatus
    from logtrace.analysis.compare import Compared
    from logtrace.analysis.error_groups import ErrorGroups
    from logtrace.analysis.incident import Incident
    from logtrace.analysis.linked import Linked
    from logtrace.analysis.verdicts import Report
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.estimates import Estimates
    from logtrace.jobs.forked import Made
    from logtrace.jobs.hits import NamedLines
    from logtrace.jobs.pins import Pinned
    from logtrace.query.ast import Node
    from logtrace.query.found import Page, Timeline
    from logtrace.reconstruct.clocks import Clock
    from logtrace.store.calls import Call, Edge
    from logtrace.store.heat import Heat
    from logtrace.store.status import Mark

_FEW = 500
"""Names and attributes that a light one keeps: questions are about all of a store, and few ask for the same again."""


class Store(Named, One, Many):
    """A store opened for reading; close it, or use it in a `with` statement."""

    def __init__(self, path: Path, name: str = "", remarks: tuple[str, ...] = (), *, light: bool = False) -> None:
        """name: what messages call it; remarks: sentences about what it lacks; light: it keeps little in memory, for many of
        them side by side."""
        self.path = path
        self.name = name or str(path)
        self.remarks = remarks
        self.reader = SqliteReader(path, mapped=not light, remembered=_FEW if light else REMEMBERED)
        if light:
            self.reader.keep_few_pages()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store."""
        self.reader.close()

    def stop_when(self, stop: Callable[[], bool]) -> None:
        """From now on a question ends, with a StoreError, once `stop` says so; it is asked from time to time."""
        self.reader.stop_when(stop)

    def added(self, mark: Mark | None, limit: int) -> tuple[Mark, list[TraceSummary]]:
        """(the mark of now, traces that came or grew since an earlier mark, the newest first; None: no traces)."""
        from logtrace.store import status

        now = status.mark(self.reader)
        if mark is None or now == mark:
            return now, []
        known = status.documents_at(self.reader, mark)
        return now, self.reader.summaries(Filter(after_document=known, limit=limit))

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
        from logtrace.jobs import search
        from logtrace.store.search import Wanted

        wanted = Wanted(node_of(expression), since_ns, until_ns, None, order, limit, offset, by_span)
        return search.search(self.reader, wanted, text)

    def timeline(
        self, expression: str | Node, *, since_ns: int | None = None, until_ns: int | None = None, limit: int = 1000
    ) -> Timeline:
        """The spans that an expression holds for and that start in a window, of all traces in time order; where it
        compares an attribute by =, also the log lines that are of no span, or of no trace at all."""
        from logtrace.jobs.timeline import timeline
        from logtrace.store.search import Wanted

        return timeline(self.reader, Wanted(node_of(expression), since_ns, until_ns, limit=limit, by_span=True))

    def grep(self, pattern: str, *, literal: bool = False, ignore_case: bool = False, invert: bool = False) -> Iterator[LogLine]:
        """The raw lines with a pattern (RE2; literal: with a text), source by source; invert: those without.

        Lines that name no trace are among them. Raises UsageError for what is no pattern.
        """
        return chain.from_iterable(self.grep_together(pattern, literal=literal, ignore_case=ignore_case, invert=invert))

    def grep_together(
        self, pattern: str, *, literal: bool = False, ignore_case: bool = False, invert: bool = False
    ) -> Iterator[list[LogLine]]:
        """As grep: some lines at a time, as they are found; none of these lists empty."""
        from logtrace.jobs import grep

        return grep.grep_together(self.reader, grep.Pattern(pattern, literal, ignore_case, invert))

    def hits(
        self, pattern: str, *, literal: bool = False, ignore_case: bool = False, invert: bool = False
    ) -> Iterator[NamedLines]:
        """As grep_together, with no more than trace, span, service and text of each line: much sooner."""
        from logtrace.jobs.hits import hits
        from logtrace.jobs.searched import Pattern

        return hits(self.reader, Pattern(pattern, literal, ignore_case, invert))

    def shown_hits(
        self, show: Callable[[NamedLines], bytes], pattern: str, *, literal: bool = False, ignore_case: bool = False,
        invert: bool = False,
    ) -> Iterator[Made]:  # fmt: skip
        """What `show` makes of hits, each to be taken before the next. Where there are many, forks of this process call it, which
        may have no other threads."""
        from logtrace.jobs.hits import shown_hits
        from logtrace.jobs.searched import Pattern

        return shown_hits(self.reader, Pattern(pattern, literal, ignore_case, invert), show)

    def grep_counts(
        self, pattern: str, *, literal: bool = False, ignore_case: bool = False, invert: bool = False
    ) -> dict[str, int]:
        """How many raw lines of each source have a pattern (see grep), by path."""
        from logtrace.jobs import grep

        return grep.counts(self.reader, grep.Pattern(pattern, literal, ignore_case, invert))

    def in_context(self, lines: Iterable[LogLine], many: int) -> Iterator[list[tuple[LogLine, bool]]]:
        """Lines that grep found among up to `many` lines of their trace before and behind each: runs of (line, whether
        it is one that was found)."""
        from logtrace.jobs.context import in_context

        return in_context(self.reader, lines, many)

    def require_service(self, service: str | None) -> None:
        """Raises UsageError, with near names, where no such service is known."""
        if service and service not in (known := self.service_names()):
            from logtrace.store.names import no_service

            raise no_service(service, known, self.name)

    def require_known(self, service: str | None = None, operation: str | None = None, attributes: Iterable[str] = ()) -> None:
        """Raises UsageError, with near names, where there is no such service, no such operation (of it, where it is given), or
        no span with an attribute of a key."""
        from logtrace.jobs.unknown import require_known

        self.require_service(service)
        require_known(self.reader, service or "", operation or "", attributes, self.name)

    def service_names(self) -> list[str]:
        """All services, sorted."""
        return lists.service_names(self.reader)

    def services_with_spans(self) -> list[str]:
        """The services that have spans, sorted; "" among them where spans have none."""
        from logtrace.store import calls

        return calls.services_with_spans(self.reader)

    def operations(self, service: str) -> list[tuple[str, str]]:
        """(name, kind) of the operations of a service, sorted."""
        from logtrace.store import calls

        return calls.operations(self.reader, service)

    def calls(self, since_ns: int, until_ns: int, *, whole: bool = False) -> Iterator[Call]:
        """The spans of all traces that touch a window (whole: that lie in it), each with the service that called it."""
        from logtrace.store import calls

        return calls.calls(self.reader, since_ns, until_ns, whole=whole)

    def edges(self, since_ns: int, until_ns: int, *, whole: bool = False) -> Mapping[Edge, int]:
        """How often who called whom, and how it ended, in those traces."""
        from logtrace.store import calls

        return calls.edges(self.reader, since_ns, until_ns, whole=whole)

    def heat(self, since_ns: int | None = None, until_ns: int | None = None) -> Heat | None:
        """How long requests took over time: counts in a grid; None where no trace starts in the window."""
        from logtrace.store.heat import heat

        return heat(self.reader, since_ns, until_ns)

    def newest_ns(self) -> int | None:
        """When the newest trace starts; None where no trace has a time."""
        return lists.newest_ns(self.reader)

    def sampled(self) -> str:
        """That the store is a sample, as a sentence; "" where nothing was left out of it."""
        return self.spans.sample_text()

    def services(self, *, since_ns: int | None = None, until_ns: int | None = None) -> list[ServiceRow]:
        """Services by name, with their spans that start in a window."""
        return lists.services(self.reader, since_ns, until_ns)

    def status(self) -> StoreStatus:
        """What the store holds and where it came from."""
        from logtrace.store import status

        return status.status(self.reader)

    def rejected(self, limit: int | None = None) -> Iterator[RejectedLine]:
        """The lines that gave no record, in the order they were read."""
        from logtrace.store import lines

        return lines.rejected(self.reader, limit)

    def export(self, trace: Trace, form: str) -> bytes:
        """One trace for others, whole; form: see `logtrace help export`."""
        return b"".join(self.exported(form, traces=[trace.trace_id]))

    def exported(
        self,
        form: str = "otlp-json",
        *,
        traces: Sequence[str] = (),
        where: str | Node | None = None,
        since_ns: int | None = None,
        until_ns: int | None = None,
    ) -> Generator[bytes, None, None]:
        """Traces for others, in pieces that make a file: those that are named as for `trace`, then those that an expression
        holds for and that start in a window; all where nothing is asked for. form: see `logtrace help export`.

        Raises NotFoundError where there is none, UsageError where the format holds one trace and there are more.
        """
        from logtrace.jobs.export import chosen, export

        return export(self, chosen(self, traces, node_of(where), since_ns, until_ns), form)

    def export_folder(
        self,
        folder: Path,
        *,
        traces: Sequence[str] = (),
        where: str | Node | None = None,
        since_ns: int | None = None,
        until_ns: int | None = None,
    ) -> None:
        """The same as a folder of Parquet, which must not be there yet: a file for each day. See: logtrace help parquet."""
        from logtrace.jobs.export import chosen
        from logtrace.jobs.parquet_export import parquet_folder

        ids = chosen(self, traces, node_of(where), since_ns, until_ns)
        parquet_folder(self.reader, (trace_id[:2] for trace_id in ids), folder)

    def compare(self, bad: Trace, good: Trace | None = None) -> Compared:
        """A request beside a good one; without one, beside the healthy requests most like it. Raises NotFoundError where
        there is none."""
        from logtrace.jobs.compared import compared

        return compared(self, bad, good)

    def report(self, trace: Trace, good: Trace | None = None) -> Incident:
        """All about a request that went wrong: its errors, where its time went, its raw lines, what people noted, and a good one
        beside it; without one, the healthy request most like it, where there is one. `api.report` writes the note."""
        from logtrace.jobs.incident import incident

        return incident(self, trace, good)

    def linked(self, trace: Trace) -> Linked:
        """A trace with all that belong to it as one: those that links name, in both directions, and those with the same
        request, event or correlation id. At most twenty are joined."""
        from logtrace.jobs.linked import linked

        return linked(self, trace)

    def related(self, trace: Trace) -> list[str]:
        """Ids of other traces that belong to one, beside those that its own lines name: they name it, or log the same
        request, event or correlation id."""
        from logtrace.jobs.linked import related

        return related(self, trace)

    def errors(self, *, since_ns: int | None = None, until_ns: int | None = None, service: str | None = None) -> ErrorGroups:
        """The errors told within a window, by kind, most frequent first. Raises UsageError where no such service is known."""
        from logtrace.jobs.error_report import error_report

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
        from logtrace.analysis.fingerprints import span_fingerprint

        subjects = {trace.trace_id, *(span_fingerprint(span) for span in trace.errors)}
        return [note for note in known if note.subject in subjects]

    def subject(self, text: str) -> str:
        """The trace id or the fingerprint that a text means, for notes. Raises as `note` does."""
        from logtrace.jobs.notes import subject_of

        return subject_of(self, text)

    def note(self, subject: str, text: str) -> Note:
        """Keeps a note about a trace (all that `trace` takes) or a kind of error (its fingerprint, or the beginning of
        one), without the secrets in it, as the configuration has it. Raises NotFoundError where there is no such, UsageError
        where the text is empty, StoreError where the store is being written."""
        from logtrace.jobs.keyed import without_secrets

        if not text.strip():
            raise UsageError(
                "a note says nothing without a text", f"logtrace note {subject} shows the notes, with --remove forgets them"
            )
        made = Note(self.subject(subject), without_secrets(text.strip(), self.path), time.time_ns())
        notes.write_note(self.path, made)
        return made

    def forget(self, subject: str) -> list[Note]:
        """Removes all notes about a subject and gives them."""
        known = self.noted([self.subject(subject)])
        if known:
            notes.remove_notes(self.path, known[0].subject)
        return known

    def check(
        self,
        *,
        expect: Sequence[str] = (),
        rules: Path | None = None,
        baseline: Path | None = None,
        record: Path | None = None,
        tolerance: float = 0.3,
        since_ns: int | None = None,
        until_ns: int | None = None,
        settings: Settings | None = None,
    ) -> Report:
        """Rules about the traces that start in a window, each with what speaks against it.

        expect      rules (see: logtrace help check); else those of the file `rules`, else those of the configuration, else
                    what holds for any good log
        baseline    what they are compared with, by the file that `record` wrote, or a good log; tolerance: so much longer
                    operations may take; settings: how a log is read
        Raises ConfigError for a rule that is none, InputError where there is no baseline.
        """
        from logtrace.jobs.check import checked
        from logtrace.jobs.judged import Window

        return checked(
            self, expect=expect, rules=rules, baseline=baseline, record=record, tolerance=tolerance,
            window=Window(since_ns, until_ns), settings=settings,
        )  # fmt: skip

    def lint(
        self, *, only: Sequence[str] = (), without: Sequence[str] = (), since_ns: int | None = None, until_ns: int | None = None
    ) -> Report:
        """How services log, by the traces that start in a window: what is wrong, why it matters, how to mend it.

        only, without: names of checks (see: logtrace help lint). Raises UsageError for one that is none.
        """
        from logtrace.jobs.judged import Window
        from logtrace.jobs.lint import lint

        return lint(self, Window(since_ns, until_ns), only, without)

    def estimate(self, expression: str | Node | None = None) -> Estimates:
        """How many requests there were that an expression holds for (None: any), and how long they took: where a sample was
        kept (see: logtrace help preservation), weighed back, with intervals."""
        from logtrace.jobs.estimates import estimates

        return estimates(self.reader, node_of(expression))

    def pins(self) -> list[Pinned]:
        """The traces that stay whatever rules say, oldest pin first."""
        from logtrace.jobs.pins import pinned

        return pinned(self)

    def pin(self, text: str, note: str = "") -> Pinned:
        """Keeps a trace (all that `trace` takes) whatever rules say. Raises StoreError where the store is being written."""
        from logtrace.jobs.pins import pin

        return pin(self, text, note)

    def unpin(self, text: str) -> Pinned:
        """Lets rules decide about a trace again. Raises NotFoundError where it is not pinned."""
        from logtrace.jobs.pins import unpin

        return unpin(self, text)

    def known_pairs(self) -> list[KnownPair]:
        """What is known of who calls whom, the most frequent first: what parents are inferred with."""
        from logtrace.jobs.learn import known_pairs

        return known_pairs(self.path)

    def clocks(self) -> tuple[Clock, ...]:
        """The clocks of hosts or services that need a correction; see `Trace.adjusted`."""
        return self.reader.clocks().needed

    def clocks_left(self) -> tuple[Clock, ...]:
        """The clocks that need no correction, or of which nothing is known, where others need one."""
        return self.reader.clocks().left

    def columns(self, names: Sequence[str], *, since_ns: int | None = None, until_ns: int | None = None) -> dict[str, list[Any]]:
        """Columns of the spans of traces that start in a window, for statistics; names: store.lists.SPAN_COLUMNS."""
        if unknown := [name for name in names if name not in lists.SPAN_COLUMNS]:
            raise UsageError(f"no column {unknown[0]!r}", f"known: {', '.join(lists.SPAN_COLUMNS)}")
        return self.reader.columns(names, Filter(since_ns, until_ns))

    def sql(self, query: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """(column names, rows) of one statement over the views traces, spans and logs. It can't write."""
        from logtrace.store.queries import sql

        return sql(self.path, query)


def node_of(expression: str | Node | None) -> Node | None:
    if not isinstance(expression, str):
        return expression
    from logtrace.query.grammar import parse

    return parse(expression)
