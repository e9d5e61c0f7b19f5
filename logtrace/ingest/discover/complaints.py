"""Which lines say that work failed, and which column then says what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from logtrace.ingest.discover.hints import hint
from logtrace.ingest.discover.outcomes import fails, succeeds, tells_of_trouble
from logtrace.ingest.discover.rows import Column
from logtrace.ingest.vocabulary.levels import ERROR, is_error, severity, status_error
from logtrace.ingest.vocabulary.readings import level_of

_FEWEST, _MOST, _MOST_VALUES = 2, 0.5, 6
_PROSE, _RARELY = 0.6, 0.3


class Signs(NamedTuple):
    """The columns by which a line may say that work failed; failed: values of phase that do."""

    status: Column | None = None
    success: Column | None = None
    error: Column | None = None
    level: Column | None = None
    phase: Column | None = None
    failed: tuple[str, ...] = ()


def failed_rows(signs: Signs) -> set[int]:
    """The rows that say that work failed."""
    rows: set[int] = set()
    if signs.status is not None:
        rows |= {row for row, text in signs.status.texts.items() if fails(text) or status_error(text)}
    if signs.success is not None:
        rows |= {row for row, value in signs.success.cells.items() if not is_error(value)}
    if signs.error is not None:
        rows |= {row for row, value in signs.error.cells.items() if is_error(value)}
    if signs.level is not None:
        rows |= {row for row, text in signs.level.texts.items() if severity(level_of(text) or "") >= ERROR}
    if signs.phase is not None:
        rows |= {row for row, text in signs.phase.texts.items() if text in signs.failed}
    return rows


def complaint(free: Iterable[Column], rows: Set[int], *, whole: bool) -> Column | None:
    """The column of sentences that stand on no other rows than those that failed; whole: and on all of them. None where there is
    none, or few rows failed."""
    if len(rows) < _FEWEST:
        return None
    fitting = [
        column for column in free
        if column.cells.keys() <= rows and len(column.cells) >= (1.0 if whole else _MOST) * len(rows) and _is_prose(column)
    ]  # fmt: skip
    return max(fitting, key=lambda column: (hint(column.key, "error"), hint(column.key, "message")), default=None)


def rare_with_complaint(status: Column, free: Iterable[Column], *, whole: bool = False) -> tuple[str, Column] | None:
    """(the one value of a status in words that nobody knows, on fewer than half of its rows, that comes with sentences and the
    others without; the column of those); None where there is none. whole: with each of it."""
    known = list(free)
    for text, many in Counter(status.texts.values()).items():
        rows = {row for row, other in status.texts.items() if other == text}
        if 2 * many < len(status.cells) and not succeeds(text) and (found := complaint(known, rows, whole=whole)) is not None:
            return text, found
    return None


class Verdict(NamedTuple):
    """A column of few words, the one of them by which work failed, and the column that then says what went wrong."""

    column: Column
    text: str
    said: Column


def verdict(free: Sequence[Column], sentences: Sequence[Column]) -> Verdict | None:
    """A column under any name with a word for failure: sentences of which some tell of trouble come with that word alone, and
    always. None where there is none, or several."""
    found = [
        Verdict(column, *told) for column in free
        if 1 < len(column.distinct) <= _MOST_VALUES and (told := rare_with_complaint(column, sentences, whole=True)) is not None
        and any(map(tells_of_trouble, told[1].distinct))
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def troubled(free: Iterable[Column], rows: int) -> Column | None:
    """The one column of sentences that only some of so many rows have, most of which tell of trouble; None where there is none,
    or several."""
    found = [
        column for column in free
        if _FEWEST <= len(column.cells) <= _RARELY * rows and _is_prose(column)
        and sum(map(tells_of_trouble, column.distinct)) > _MOST * len(column.distinct)
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def strange_words(status: Column) -> tuple[str, ...]:
    """The words of a status, the usual ones first, where none of them is known to say that work failed; () where one is, or all
    say that it went well, or they are numbers or too many."""
    texts = status.distinct
    if len(texts) > _MOST_VALUES or any(text.isdecimal() or fails(text) or status_error(text) for text in texts):
        return ()
    return () if all(map(succeeds, texts)) else tuple(text for text, _ in Counter(status.texts.values()).most_common())


def _is_prose(column: Column) -> bool:
    spaced = sum(" " in text for text in column.distinct) / len(column.distinct)
    return column.strings and hint(column.key, "message") + hint(column.key, "error") + spaced >= _PROSE
