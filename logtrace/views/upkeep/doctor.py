"""What the doctor found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from logtrace.health import Examined, Finding, Salvaged, State
from logtrace.units import counted
from logtrace.views.elements import palette
from logtrace.views.elements.text import clean, shell_word, wrap

_MARKS = {State.WELL: ("✓", palette.DIM), State.NOTE: ("·", palette.SLOW), State.TROUBLE: ("✗", palette.ERROR)}
_ASCII = {State.WELL: "ok", State.NOTE: "note", State.TROUBLE: "trouble"}


def examined_view(examined: Examined, width: int, *, plain: bool = False) -> Iterator[Text]:
    """A line or more for each finding, how to mend it below; then what was saved. plain: ASCII alone."""
    mark_cells = max(map(len, _ASCII.values())) if plain else 1
    name_cells = max((len(finding.check) for finding in examined.findings), default=0)
    for finding in examined.findings:
        mark, style = _MARKS[finding.state]
        head = Text(f"{_ASCII[finding.state] if plain else mark:<{mark_cells}} ", style, no_wrap=True)
        head.append(f"{finding.check:<{name_cells}}  ", palette.DIM)
        yield from _below(head, finding, width)
    if examined.salvaged is not None:
        yield Text()
        yield from (Text(line) for sentence in _saved(examined.salvaged, examined.path) for line in wrap(sentence, width))


def _below(head: Text, finding: Finding, width: int) -> Iterator[Text]:
    """A finding beside its head, the way to mend it under it."""
    margin, room = " " * head.cell_len, width - head.cell_len
    for number, line in enumerate(wrap(clean(finding.told), room)):
        yield (head if number == 0 else Text(margin, no_wrap=True)).append(line, "")
    if finding.mend:
        yield from (Text(margin + line, palette.LABEL, no_wrap=True) for line in wrap(clean(finding.mend), room))


def _saved(saved: Salvaged, old: str) -> Iterator[str]:
    yield f"{saved.lines:,} lines of {saved.sources:,} sources ({saved.traces:,} traces) are in a new store: {clean(saved.path)}"
    if saved.lost:
        yield f"{saved.lost:,} pieces of lines could not be read any more"
    if saved.unplaced:
        yield f"{saved.unplaced:,} pieces are saved whose source is not known any more: lost-and-found"
    written = (("note", saved.notes), ("pin", saved.pins), ("learned span", saved.learned))
    if gone := [counted(many, what) for what, many in written if many]:
        yield f"lost for good, as no line tells them: {', '.join(gone)}"
    if saved.again:
        shown = " ".join(shell_word(path) for path in saved.again)
        yield "lines of some files were lost, and the files are still there: ingest them again into the new store"
        yield f"  logtrace ingest --store {shell_word(saved.path)} {shown}"
    yield f"{clean(old)} is as it was; to go on with the new one: mv {shell_word(saved.path)} {shell_word(old)}"
