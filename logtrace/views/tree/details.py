"""The lines under a span: its error, why it is slow, chosen attributes, what is odd about it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from rich.cells import cell_len

from logtrace.model import ErrorLevel, Span
from logtrace.patterns import lazy_pattern
from logtrace.units import format_bytes
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.text import clean, fit, value_text, wrap
from logtrace.views.tree.rows import Row

MESSAGE_CHARS = 4_000
"""Longer error messages end here, with a word about the rest."""

_ERROR_KEYS = frozenset({"error", "error.type", "error.message", "error.kind", "exception.type", "exception.message"})
_BYTES = lazy_pattern(r"(?:^|[._])bytes$|(?:^|[._])bytes[._]", re.ASCII)


class Detail(NamedTuple):
    """One line under a span, clean and fitted, with its style."""

    text: str
    style: str


def details(
    span: Span, cells: int, reason: str, told: Collection[str], patterns: Iterable[str], glyphs: Glyphs
) -> Iterator[Detail]:
    """All lines under a span, each at most so many cells. `told`: error texts that spans under it already show."""
    for line in error_lines(span, cells, told):
        yield Detail(line, palette.ERROR if span.error == ErrorLevel.HARD else palette.SOFT_ERROR)
    if reason:
        for line in wrap(glyphs.plain(f"slow: {reason}"), cells):
            yield Detail(line, palette.SLOW)
    if span.attempts > 1:
        yield Detail(f"{span.attempts} attempts", "")
    shown = chosen_attributes(span, patterns)
    for line in packed([attribute_text(key, value) for key, value in shown], cells, glyphs):
        yield Detail(line, palette.DIM)


def error_text(span: Span) -> str:
    """Type and message of a span's error as one text, not yet clean; "" where none is told."""
    return typed_text(span.error_type, span.error_message)


def typed_text(error_type: str, message: str) -> str:
    """`Type: message` as one text; a message that begins with its type says it all."""
    if not error_type or message.startswith(error_type):
        return message
    return f"{error_type}: {message}" if message else error_type


def error_lines(span: Span, cells: int, told: Collection[str] = ()) -> list[str]:
    """The error in whole, wrapped; its own line ends are kept. Nothing where there is none, or `told` has it."""
    text = error_text(span)
    if not span.error or not text or text in told:
        return []
    head = "error: " if span.error == ErrorLevel.HARD else "error line: "
    rest = len(text) - MESSAGE_CHARS
    lines = [piece for part in (head + text[:MESSAGE_CHARS]).splitlines() if part.strip() for piece in wrap(clean(part), cells)]
    return lines + (wrap(f"({rest:,} more characters: --span {clean(span.span_id)})", cells) if rest > 0 else [])


def told_below(rows: list[Row]) -> list[frozenset[str]]:
    """Per row the error texts that rows under it show (eight at most): the place where an error began tells it."""
    found: list[frozenset[str]] = [frozenset()] * len(rows)
    for place in range(len(rows) - 1, -1, -1):
        row = rows[place]
        own = error_text(row.item) if isinstance(row.item, Span) and row.item.error else ""
        carried = found[place] | {own} if own and len(found[place]) < 8 else found[place]
        if row.parent >= 0 and carried:
            found[row.parent] = frozenset(sorted(found[row.parent] | carried)[:8])
    return found


def chosen_attributes(span: Span, patterns: Iterable[str]) -> list[tuple[str, Any]]:
    """The attributes whose key fits a pattern, in their order, without those that the error line tells."""
    told = {span.error_type, span.error_message}
    patterns = tuple(patterns)
    return [
        (key, value)
        for key, value in span.attributes.items()
        if any(fnmatchcase(key, pattern) for pattern in patterns)
        and not (span.error and key in _ERROR_KEYS and (value is True or _raw(value) in told))
    ]


def _raw(value: Any) -> str:
    return value if isinstance(value, str) else ""


def attribute_text(key: str, value: Any) -> str:
    """`key: value` on one clean line; a number of bytes also as people write it: `size_bytes: 524MB (524288000)`."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and abs(value) >= 1000 and _BYTES.search(key):
        return f"{clean(key)}: {format_bytes(value)} ({value_text(value)})"
    return f"{clean(key)}: {value_text(value)}"


def packed(texts: Iterable[str], cells: int, glyphs: Glyphs) -> list[str]:
    """Short texts side by side as far as they fit, long ones cut to the width."""
    lines: list[str] = []
    for text in texts:
        joined = f"{lines[-1]}  {glyphs.dot}  {text}" if lines else text
        if lines and cell_len(joined) <= cells:
            lines[-1] = joined
        else:
            lines.append(fit(text, cells, glyphs.ellipsis))
    return lines
