"""A store with all its verbs: those that bring several questions together, and those that keep something in it."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from logtrace.errors import UsageError
from logtrace.jobs.verbs.opened import Opened, node_of
from logtrace.model import Trace
from logtrace.store.upkeep import notes
from logtrace.store.upkeep.notes import Note

if TYPE_CHECKING:
    from logtrace.analysis.traces.compare import Compared
    from logtrace.analysis.traces.incident import Incident
    from logtrace.analysis.traces.linked import Linked
    from logtrace.analysis.verdicts import Report
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.verbs.pins import Pinned
    from logtrace.query.ast import Node


class Store(Opened):
    """A store opened for reading; close it, or use it in a `with` statement."""

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
        from logtrace.jobs.verbs.export import chosen, export

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
        from logtrace.jobs.verbs.export import chosen
        from logtrace.jobs.verbs.parquet_export import parquet_folder

        ids = chosen(self, traces, node_of(where), since_ns, until_ns)
        parquet_folder(self.reader, (trace_id[:2] for trace_id in ids), folder)

    def compare(self, bad: Trace, good: Trace | None = None) -> Compared:
        """A request beside a good one; without one, beside the healthy requests most like it. Raises NotFoundError where
        there is none."""
        from logtrace.jobs.verbs.compared import compared

        return compared(self, bad, good)

    def report(self, trace: Trace, good: Trace | None = None) -> Incident:
        """All about a request that went wrong: its errors, where its time went, its raw lines, what people noted, and a good one
        beside it; without one, the healthy request most like it, where there is one. `api.report` writes the note."""
        from logtrace.jobs.verbs.incident import incident

        return incident(self, trace, good)

    def linked(self, trace: Trace) -> Linked:
        """A trace with all that belong to it as one: those that links name, in both directions, and those with the same
        request, event or correlation id. At most twenty are joined."""
        from logtrace.jobs.verbs.linked import linked

        return linked(self, trace)

    def related(self, trace: Trace) -> list[str]:
        """Ids of other traces that belong to one, beside those that its own lines name: they name it, or log the same
        request, event or correlation id."""
        from logtrace.jobs.verbs.linked import related

        return related(self, trace)

    def subject(self, text: str) -> str:
        """The trace id or the fingerprint that a text means, for notes. Raises as `note` does."""
        from logtrace.jobs.verbs.notes import subject_of

        return subject_of(self, text)

    def note(self, subject: str, text: str) -> Note:
        """Keeps a note about a trace (all that `trace` takes) or a kind of error (its fingerprint, or the beginning of
        one), without the secrets in it, as the configuration has it. Raises NotFoundError where there is no such, UsageError
        where the text is empty, StoreError where the store is being written."""
        from logtrace.jobs.intake.keyed import without_secrets

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
        from logtrace.jobs.verbs.check import checked
        from logtrace.jobs.verbs.judged import Window

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
        from logtrace.jobs.verbs.judged import Window
        from logtrace.jobs.verbs.lint import lint

        return lint(self, Window(since_ns, until_ns), only, without)

    def pins(self) -> list[Pinned]:
        """The traces that stay whatever rules say, oldest pin first."""
        from logtrace.jobs.verbs.pins import pinned

        return pinned(self)

    def pin(self, text: str, note: str = "") -> Pinned:
        """Keeps a trace (all that `trace` takes) whatever rules say. Raises StoreError where the store is being written."""
        from logtrace.jobs.verbs.pins import pin

        return pin(self, text, note)

    def unpin(self, text: str) -> Pinned:
        """Lets rules decide about a trace again. Raises NotFoundError where it is not pinned."""
        from logtrace.jobs.verbs.pins import unpin

        return unpin(self, text)
