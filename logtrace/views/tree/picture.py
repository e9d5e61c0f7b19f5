"""Rows → lines of a waterfall: label, duration, mark and bar; under them what there is to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from logtrace.analysis.traces.folding import Fold
from logtrace.model import ErrorLevel, Flag, LineRef, Span
from logtrace.units import format_duration
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.names import duration_text, span_name
from logtrace.views.elements.severity import severity_name, severity_style
from logtrace.views.elements.text import clean, fit
from logtrace.views.tree.bars import Axis, axis_text, bar
from logtrace.views.tree.columns import BAR_GAP, OWN_TITLE, Columns, mark
from logtrace.views.tree.details import Detail, details
from logtrace.views.tree.labels import count_text, fold_numbers, fold_text, label, rails
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.path_marks import Stretches
from logtrace.views.tree.rows import Row

MIN_NAME = 14
"""A fold's numbers move to a line of their own rather than leave its name less."""


class Picture(NamedTuple):
    """All that the lines of one waterfall share.

    told    goes with `rows`: see details.told_below
    heavy   place of a row → its stretches on the critical path; None: no path is known
    own     span key → self time as text
    """

    rows: Sequence[Row]
    slow: Mapping[int, str]
    told: Sequence[frozenset[str]]
    columns: Columns
    axis: Axis
    heavy: Mapping[int, Stretches] | None
    own: Mapping[int, str]
    options: WaterfallOptions
    glyphs: Glyphs
    start_ns: int | None


def axis_line(axis: Axis, columns: Columns, glyphs: Glyphs) -> Text:
    """The labels of the time axis over the bars."""
    before = ""
    if columns.own:
        before = f"{OWN_TITLE:>{columns.tree.cells + columns.duration + 2 + columns.own}}"
    return Text(before.ljust(columns.width - columns.bars) + glyphs.plain(axis_text(axis)), palette.DIM, no_wrap=True)


def row_lines(picture: Picture, place: int) -> Iterator[Text]:
    """The line of a row and the lines under it."""
    item = picture.rows[place].item
    if isinstance(item, LineRef):
        yield _log_line(picture, place, item)
    elif isinstance(item, Fold):
        yield from _fold_lines(picture, place, item)
    else:
        yield _span_line(picture, place, item)
        yield from _under(picture, place, _span_details(picture, place, item))


def _span_line(picture: Picture, place: int, span: Span) -> Text:
    columns, glyphs = picture.columns, picture.glyphs
    text = label(picture.rows, place, columns.tree, glyphs, count_text(picture.rows[place], glyphs))
    _pad(text, columns.tree.cells)
    sign = mark(span, span.key in picture.slow, glyphs, columns.words)
    text.append(f" {duration_text(span, glyphs):>{columns.duration}} ", sign.style if sign.urgent else "")
    if columns.own:
        text.append(f"{picture.own.get(span.key, ''):>{columns.own}} ", palette.DIM)
    text.append(sign.text, sign.style)
    ends = span.duration_ns is not None and not span.flags & (Flag.LOWER_BOUND | Flag.OPEN) and not span.phantom
    style = palette.ERROR if span.error == ErrorLevel.HARD else palette.service_style(span.service)
    return _with_bar(picture, place, text, (span.start_ns, span.end_ns), ends, style)


def _fold_lines(picture: Picture, place: int, fold: Fold) -> Iterator[Text]:
    """A fold's numbers take the room of duration and mark; its bar runs from its first start to its last end."""
    columns, glyphs, row = picture.columns, picture.glyphs, picture.rows[place]
    tree = columns.tree._replace(cells=columns.width - (columns.bars + BAR_GAP if columns.bars else 0))
    numbers, full = fold_numbers(fold, glyphs), fold_text(row, fold, glyphs)
    room = tree.cells - cell_len(rails(picture.rows, place, tree, glyphs) + full)
    beside = room >= min(MIN_NAME, cell_len(span_name(fold.first)))
    text = label(picture.rows, place, tree, glyphs, full if beside else count_text(row, glyphs))
    yield _with_bar(picture, place, text, (fold.start_ns, fold.end_ns), True, palette.service_style(fold.first.service))
    if numbers and not beside:
        yield from _under(picture, place, iter([Detail(numbers, "")]))


def _with_bar(picture: Picture, place: int, text: Text, times: tuple[int | None, int | None], ends: bool, style: str) -> Text:
    columns, (start_ns, end_ns) = picture.columns, times
    if columns.bars and start_ns is not None:
        _pad(text, columns.width - columns.bars)
        heavy = None if picture.heavy is None else picture.heavy.get(place, [])
        text.append(bar(picture.axis, start_ns, end_ns, ends, picture.glyphs, heavy), style)
    return text


def _pad(text: Text, cells: int) -> None:
    text.append(" " * (cells - text.cell_len))


def _span_details(picture: Picture, place: int, span: Span) -> Iterator[Detail]:
    room = picture.columns.width - len(_margin(picture, place))
    if span.start_ns is None and picture.start_ns is not None:
        yield Detail(fit("no time was logged for this span", room, picture.glyphs.ellipsis), palette.DIM)
    reason = picture.slow.get(span.key, "")
    yield from details(span, room, reason, picture.told[place], picture.options.attributes, picture.glyphs)


def _under(picture: Picture, place: int, lines: Iterator[Detail]) -> Iterator[Text]:
    margin = _margin(picture, place)
    for line in lines:
        yield Text(margin, no_wrap=True).append(line.text, line.style)


def _margin(picture: Picture, place: int) -> str:
    """What stands before the lines under a row: the rails, and the beginning of its children's."""
    return _rails(picture, place) + (picture.glyphs.rail if picture.rows[place].leads else " ") + " "


def _rails(picture: Picture, place: int) -> str:
    return rails(picture.rows, place, picture.columns.tree, picture.glyphs, numbered=False)


def _log_line(picture: Picture, place: int, line: LineRef) -> Text:
    """A log line under its span; the rail goes on where further spans follow."""
    row, glyphs = picture.rows[place], picture.glyphs
    before = _rails(picture, row.parent) + (" " if row.last else glyphs.rail) + " "
    return _with_message(Text(before, no_wrap=True), line, picture.start_ns, picture.columns.width, glyphs)


def loose_line(line: LineRef, start_ns: int | None, width: int, glyphs: Glyphs) -> Text:
    """A log line that belongs to no span."""
    return _with_message(Text(no_wrap=True), line, start_ns, width, glyphs)


def _with_message(text: Text, line: LineRef, start_ns: int | None, width: int, glyphs: Glyphs) -> Text:
    """`+120ms WARN message`, cut to the width: the time counts from the start of the trace."""
    if line.time_ns is not None and start_ns is not None:
        text.append(glyphs.plain(f"+{format_duration(line.time_ns - start_ns)} "), palette.DIM)
    if severity := severity_name(line.severity):
        text.append(f"{severity} ", severity_style(line.severity))
    return text.append(fit(clean(line.body), max(1, width - text.cell_len), glyphs.ellipsis))
