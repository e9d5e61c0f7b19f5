"""Large traces that their rows tell whole: spans straight from rows, in a third of the time that putting them together takes.

That is where each span has one row, nothing of it is inferred, and parents make up one tree. A row with more to it than usual is
put together as ever, and stands among the others. A test holds that all of it is what `to_trace(rebuild(...))` makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from logtrace.ids import NO_SPAN, TraceId, span_id_text
from logtrace.model import Evidence, Flag, LineRef, Rank, Span, Trace
from logtrace.reconstruct.spans.bounds import DURATION, FIELD, RECORD
from logtrace.reconstruct.spans.drafts import EXPLICIT, ROOT, Draft
from logtrace.reconstruct.spans.fragments import without_untimed_copies
from logtrace.reconstruct.trace import is_plain, is_settled, span_of, warnings
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.linerefs import lines_of, told
from logtrace.store.rows.of_fragments import COLUMNS, SOURCES, Names, Row

_BOUNDS: Mapping[int, Evidence] = {SOURCES.index(each.source): each for each in (FIELD, DURATION, RECORD)}
_EXPLICIT, _ROOT = SOURCES.index(EXPLICIT.source), SOURCES.index(ROOT.source)
_WHOLE = frozenset((1, 2, 3, 4, 5, 7))
"""The forms of marks that tell a start and an end."""

_OUTSIDE, _USUAL = int(Flag.OUTSIDE_PARENT), int(Flag.STATUS_OK)
_REMEMBERED = 50_000


class _Place(NamedTuple):
    """What there is to know of a span about its tree; told: whether a line names its parent; draft: where its row is unusual."""

    parent: int
    start_ns: int
    duration_ns: int
    told: bool
    draft: Draft | None = None


def direct_trace(reader: FragmentReader, trace_id: TraceId) -> Trace | None:
    """The trace; None where it has to be put together."""
    rows = reader.run(f"SELECT {COLUMNS} FROM span WHERE trace_low = ? ORDER BY id", (trace_id.low,))
    if len({row[1] for row in rows}) != 1 or reader.clocks():
        return None
    names = reader.names(trace_id.low)
    places: dict[int, _Place] = {}
    for row in rows:
        place = _place(row, reader)
        if place is None or row[2] in places:
            return None
        places[row[2]] = place
    if not is_plain([(key, place.parent) for key, place in places.items()]):
        return None
    rows.sort(key=lambda row: (places[row[2]].start_ns, -places[row[2]].duration_ns, row[2]))
    low, high = rows[0][:2]
    maker = _Maker(str(TraceId(low, high, names.opaque_traces.get((low, high), ""))), names, reader.opaque_spans(places))
    spans = tuple(maker.span(row, places[row[2]], _flags(places, places[row[2]])) for row in rows)
    return Trace(maker.trace_id, spans, warnings=tuple(warnings(spans)))


def _place(row: Row, reader: FragmentReader) -> _Place | None:
    """None where the whole trace has to be put together."""
    key, facts = row[2], row[8]
    if _is_usual(row):
        source = facts >> 16 & 15
        return _Place(row[3] or NO_SPAN, row[6], row[7], source == _EXPLICIT)
    fragment = reader.fragment_of(row)
    if key == NO_SPAN or fragment.span != key:
        return None
    draft = Draft(key, fragment)
    if not is_settled(draft) or draft.start_ns is None or draft.duration_ns is None:
        return None
    return _Place(draft.parent, draft.start_ns, draft.duration_ns, draft.evidence is EXPLICIT, draft)


def _is_usual(row: Row) -> bool:
    """Whether a row says all of its span by itself."""
    key, parent, start_ns, duration_ns, facts, flags, extra = row[2], row[3], row[6], row[7], row[8], row[10], row[14]
    source = facts >> 16 & 15
    return (
        extra is None and not flags & ~_USUAL and key != NO_SPAN
        and start_ns is not None and duration_ns is not None and facts >> 8 & 15 in _WHOLE and facts >> 4 & 15 < Rank.GUESS
        and facts >> 20 & 15 in _BOUNDS and facts >> 24 & 15 in _BOUNDS
        and ((source == _ROOT and not parent) or (source == _EXPLICIT and parent is not None and parent not in (key, NO_SPAN)))
    )  # fmt: skip


def _flags(places: Mapping[int, _Place], place: _Place) -> int:
    """As repair.mark_outside has it."""
    parent = places.get(place.parent)
    if parent is None or not place.told or 0 <= place.start_ns - parent.start_ns <= parent.duration_ns:
        return 0
    return _OUTSIDE


class _Maker:
    """Makes the spans of a trace."""

    def __init__(self, trace_id: str, names: Names, opaque: Mapping[int, str]) -> None:
        self.trace_id = trace_id
        self._names = names
        self._opaque = opaque
        self._values: dict[int, tuple[str, Any]] = {}

    def span(self, row: Row, place: _Place, flags: int) -> Span:
        """The span of a row; flags: what its place in the tree adds."""
        if place.draft is not None:
            place.draft.flags |= flags
            return span_of(place.draft, self.trace_id, self._text)
        facts, parent = row[8], place.parent
        service, name, kind = self._names.operations[row[5]]
        return Span(
            self.trace_id, self._text(row[2]), row[2], self._text(parent) if parent else None, parent,
            EXPLICIT if place.told else ROOT, service, facts & 15, name, facts >> 4 & 15, kind, place.start_ns, place.duration_ns,
            _BOUNDS[facts >> 20 & 15], _BOUNDS[facts >> 24 & 15], 0, "", "", facts >> 28, self._attributes(row[12]), {},
            self._lines(row), (), row[10] | flags,
        )  # fmt: skip

    def _text(self, key: int) -> str:
        return self._opaque.get(key) or span_id_text(key)

    def _attributes(self, text: str) -> dict[str, Any]:
        """They stand in a row as they are to be shown, where no key has several values."""
        return dict([self._pair(ref >> 2) if ref.__class__ is int else (ref[0], ref[1]) for ref in orjson.loads(text)])

    def _pair(self, number: int) -> tuple[str, Any]:
        known = self._values.get(number)
        if known is None:
            attribute = self._names.attributes[number]
            known = attribute.key, orjson.loads(attribute.value)
            if known[1].__class__ not in (dict, list):  # which no two spans may have together
                if len(self._values) >= _REMEMBERED:
                    self._values.clear()
                self._values[number] = known
        return known

    def _lines(self, row: Row) -> tuple[LineRef, ...]:
        return tuple(without_untimed_copies(lines_of(told(row[13], self._names.body), row[6])[1]))
