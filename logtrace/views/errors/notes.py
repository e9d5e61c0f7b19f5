"""Notes of people, as they are listed and as they stand beside what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.store.upkeep.notes import Note
from logtrace.units import format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.text import clean, wrap


def notes_view(notes: Sequence[Note], zone: tzinfo, *, removed: bool = False) -> RenderableType:
    """The notes, each under what it is about; removed: they are gone, and this says so."""
    return NotesView(notes, zone, removed)


@dataclass(frozen=True)
class NotesView:
    """A renderable: wrapped when the width is known."""

    notes: Sequence[Note]
    zone: tzinfo
    removed: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.notes:
            yield Text("there are no notes", palette.DIM)
        for note in self.notes:
            head = f"{clean(note.subject)}, {format_instant(note.written_ns, self.zone, digits=0)}"
            yield Text(f"removed: {head}" if self.removed else head, palette.DIM, no_wrap=True)
            yield from (Text(f"  {line}", no_wrap=True) for line in wrap(clean(note.text), options.max_width - 2))


def by_subject(notes: Iterable[Note]) -> dict[str, list[Note]]:
    """Notes by what they are about, in their order."""
    found: dict[str, list[Note]] = {}
    for note in notes:
        found.setdefault(note.subject, []).append(note)
    return found


def note_lines(notes: Iterable[Note], width: int, zone: tzinfo) -> Iterator[Text]:
    """`note      text (2024-01-12)` for each."""
    for note in notes:
        yield from labelled("note", note_text(note, zone), width, palette.LABEL)


def note_text(note: Note, zone: tzinfo) -> str:
    """What a note says, and of which day it is; clean."""
    return f"{clean(note.text)} ({format_instant(note.written_ns, zone, digits=0)[:10]})"


@dataclass(frozen=True)
class NotesBeside:
    """A renderable: the notes about a trace and its errors, below its picture."""

    notes: Sequence[Note]
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text()
        yield from note_lines(self.notes, options.max_width, self.zone)
