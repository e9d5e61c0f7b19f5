"""Statistics of operations for people: one row each, then what is far out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.statistics.stats import FEW, OperationStats, Outlier, Stats, Trend
from logtrace.query.values import canonical
from logtrace.units import counted, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.labelled import labelled, zone_name
from logtrace.views.elements.ratios import rate_text, ratio_text, share_text
from logtrace.views.elements.remarks import notes_lines
from logtrace.views.elements.text import clean, fit

VALUE_CELLS = 28


def stats_view(found: Stats, most: int, zone: tzinfo, glyphs: Glyphs) -> RenderableType:
    """The first `most` operations of the statistics."""
    return StatsView(found, most, zone, glyphs)


@dataclass(frozen=True)
class StatsView:
    """A renderable: laid out when the width is known."""

    found: Stats
    most: int
    zone: tzinfo
    glyphs: Glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, shown = options.max_width, self.found.operations[: self.most]
        for label, value in self._facts():
            yield from labelled(label, self.glyphs.plain(value), width)
        yield from notes_lines(self.found.notes, width)
        if not shown:
            return
        yield Text()
        yield from grid(self._columns(), [tuple(self._cells(each)) for each in shown], width, cut=False)
        if rest := self.found.row_count - len(shown):
            others = sum(each.share for each in self.found.operations[self.most :]) + self.found.cut_share
            yield Text(f"{counted(rest, 'more row')}: {share_text(others) or 'none'} of the time", palette.DIM)
        yield from self._outliers(width)

    def _facts(self) -> Iterator[tuple[str, str]]:
        found = self.found
        yield "window", window_text(found.since_ns, found.until_ns, self.zone)
        if found.before_ns is not None:
            yield "before", f"{window_text(found.before_ns, found.since_ns, self.zone)}: trends are against it"
        left = found.spans - found.samples
        without = f"; {left:,} of unknown length (open, or at least so long) are in no percentile" if left else ""
        yield "spans", f"{found.spans:,}{without}"
        if found.by is not None:
            yield "by", f"{clean(found.by)}; left out: {counted(found.without, 'span')} without it"

    def _columns(self) -> list[Column]:
        estimated = ["of about"] if any(each.estimated for each in self.found.operations) else []
        titles = ["spans", *estimated, "rate", "failed", "p50", "p95", "p99", "max"]
        titles += ["p50 trend"] if self.found.before_ns is not None else []
        value = [Column(fit(clean(self.found.by), VALUE_CELLS))] if self.found.by is not None else []
        return [*(Column(title, right=True) for title in [*titles, "time"]), *value, Column("operation")]

    def _cells(self, each: OperationStats) -> Iterator[Text]:
        yield Text(f"{each.spans:,}")
        if each.estimated is not None:
            yield Text(self.glyphs.plain(f"{each.estimated.spans:,.0f} ±{(each.estimated.high - each.estimated.low) / 2:,.0f}"))
        yield Text(rate_text(each.rate_per_s))
        yield Text(share_text(each.error_rate), palette.ERROR)
        p95 = percentile_text(each.p95_ns, each.samples, each.p95_is_max)
        p99 = percentile_text(each.p99_ns, each.samples, each.p99_is_max)
        for text in (_duration(each.p50_ns), p95, p99, _duration(each.max_ns)):
            yield Text(self.glyphs.plain(text))
        if self.found.before_ns is not None:
            yield trend_text(each.trend, self.glyphs)
        yield Text(share_text(each.share))
        if self.found.by is not None:
            yield Text(fit(clean(canonical(each.value)), VALUE_CELLS, self.glyphs.ellipsis))
        yield operation_cell(each.service, each.operation)

    def _outliers(self, width: int) -> Iterator[Text]:
        found = self.found
        if not found.outliers:
            return
        yield Text()
        took = "1 span took" if found.outlier_count == 1 else f"{found.outlier_count:,} spans took"
        more = "" if len(found.outliers) == found.outlier_count else "; the farthest:"
        yield from labelled("outliers", f"{took} more than twice the p99 of the operation{more}", width)
        columns = [Column("times p99", right=True), Column("took", right=True), Column(f"start ({zone_name(self.zone)})")]
        yield from grid(
            [*columns, Column("trace"), Column("operation")], [self._outlier(each) for each in found.outliers], width, cut=True
        )

    def _outlier(self, each: Outlier) -> Sequence[Text]:
        start = "" if each.start_ns is None else format_instant(each.start_ns, self.zone)[:23].replace("T", " ")
        took = self.glyphs.plain(format_duration(each.duration_ns))
        cells = (ratio_text(each.times, self.glyphs.times), took, start, clean(each.trace_id))
        return (*map(Text, cells), operation_cell(each.service, each.operation))


def window_text(since_ns: int | None, until_ns: int | None, zone: tzinfo) -> str:
    """`from to (zone), length`; with one end `from … on`, `up to …`."""
    if since_ns is None and until_ns is None:
        return "no span has a time"
    start, end = (None if at is None else format_instant(at, zone, 0) for at in (since_ns, until_ns))
    if since_ns is None or until_ns is None:
        return f"up to {end} ({zone_name(zone)})" if start is None else f"from {start} ({zone_name(zone)}) on"
    return f"{start} to {end} ({zone_name(zone)}), {format_duration(until_ns - since_ns)}"


def percentile_text(value_ns: int | None, samples: int, is_max: bool) -> str:
    """A percentile; where it is but the largest of few, just that."""
    return f"max of {samples}" if is_max and samples else _duration(value_ns)


def trend_text(trend: Trend | None, glyphs: Glyphs) -> Text:
    """Against the window before: the ratio of medians where they surely differ."""
    if trend is None or not trend.spans:
        return Text("new", palette.LABEL)
    if trend.sure is None or trend.p50_ratio is None:
        return Text(f"under {FEW}", palette.DIM)
    if not trend.sure:
        return Text("same", palette.DIM)
    return Text(ratio_text(trend.p50_ratio, glyphs.times), palette.SLOW if trend.p50_ratio > 1 else palette.LABEL)


def operation_cell(service: str, name: str) -> Text:
    """`service: operation`."""
    text = Text(no_wrap=True)
    if service:
        text.append(f"{clean(service)}: ", palette.service_style(service))
    return text.append(clean(name) or "(not named)")


def _duration(value_ns: int | None) -> str:
    return "" if value_ns is None else format_duration(value_ns)
