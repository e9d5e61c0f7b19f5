"""What is doubtful about lines that were read all the same: for the account of a run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from logtrace.jobs.intake.work import Result
from logtrace.model import Flag
from logtrace.patterns import lazy_pattern
from logtrace.store.rows.linerefs import no_body, told
from logtrace.store.rows.of_fragments import SOURCES, Row

_EXAMPLES = 3
_START, _FACTS, _FLAGS, _LINES = 6, 8, 10, 13  # places in a Row
_FIELD = SOURCES.index("field")
_INVALID, _CONFLICT = int(Flag.INVALID_DURATION), int(Flag.BOUNDS_CONFLICT)
_HEX = lazy_pattern(r"(?=.*[a-f])[0-9a-f]{3,}", re.ASCII | re.IGNORECASE)
"""Hexadecimal digits with a letter among them: digits alone are somebody's number."""

_WHOLE = 32  # digits of a UUID, which some write for a span as well
_OBJECT_ID = 24  # digits of MongoDB's ids
_SENTENCES = {
    "times": ("line has no time that can be read", "lines have no time that can be read"),
    "invalid": (
        "span ends before it starts, lasts more than a day or has a duration that is none",
        "spans end before they start, last more than a day or have a duration that is none",
    ),
    "conflict": (
        "span has a duration that disagrees with its start and end",
        "spans have durations that disagree with their ends",
    ),
    "ids": ("trace id has no usual length; it is kept as it is", "trace ids have no usual length; they are kept as they are"),
    "spans": ("span id has no usual length; it is kept as it is", "span ids have no usual length; they are kept as they are"),
}


class Doubts:
    """Counts of doubtful lines, spans and ids, and where the first of each stand."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._places: dict[str, list[str]] = {}
        self._odd_spans: set[int] = set()  # a worker tells all that it knows with each result

    def add(self, result: Result, path: str, first: Mapping[int, int]) -> None:
        """Looks at the unusual rows of a result: usual ones have times and durations that agree. first: the number of the
        first line of each chunk in the file at `path`."""
        for row in (*result.rows, *result.pending):
            if row[_FLAGS] & _INVALID:
                self._count("invalid", row, path, first)
            if row[_FLAGS] & _CONFLICT:
                self._count("conflict", row, path, first)
            lines = row[_LINES]
            if row[_START] is None or (isinstance(lines, str) and ",null," in lines and (row[_FACTS] >> 20) & 15 != _FIELD):
                untimed = [line for line in told(lines, no_body) if isinstance(line, list) and line[2] is None]
                self._counts["times"] += len(untimed)
                self._note("times", untimed, path, first)
        self._counts["ids"] += sum(_is_odd_trace(text) for _, _, text in result.opaque_traces)
        self._odd_spans.update(key for key, text in result.opaque_spans if _is_odd_span(text))
        self._counts["spans"] = len(self._odd_spans)

    def _count(self, doubt: str, row: Row, path: str, first: Mapping[int, int]) -> None:
        self._counts[doubt] += 1
        self._note(doubt, [line for line in told(row[_LINES], no_body) if isinstance(line, list)][:1], path, first)

    def _note(self, doubt: str, lines: list[list[int]], path: str, first: Mapping[int, int]) -> None:
        known = self._places.setdefault(doubt, [])
        known += [f"{path}:{first[line[0]] + line[1]}" for line in lines[: _EXAMPLES - len(known)] if line[0] in first]

    def forget_durations(self) -> None:
        """Drops what was said of durations: they were read anew."""
        for doubt in ("invalid", "conflict"):
            del self._counts[doubt]

    def sentences(self) -> Iterator[str]:
        """A sentence about each kind of doubt that there is."""
        for doubt, (one, many) in _SENTENCES.items():
            if count := self._counts[doubt]:
                places = self._places.get(doubt, [])
                more = ", …" if places and count > len(places) else ""
                where = f" ({', '.join(places)}{more})" if places else ""
                yield f"{count:,} {one if count == 1 else many}{where}"


def _is_odd_trace(text: str) -> bool:
    """Whether an id that is kept verbatim looks like a hexadecimal one that was cut, or had something added.

    Ids of bytes have an even number of digits, and short ones are common (8, 10); 12 to 32 digits are never kept verbatim,
    since some libraries leave out zeros at the front.
    """
    return _HEX.fullmatch(text) is not None and (len(text) > _WHOLE or (len(text) < _WHOLE and len(text) % 2 == 1))


def _is_odd_span(text: str) -> bool:
    """The same of a span id, which has 16 digits at most; longer ones of known kinds are whole. Short ones are often made by
    hand."""
    return _HEX.fullmatch(text) is not None and len(text) > 16 and len(text) not in (_OBJECT_ID, _WHOLE)
