"""A number over time, and sums, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.statistics.quantiles import P99, is_maximum
from logtrace.analysis.statistics.series import Growth, Series, Step
from logtrace.analysis.statistics.stats import FEW
from logtrace.analysis.statistics.sums import Sums
from logtrace.query.values import canonical
from logtrace.units import counted, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.amounts import DURATION, amount_text
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.labelled import labelled, zone_name
from logtrace.views.elements.ratios import ratio_text, share_text
from logtrace.views.elements.remarks import notes_lines
from logtrace.views.elements.text import clean, fit
from logtrace.views.windows.stats import operation_cell

BAR_CELLS, EXAMPLE_CELLS = 20, 28


@dataclass(frozen=True)
class SeriesView:
    """A row a step with a bar for the p99 (the largest, where there are few). of: what it is of, clean."""

    found: Series
    of: str
    zone: tzinfo
    glyphs: Glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        found, width = self.found, options.max_width
        yield from labelled("series", f"{clean(found.what)} of {self.of}, {format_duration(found.step_ns)} a row", width)
        if found.left_out:
            yield from labelled("left out", _left_out(found), width)
        if found.growth is not None:
            yield from labelled("growth", self.glyphs.plain(growth_text(found.what, found.growth, self.glyphs)), width)
        yield from notes_lines(found.notes, width)
        if not found.steps:
            return
        yield Text()
        columns = [Column(f"from ({zone_name(self.zone)})")]
        columns += [Column(title, right=True) for title in ("spans", "failed", "p50", "p99", "max")]
        yield from grid(
            [*columns, Column("p99" if any(map(_has_p99, found.steps)) else "max")], list(self._rows()), width, cut=True
        )

    def _rows(self) -> Iterator[tuple[Text, ...]]:
        largest = max((_top(step) for step in self.found.steps), default=0.0)
        for step in self.found.steps:
            p99 = f"max of {step.values}" if is_maximum(step.values, P99) and step.values else self._amount(step.p99)
            failed = share_text(step.errors / step.spans) if step.spans else ""
            start = format_instant(step.start_ns, self.zone, 0)[:19].replace("T", " ")
            bar = self.glyphs.bar * round(BAR_CELLS * _top(step) / largest) if largest > 0 else ""
            texts = (start, f"{step.spans:,}", failed, self._amount(step.p50), p99, self._amount(step.largest), bar)
            yield tuple(map(Text, texts))

    def _amount(self, value: float | None) -> str:
        return "" if value is None else self.glyphs.plain(amount_text(self.found.what, value))


def _left_out(found: Series) -> str:
    if found.what == DURATION:
        return f"{counted(found.left_out, 'span')} whose length is not known whole"
    return _without(found.left_out - found.no_number, found.no_number, found.odd)


def _without(spans: int, no_number: int, odd: Sequence[Any]) -> str:
    """Spans without an attribute, and those that have something there that is no number, with examples."""
    if not no_number:
        return f"{counted(spans, 'span')} without it"
    texts = (repr(value) if isinstance(value, float) else canonical(value) for value in odd)
    examples = ", ".join(fit(clean(text), EXAMPLE_CELLS) for text in texts)
    return f"{counted(spans, 'span')} without it, {no_number:,} with what is no number to add up, such as {examples}"


def _has_p99(step: Step) -> bool:
    return not is_maximum(step.values, P99)


def _top(step: Step) -> float:
    return max(0.0, step.p99 or 0.0)


def growth_text(what: str, growth: Growth, glyphs: Glyphs) -> str:
    """`median 10MB → 500MB (50×) from the first third to the last`, and whether that is more than chance."""
    ratio = f" ({ratio_text(growth.ratio, glyphs.times)})" if growth.ratio is not None else ""
    medians = f"median {amount_text(what, growth.first)} {glyphs.arrow} {amount_text(what, growth.last)}{ratio}"
    numbers = f"from the first third ({growth.first_values:,} values) to the last ({growth.last_values:,})"
    doubt = {True: "", False: ": no more than chance", None: f": fewer than {FEW} values tell no growth"}[growth.sure]
    return f"{medians} {numbers}{doubt}"


@dataclass(frozen=True)
class SumsView:
    """Sums by operation, the largest first."""

    found: Sums
    glyphs: Glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        found, width = self.found, options.max_width
        key = clean(found.key)
        total = amount_text(found.key, found.total)
        yield from labelled(
            "sum", f"{total} of {key}, in {counted(found.spans, 'span')} of {counted(found.requests, 'request')}", width
        )
        if found.requests:
            yield from labelled("average", f"{amount_text(found.key, found.total / found.requests)} a request that has it", width)
        if found.without or found.no_number:
            yield from labelled("left out", _without(found.without, found.no_number, found.odd), width)
        if found.several:
            sentence = (
                f"in {counted(found.several, 'request')} several spans have it, and each counts: --operation takes one of them"
            )
            yield from labelled("note", sentence, width, palette.SLOW)
        yield from notes_lines(found.notes, width)
        yield Text()
        columns = [Column(title, right=True) for title in ("sum", "spans", "average", "largest")]
        yield from grid([*columns, Column("operation")], list(self._rows()), width, cut=False)

    def _rows(self) -> Iterator[tuple[Text, ...]]:
        for each in self.found.operations:
            total, mean, largest = (amount_text(self.found.key, value) for value in (each.total, each.mean, each.largest))
            yield (*map(Text, (total, f"{each.spans:,}", mean, largest)), operation_cell(each.service, each.operation))


def series_view(found: Series, of: str, zone: tzinfo, glyphs: Glyphs) -> RenderableType:
    """A number over time."""
    return SeriesView(found, of, zone, glyphs)


def sums_view(found: Sums, glyphs: Glyphs) -> RenderableType:
    """Sums of an attribute."""
    return SumsView(found, glyphs)
