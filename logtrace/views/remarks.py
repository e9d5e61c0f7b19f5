"""Sentences that a reader of numbers should know, above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from logtrace.views import palette
from logtrace.views.text import clean
from logtrace.views.tree.header import labelled


def notes_lines(notes: Sequence[str], width: int) -> Iterator[Text]:
    """Sentences that a reader should know."""
    for note in notes:
        yield from labelled("note", clean(note), width, palette.SLOW)
