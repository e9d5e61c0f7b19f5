"""Uniform lines: the quick way to read logs whose lines share most of their keys, as nearly all logs do.

All lines of a piece of log are decoded in one go into structs of the keys met so far. A line's *head* is all of it but
its ids, times, duration, message and objects such as `tags`. The first line of each head is read the general way, and
its record is the Template of all others: whatever the rules of the general way are, they are applied once a head.
What stands in columns (see runs.Run) is read column by column, by the very methods of the general way.

It gives the records that the general way gives, or leaves the line to it: lines with a key not met before, with ids or a
duration in the message, and all that can't be read as such a line. A property test holds that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from operator import itemgetter
from typing import Any

import msgspec
import xxhash

from logtrace.ids import Ids
from logtrace.ingest.columns.plans import Values
from logtrace.ingest.columns.source import ABSENT, Around
from logtrace.ingest.uniform.bundling import Bundling
from logtrace.ingest.uniform.failing import Failing
from logtrace.ingest.uniform.heads import Heads
from logtrace.ingest.uniform.known_keys import Columns, KnownKeys
from logtrace.ingest.uniform.parts import Part, whole
from logtrace.ingest.uniform.together import Together
from logtrace.ingest.vocabulary.wanted import unit_of
from logtrace.reconstruct.spans.runs import Run

_PLAIN_TYPES = frozenset((str, int, float, bool, type(None), type(ABSENT)))
_GIVE_UP = 8
_AT_ONCE = 400
"""Lines whose values fit into the processor's cache together, about."""


class Uniform:
    """Reads pieces of log whose keys are known. Learns keys from the lines that went the general way.

    trace_key: the key that groups lines, before any trace id.
    """

    def __init__(self, values: dict[str, Values], ids: Ids, zone: tzinfo, trace_key: str = "") -> None:
        self._values = values
        self._zone = zone
        self._keys = KnownKeys(trace_key)
        self._layout = self._keys.layout()
        self._bundling = Bundling(self._layout, values)
        self._heads = Heads(self._layout, values, zone)
        self._failing = Failing(self._layout, values)
        self._together = Together(ids, zone)
        self._off = True  # until there is a key
        self._given_up = False
        self._failed = 0

    @property
    def knows_nothing(self) -> bool:
        """Whether no lines were learnt from so far."""
        return self._off and not self._given_up

    def learn(self, record: dict[str, Any]) -> bool:
        """Takes note of the keys of a record, and of the types of their values; whether more lines can be read now."""
        if self._given_up or not self._keys.learn(record):
            return False
        self._build()
        return not self._off

    def _build(self) -> None:
        self._layout = self._keys.layout()
        self._bundling = Bundling(self._layout, self._values)
        self._heads = Heads(self._layout, self._values, self._zone)
        self._failing = Failing(self._layout, self._values)
        self._off = self._given_up

    def _relieve(self) -> None:
        """Takes the keys with the most values out of the heads; gives up where too many kinds are left without."""
        many = self._heads.rich_keys()
        self._keys.vary(many)
        self._given_up = not many and self._heads.is_full()
        self._heads.crowded = False
        if many or self._given_up:
            self._build()

    # lines

    def read(
        self, data: bytes, lines: Sequence[bytes], around: Around, texts: Sequence[bytes] = ()
    ) -> tuple[list[Run], Sequence[int]]:
        """(the records of lines, the indexes of those that are to be read the general way, in order).

        data: all lines as one text; texts: what stands in the log, where that is not the lines themselves.
        """
        if self._off:
            return [], range(len(lines))
        parts: list[Part] = []
        begin = 0
        for start in range(0, len(lines), _AT_ONCE):
            if self._heads.crowded:
                self._relieve()
            if self._given_up:
                break
            some = lines[start : start + _AT_ONCE]
            end = begin + sum(map(len, some)) + len(some)
            part = self._part(data[begin : end - 1], some, start, around, texts)
            if part is not None:
                parts.append(part)
            begin = end
        if not parts:
            return [], range(len(lines))
        read = whole(parts)
        unit = unit_of(self._layout.holding["duration"]) if "duration" in self._layout.holding else ""
        run, left = self._together.run(read, around, unit)
        found = [] if run is None else [run]
        if len(read.indexes) == len(lines):
            return found, [read.indexes[at] for at in left]
        done = set(read.indexes).difference([read.indexes[at] for at in left])
        return found, [index for index in range(len(lines)) if index not in done]

    def _part(self, data: bytes, lines: Sequence[bytes], start: int, around: Around, texts: Sequence[bytes]) -> Part | None:
        """What a few lines say, the first of them the one of index `start`; None where they are of other logs."""
        structs, indexes = self._decoded(data, lines)
        if not structs:
            return None
        own = lines if len(indexes) == len(lines) else [lines[index] for index in indexes]
        columns = self._layout.columns(structs)
        found = {concept: columns[key] for concept, key in self._layout.holding.items()}
        bundles, loud = self._bundling.of(columns, len(own))
        loud |= self._giants(columns)
        loud |= self._named_otherwise(columns, len(own))
        heads = self._layout.heads(columns, len(own))
        apart = self._failing.set_apart(columns, heads, bundles)
        kinds = self._heads.kinds_of(columns, heads, found, bundles, own, around, loud)
        told = self._failing.told(columns, bundles, kinds, apart)
        found["event"] = columns[self._layout.taken["event"]] if "event" in self._layout.taken else ()
        hashes = b"".join(map(xxhash.xxh3_64_digest, [texts[start + index] for index in indexes] if texts else own))
        return Part([start + index for index in indexes], own, found, kinds, bundles, hashes, told, sorted(loud))

    def _decoded(self, data: bytes, lines: Sequence[bytes]) -> tuple[list[Any], Sequence[int]]:
        """(structs, index of each one's line) of the lines that have no other keys than known ones."""
        indexes: Sequence[int] = range(len(lines))
        if not all(lines) or set(map(_first, lines)) != _OPEN:
            indexes = [index for index, line in enumerate(lines) if line[:1] == b"{"]
            lines = [lines[index] for index in indexes]
            data = b"\n".join(lines)
        if set(map(_last, lines)) == _CLOSE:
            # no object can then reach over a line's end, or share a line with another without changing their number
            try:
                structs = self._layout.decoder.decode_lines(data)
                if len(structs) == len(lines):
                    self._failed = 0
                    return structs, indexes
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass  # one by one
        return self._one_by_one(indexes, lines)

    def _one_by_one(self, indexes: Sequence[int], lines: Sequence[bytes]) -> tuple[list[Any], Sequence[int]]:
        structs, found, decode = [], [], self._layout.decoder.decode
        for index, line in zip(indexes, lines, strict=True):
            try:
                structs.append(decode(line))
                found.append(index)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._failed += 1
                if self._failed > _GIVE_UP and not structs:
                    break  # other logs than those it knows
        return structs, found

    def _named_otherwise(self, columns: Columns, count: int) -> set[int]:
        """Positions of those of so many lines without the key that groups lines, but with a trace id."""
        others = self._layout.other_traces
        if not others:
            return set()
        own = self._layout.taken.get("trace")
        without = [at for at in range(count) if own is None or columns[own][at] is ABSENT]
        return {at for at in without if any(columns[key][at] is not ABSENT for key in others)}

    def _giants(self, columns: Columns) -> set[int]:
        """Positions of lines with integers that the general way reads as floats, or with what is no plain value."""
        found: set[int] = set()
        for key, kind in self._layout.types.items():
            if kind is Any:
                types = set(map(type, columns[key]))
                if int in types or not types <= _PLAIN_TYPES:
                    found.update(
                        at for at, value in enumerate(columns[key])
                        if value.__class__ not in _PLAIN_TYPES or (value.__class__ is int and not -(1 << 63) <= value < 1 << 64)
                    )  # fmt: skip
        return found


_first, _last = itemgetter(0), itemgetter(-1)
_OPEN, _CLOSE = {ord("{")}, {ord("}")}
