"""Queries for other systems and what they answered, for people; lines that are to be copied are whole."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from rich.text import Text

from logtrace.analysis.traces.correlate import Correlated, Figure
from logtrace.units import NS_PER_S, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.amounts import number_text
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.labelled import zone_name
from logtrace.views.elements.text import clean

MOST_BARS = 60


def correlate_lines(found: Correlated, zone: tzinfo, glyphs: Glyphs) -> list[Text]:
    """Everything that is to be asked, and what was answered."""
    return list(_lines(found, zone, glyphs))


def _lines(found: Correlated, zone: tzinfo, glyphs: Glyphs) -> Iterator[Text]:
    queries = found.queries
    yield _labelled("trace", clean(queries.trace_id))
    if queries.since_ns is None or queries.until_ns is None:
        yield _labelled("window", "no times were logged")
    else:
        window = f"{format_instant(queries.since_ns, zone, 0)} to {format_instant(queries.until_ns, zone, 0)} ({zone_name(zone)})"
        yield _labelled("window", f"{window}, with a margin on both sides")
    yield _labelled("services", ", ".join(map(clean, queries.services)) or "no service named")
    for title, text in (("Loki", queries.loki_command), ("CloudWatch Logs Insights", queries.cloudwatch)):
        if text:
            yield from (Text(), Text(title, palette.LABEL), *_code(text))
    if queries.cloudwatch_command:
        yield from _code(queries.cloudwatch_command)
    figures = found.figures or (None,) * len(queries.metrics)
    for metric, figure in zip(queries.metrics, figures, strict=True):
        of = f", {clean(metric.service)}" if metric.service else ""
        yield from (Text(), Text(f"{clean(metric.name)}{of}", palette.LABEL), *_code(metric.query))
        if figure is not None:
            yield from _figure(figure, zone, glyphs)


def _labelled(label: str, value: str) -> Text:
    return Text(f"{label:<10}", palette.DIM).append(value, "")


def _code(text: str) -> Iterator[Text]:
    yield from (Text(f"    {clean(line)}", no_wrap=True) for line in text.split("\n"))


def _figure(figure: Figure, zone: tzinfo, glyphs: Glyphs) -> Iterator[Text]:
    if figure.value is not None:
        several = f"; the first of {figure.series:,} series" if figure.series > 1 else ""
        value = "not a number" if math.isnan(figure.value) else number_text(figure.value)
        yield Text(f"    = {value} when the trace ended{several}", palette.LABEL)
    if figure.points:
        first, last = (
            format_instant(round(seconds * NS_PER_S), zone, 0)[11:16] for seconds in (figure.points[0][0], figure.points[-1][0])
        )
        values = [value for _, value in figure.points if not math.isnan(value)]
        told = f"{number_text(min(values))} to {number_text(max(values))}" if values else "not a number all the time"
        yield Text(f"    {first} {sparkline([value for _, value in figure.points], glyphs)} {last}, {told}")
    if figure.trouble:
        yield Text(f"    {clean(figure.trouble)}", palette.SLOW)


def sparkline(values: Sequence[float], glyphs: Glyphs) -> str:
    """A bar for each value, of neighbours the largest where there are too many; the first sign for none."""
    wide = -(-len(values) // MOST_BARS)
    groups = [[value for value in values[at : at + wide] if not math.isnan(value)] for at in range(0, len(values), wide)]
    tops = [max(group, default=math.nan) for group in groups]
    most, levels = max((top for top in tops if not math.isnan(top)), default=0.0), len(glyphs.levels) - 1
    return "".join(
        glyphs.levels[0] if math.isnan(top) or most <= 0 or top <= 0 else glyphs.levels[math.ceil(top * levels / most)]
        for top in tops
    )
