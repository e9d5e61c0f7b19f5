"""Lists as tables: traces, services. Ids and durations are never cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from logtrace.account import KnownPair, Learned, ServiceRow
from logtrace.model import TraceSummary
from logtrace.reconstruct.spans.clocks import UNTOLD, Clock
from logtrace.units import counted, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.grid import Column, grid, roomy
from logtrace.views.elements.ids import IdLength, prefix_length, significant_id
from logtrace.views.elements.labelled import zone_name
from logtrace.views.elements.names import took
from logtrace.views.elements.remarks import notes_lines
from logtrace.views.elements.text import clean

WHOLE_IDS_WIDTH = 110
MIN_REQUEST = 28
"""Cells that the request has at least, where there are columns that may go for it."""


def traces_table(summaries: Sequence[TraceSummary], zone: tzinfo, id_length: IdLength = prefix_length) -> RenderableType:
    """Traces, one row each, in the order given. Below 110 cells ids are cut where `id_length` says."""
    return TracesTable(summaries, zone, id_length=id_length)


@dataclass(frozen=True)
class TracesTable:
    """A renderable that decides on the length of ids when the width is known.

    soft        of the errors of each trace those that only a line's level tells; () where that is not known
    between     further columns before the request, each with a cell for each trace
    """

    summaries: Sequence[TraceSummary]
    zone: tzinfo
    soft: Sequence[int] = ()
    between: Sequence[tuple[Column, Sequence[Text]]] = ()
    id_length: IdLength = prefix_length

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        ids = [significant_id(summary.trace_id) for summary in self.summaries]
        narrow = options.max_width < WHOLE_IDS_WIDTH
        length = self.id_length(ids) if narrow else max(map(len, ids), default=0)
        rows = [(Text(i[:length]), *self._cells(at, narrow)) for at, i in enumerate(ids)]
        columns = [*self._columns(narrow), *(column for column, _ in self.between), Column("request")]
        yield from grid(*roomy(columns, rows, options.max_width, MIN_REQUEST), options.max_width, cut=True)
        if any(summary.partial for summary in self.summaries):
            yield Text("+ partial: spans name parents that were never logged", palette.DIM)

    def _columns(self, narrow: bool) -> Iterator[Column]:
        yield Column("trace")
        yield Column(f"start ({zone_name(self.zone)})")
        yield Column("trace took" if self.between and not narrow else "took", right=True)
        yield Column("spans", right=True, spare=1)
        yield Column("svc", right=True, spare=3)
        yield Column("err", right=True)

    def _cells(self, at: int, narrow: bool) -> tuple[Text, ...]:
        summary = self.summaries[at]
        soft = f" ({self.soft[at]:,} soft)" if self.soft and self.soft[at] else ""
        return (
            Text(second(summary.start_ns, self.zone, short=narrow)),
            Text(took(summary)),
            Text(f"{summary.spans:,}" + ("+" if summary.partial else "")),
            Text(f"{summary.services:,}"),
            Text(f"{summary.errors:,}{soft}" if summary.errors else "", palette.ERROR),
            *(cells[at] for _, cells in self.between),
            request_of(summary),
        )


def request_of(summary: TraceSummary) -> Text:
    """`service: operation` of a summary's root."""
    text = Text(no_wrap=True)
    if summary.root_service:
        text.append(f"{clean(summary.root_service)}: ", palette.service_style(summary.root_service))
    return text.append(clean(summary.root_name) or ("(not named)" if summary.spans else "(no spans)"))


@dataclass(frozen=True)
class Listing:
    """A renderable grid: laid out when the width is known. least: cells that the last column should have; notes: sentences
    above it; below: where the last column would have less cells than that, it stands below its row."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Text]]
    least: int = 0
    notes: Sequence[str] = ()
    below: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from notes_lines(self.notes, options.max_width)
        width = options.max_width
        yield from grid(*roomy(self.columns, self.rows, width, self.least), width, cut=False, least=self.below)


def services_table(rows: Iterable[ServiceRow], zone: tzinfo, notes: Sequence[str] = ()) -> RenderableType:
    """Services with their spans, operations, errors, and the time they were seen in; below notes, where there are some."""
    numbers = [Column(title, right=True) for title in ("spans", "ops", "errors")]
    columns = [*numbers, Column("first"), Column(f"last ({zone_name(zone)})"), Column("service")]
    return Listing(columns, [_service_cells(row, zone) for row in rows], notes=notes)


def _service_cells(row: ServiceRow, zone: tzinfo) -> tuple[Text, ...]:
    return (
        Text(f"{row.spans:,}"),
        Text(f"{row.operations:,}"),
        Text(f"{row.errors:,}" if row.errors else "", palette.ERROR),
        Text(second(row.first_ns, zone)[:16]),
        Text(second(row.last_ns, zone)[:16]),
        Text(clean(row.service) or "(not named)", palette.service_style(row.service)),
    )


def learned_text(learned: Learned) -> RenderableType:
    """What was learned, in a sentence."""
    again = f"; the parents of {counted(learned.changed, 'trace')} were inferred anew" if learned.changed else ""
    return Text(f"learned {counted(learned.edges, 'parent')} from {counted(learned.traces, 'trace')}{again}")


CHILD = 24
"""Cells that the child of a pair has beside its parent."""


def pairs_table(pairs: Iterable[KnownPair]) -> RenderableType:
    """Pairs of operations: how often the one is known or seen to call the other."""
    columns = [Column("known", right=True), Column("seen", right=True), Column("parent"), Column("child")]
    return Listing(columns, [_pair_cells(pair) for pair in pairs], below=CHILD)


def _pair_cells(pair: KnownPair) -> tuple[Text, ...]:
    numbers = (Text(f"{pair.known:,}" if pair.known else ""), Text(f"{pair.seen:,.0f}" if pair.seen and not pair.known else ""))
    return (*numbers, *(_operation(*operation) for operation in (pair.parent, pair.child)))


def _operation(service: str, name: str) -> Text:
    text = Text(no_wrap=True)
    if service:
        text.append(f"{clean(service)}: ", palette.service_style(service))
    return text.append(clean(name) or "(not named)")


GUESSED = (
    "times alone: no line names a parent, so which operations call each other is a guess; plus or minus holds if it is right"
)


def clocks_table(clocks: Sequence[Clock], left: Sequence[Clock] = ()) -> RenderableType:
    """What is added to the times of each host or service, or that nothing is. left: those to which nothing is added."""
    if not clocks:
        return Text("no clock needs a correction, as far as calls between services tell")
    listed = (*clocks, *left)
    references = sorted({clock.reference for clock in listed if clock.cases})
    titles = ["added", "plus or minus", "calls", "known from", "host or service"]
    if len(references) > 1:
        titles.insert(-1, "to the clock of")
    columns = [Column(title, title in titles[:3]) for title in titles]
    table = Listing(columns, [_clock_cells(clock, len(references) > 1) for clock in listed])
    notes = [f"all by the clock of {clean(references[0])}"] if len(references) == 1 else []
    notes += [f"not known: {UNTOLD}"] if any(not clock.cases for clock in listed) else []
    notes += [GUESSED] if any(clock.cold for clock in clocks) else []
    return Group(table, Text(), *map(Text, notes)) if notes else table


def _clock_cells(clock: Clock, with_reference: bool) -> tuple[Text, ...]:
    shifts = [shift for _, shift in clock.knots] if clock.corrects else [0]
    added = (
        format_duration(shifts[0]) if len(shifts) == 1 else f"{format_duration(min(shifts))} to {format_duration(max(shifts))}"
    )
    how = "times alone" if clock.cold else "named parents"
    told = (added, format_duration(clock.uncertainty_ns), f"{clock.cases:,}", how) if clock.cases else ("not known", "", "0", "")
    reference = (clean(clock.reference),) if with_reference else ()
    return tuple(Text(text) for text in (*told, *reference, clean(clock.domain)))


def second(time_ns: int | None, zone: tzinfo, short: bool = False) -> str:
    """An instant to the second, as lists show it; short: without the year."""
    if time_ns is None:
        return "(no time)"
    return format_instant(time_ns, zone, digits=0)[5 if short else 0 : 19].replace("T", " ")
