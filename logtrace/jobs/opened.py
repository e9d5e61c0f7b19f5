"""A store opened for reading: its verbs."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logtrace.errors import UsageError
from logtrace.jobs.held import Held
from logtrace.jobs.many import Many
from logtrace.jobs.named import Named
from logtrace.jobs.one import One
from logtrace.jobs.raw import Raw
from logtrace.model import Trace, TraceSummary
from logtrace.store import lists, notes
from logtrace.store.notes import Note
from logtrace.store.protocol import Filter
from logtrace.store.reader import REMEMBERED
from logtrace.store.sqlite_reader import SqliteReader

if TYPE_CHECKING:
    from logtrace.account import KnownPair
    from logtrace.analysis.compare import Compared
    from logtrace.analysis.error_groups import ErrorGroups
    from logtrace.analysis.incident import Incident
    from logtrace.analysis.linked import Linked
    from logtrace.analysis.verdicts import Report
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.estimates import Estimates
    from logtrace.jobs.pins import Pinned
    from logtrace.query.ast import Node
    from logtrace.query.found import Page, Timeline
    from logtrace.reconstruct.clocks import Clock

_FEW = 500
"""Names and attributes that a light one keeps: questions are about all of a store, and few ask for the same again."""


class Store(Named, One, Many, Raw, Held):
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
