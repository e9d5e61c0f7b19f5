"""The errors of a window by kind, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.statistics.error_groups import MINUTE_NS, ErrorGroup, ErrorGroups
from logtrace.store.upkeep.notes import Note
from logtrace.units import counted, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.labelled import labelled, zone_name
from logtrace.views.elements.names import operation_text
from logtrace.views.elements.remarks import notes_lines
from logtrace.views.elements.text import clean, fit, wrap
from logtrace.views.errors.notes import note_lines
from logtrace.views.tree.details import typed_text

MARGIN = 8
MOST_NAMED = 8


def error_groups_view(
    found: ErrorGroups, most: int, notes: Mapping[str, Sequence[Note]], zone: tzinfo, glyphs: Glyphs
) -> RenderableType:
    """The first `most` kinds of errors. notes: those about a fingerprint."""
    return ErrorGroupsView(found, most, notes, zone, glyphs)


@dataclass(frozen=True)
class ErrorGroupsView:
    """A renderable: wrapped when the width is known."""

    found: ErrorGroups
    most: int
    notes: Mapping[str, Sequence[Note]]
    zone: tzinfo
    glyphs: Glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        for label, value in self._facts(width):
            yield from labelled(label, self.glyphs.plain(value), width)
        yield from notes_lines(self.found.notes, width)
        began = [group for group in self.found.groups if group.count]
        for group in began[: self.most]:
            yield Text()
            yield from self._group(group, width)
        yield from self._rest(began)

    def _facts(self, width: int) -> Iterator[tuple[str, str]]:
        found = self.found
        soft = f", {found.soft:,} told by lines of level error alone" if found.soft else ""
        passed = f", {found.passed_on:,} more passed on" if found.passed_on else ""
        yield "errors", f"{found.origins:,} in {counted(found.requests, 'request')}{passed}{soft}"
        if found.types:
            yield "types", _counts(found.types, "(no type)")
        if found.services:
            yield "services", _counts(found.services, "(not named)")
        if found.minutes:
            yield "when", when_text(found.minutes, min(60, width - 12), self.zone, self.glyphs)

    def _group(self, group: ErrorGroup, width: int) -> Iterator[Text]:
        told = typed_text(group.error_type, group.messages[0] if group.messages else "")
        where = operation_text(group.service, group.operation)
        head = f"{where}{': ' if where else ''}{clean(told) or 'no message'}"
        style = palette.SOFT_ERROR if group.soft else palette.ERROR
        for number, line in enumerate(wrap(head, width - MARGIN)):
            count = f"{group.count:,}" if number == 0 else ""
            yield Text(f"{count:>{MARGIN - 2}}  ", palette.LABEL, no_wrap=True).append(line, style)
        for line in self._about(group):
            yield from (Text(" " * MARGIN + piece, palette.DIM, no_wrap=True) for piece in wrap(line, width - MARGIN))
        for note in note_lines(self.notes.get(group.fingerprint, ()), width - MARGIN, self.zone):
            yield Text(" " * MARGIN, no_wrap=True).append_text(note)

    def _about(self, group: ErrorGroup) -> Iterator[str]:
        new = f" {self.glyphs.dot} new: never seen before" if group.new else ""
        if group.first_ns is not None and group.last_ns is not None:
            first, last = (format_instant(at, self.zone, digits=0) for at in (group.first_ns, group.last_ns))
            seen = f"at {first}" if first == last else f"{first} to {last}"
            yield f"{seen} ({zone_name(self.zone)}){new}"
        if group.seen_ns is not None and group.first_ns is not None and group.seen_ns < group.first_ns:
            yield f"first seen {format_instant(group.seen_ns, self.zone, digits=0)}"
        yield from (f"also: {fit(clean(message), 200)}" for message in group.messages[1:])
        soft = "lines of level error alone, " if group.soft else ""
        examples = ", ".join(clean(each) for each in group.examples)
        yield f"{group.fingerprint} {self.glyphs.dot} {soft}{counted(group.requests, 'request')}: {examples}"

    def _rest(self, began: Sequence[ErrorGroup]) -> Iterator[Text]:
        if len(began) > self.most:
            total = sum(group.count for group in began[self.most :])
            more = f"{counted(len(began) - self.most, 'more kind')}, {counted(total, 'error')}: --all shows them"
            yield from (Text(), Text(more, palette.DIM))
        if passing := len(self.found.groups) - len(began):
            kind = "kind was" if passing == 1 else "kinds were"
            yield from (Text(), Text(f"{passing:,} more {kind} only passed on: another error is below each", palette.DIM))


def _counts(pairs: Sequence[tuple[str, int]], unnamed: str) -> str:
    named = [f"{clean(name) or unnamed} {count:,}" for name, count in pairs[:MOST_NAMED]]
    rest = len(pairs) - MOST_NAMED
    return ", ".join(named) + (f" and {rest:,} more" if rest > 0 else "")


def when_text(minutes: Sequence[tuple[int, int]], cells: int, zone: tzinfo, glyphs: Glyphs) -> str:
    """`14:30 ▁▁▃█▁ 14:35, a minute each, at most 40`: a bar for each step, which is as many minutes as the room needs."""
    first, last = minutes[0][0], minutes[-1][0]
    step = max(1, -(-((last - first) // MINUTE_NS + 1) // max(1, cells - 20))) * MINUTE_NS
    counts = [0] * ((last - first) // step + 1)
    for at, count in minutes:
        counts[(at - first) // step] += count
    levels = len(glyphs.levels) - 1
    bars = "".join(glyphs.levels[-(-count * levels // max(counts))] for count in counts)
    each = "a minute" if step == MINUTE_NS else format_duration(step)
    return f"{_clock(first, zone)} {bars} {_clock(last, zone)}, {each} each, at most {max(counts):,}"


def _clock(time_ns: int, zone: tzinfo) -> str:
    return format_instant(time_ns, zone, digits=0)[11:16]
