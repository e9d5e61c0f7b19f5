"""Sentences that a reader of numbers should know, above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from logtrace.views.elements import palette
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.text import clean


def notes_lines(notes: Sequence[str], width: int) -> Iterator[Text]:
    """Sentences that a reader should know."""
    for note in notes:
        yield from labelled("note", clean(note), width, palette.SLOW)
