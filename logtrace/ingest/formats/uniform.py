"""Uniform lines: the quick way to read logs whose lines share most of their keys, as nearly all logs do.

All lines of a piece of log are decoded in one go into structs of the keys met so far. A line's *head* is all of it but
its ids, times, duration, message and objects such as `tags`. The first line of each head is read the general way, and
its record is the Template of all others: whatever the rules of the general way are, they are applied once a head.
What stands in columns (see runs.Run) is read column by column, by the very methods of the general way.

It gives the records that the general way gives, or leaves the line to it: lines with a key not met before, with ids or a
duration in the message, and all that can't be read as such a line. A property test holds that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from operator import attrgetter, itemgetter
from typing import Any, Literal

import msgspec
import orjson
import xxhash

from logtrace.ids import Ids
from logtrace.ingest.bare import is_id
from logtrace.ingest.envelopes import may_be_wrapped
from logtrace.ingest.formats.cells import loud_at, unit_told
from logtrace.ingest.formats.failing import Failing
from logtrace.ingest.formats.known_keys import KnownKeys
from logtrace.ingest.formats.levels import ERROR
from logtrace.ingest.formats.objects import LOUD, NOTHING, SILENT, Objects, Sign
from logtrace.ingest.formats.parts import Kind, Part, whole
from logtrace.ingest.formats.plans import Values
from logtrace.ingest.formats.source import ABSENT, Around
from logtrace.ingest.formats.together import Together
from logtrace.ingest.formats.wanted import unit_of
from logtrace.model import Attribute, Flag, Record, Role
from logtrace.reconstruct.runs import Bundle, Run
from logtrace.units import instant_ns

_HEADS, _BUNDLES = 2_000, 8_000
"""So many kinds are remembered, and so many bundles with attributes that heads do not have."""

_NEW, _FEW = 4, 12
"""Where one line of so many is of a new kind, keys with more values than that are taken out of the heads."""

_PLAIN_TYPES = frozenset((str, int, float, bool, type(None), type(ABSENT)))
_OF_LINE = int(Flag.DURATION_IN_TEXT | Flag.IDS_IN_TEXT | Flag.SPAN_FROM_LINE | Flag.INVALID_DURATION)
_OF_KIND = int(Flag.UNIT_ASSUMED | Flag.UNIT_LIBRARY | Flag.STATUS_OK | Flag.STATUS_UNSET)
_MAY_TELL = (int(Role.POINT), int(Role.COMPLETE))
"""Roles of lines without a duration of their own, the latter where they tell start and end."""

_GIVE_UP = 8
_AT_ONCE = 400
"""Lines whose values fit into the processor's cache together, about."""


class Uniform:
    """Reads pieces of log whose keys are known. Learns keys from the lines that went the general way."""

    def __init__(self, values: dict[str, Values], ids: Ids, zone: tzinfo) -> None:
        self._values = values
        self._zone = zone
        self._keys = KnownKeys()
        self._layout = self._keys.layout()
        self._objects: dict[str, Objects] = {}
        self._failing = Failing(self._layout, values)
        self._kinds: dict[Any, dict[Any, Kind | Literal[False]]] = {}  # False: each line is to be read by itself
        self._bundled: dict[tuple[Any, ...], Bundle] = {}
        self._together = Together(ids, zone)
        self._off = True  # until there is a key
        self._given_up = False
        self._failed = 0

    def learn(self, record: dict[str, Any]) -> None:
        """Takes note of the keys of a record, and of the types of their values."""
        if not self._given_up and self._keys.learn(record):
            self._build()

    def _build(self) -> None:
        self._layout = self._keys.layout()
        self._objects = {key: Objects(key, self._values) for key in self._layout.objects}
        self._failing = Failing(self._layout, self._values)
        self._kinds.clear()
        self._off = self._given_up

    # lines

    def read(self, data: bytes, lines: Sequence[bytes], around: Around) -> tuple[list[Run], Sequence[int]]:
        """(the records of lines, the indexes of those that are to be read the general way, in order).

        data: all lines as one text.
        """
        if self._off:
            return [], range(len(lines))
        parts: list[Part] = []
        for start in range(0, len(lines), _AT_ONCE):
            some = lines[start : start + _AT_ONCE]
            part = self._part(data if len(some) == len(lines) else b"\n".join(some), some, start, around)
            if part is not None:
                parts.append(part)
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

    def _part(self, data: bytes, lines: Sequence[bytes], start: int, around: Around) -> Part | None:
        """What a few lines say, the first of them the one of index `start`; None where they are of other logs."""
        structs, indexes = self._decoded(data, lines)
        if not structs:
            return None
        own = lines if len(indexes) == len(lines) else [lines[index] for index in indexes]
        columns = {concept: list(map(self._layout.fields[key], structs)) for concept, key in self._layout.holding.items()}
        bundles, loud = self._bundles(structs)
        loud |= self._giants(structs)
        heads = list(map(self._layout.head_of, structs))
        apart = self._failing.set_apart(structs, heads, bundles)
        kinds = self._kinds_of(structs, heads, columns, bundles, own, around, loud)
        told = self._failing.told(structs, bundles, kinds, apart)
        events = self._layout.fields[self._layout.taken["event"]] if "event" in self._layout.taken else None
        columns["event"] = list(map(events, structs)) if events else []
        hashes = b"".join(map(xxhash.xxh3_64_digest, own))
        return Part([start + index for index in indexes], own, columns, kinds, bundles, hashes, told, sorted(loud))

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

    def _giants(self, structs: list[Any]) -> set[int]:
        """Positions of lines with integers that the general way reads as floats, or with what is no plain value."""
        found: set[int] = set()
        for key, kind in self._layout.types.items():
            if kind is Any:
                column = list(map(self._layout.fields[key], structs))
                types = set(map(type, column))
                if int in types or not types <= _PLAIN_TYPES:
                    found.update(
                        at for at, value in enumerate(column)
                        if value.__class__ not in _PLAIN_TYPES or (value.__class__ is int and not -(1 << 63) <= value < 1 << 64)
                    )  # fmt: skip
        return found

    def _bundles(self, structs: list[Any]) -> tuple[list[Bundle], set[int]]:
        """(attributes besides those of the head, positions of lines with objects that say more than attributes)."""
        parts = [objects.column(list(map(self._layout.fields[key], structs))) for key, objects in self._objects.items()]
        bundles = parts[0] if parts else [NOTHING] * len(structs)
        for part in parts[1:]:
            bundles = [a if b is NOTHING else b if a is NOTHING else _both(a, b) for a, b in zip(bundles, part, strict=True)]
        wordy = {at for at, bundle in enumerate(bundles) if bundle is LOUD} if LOUD in bundles else set()
        if self._layout.varied:
            columns = [self._attributes(key, list(map(self._layout.fields[key], structs))) for key in self._layout.varied]
            bundles = list(map(self._with_own, bundles, *columns))
        return bundles, wordy

    def _with_own(self, bundle: Bundle, *own: Attribute | None) -> Bundle:
        """A bundle and attributes of the line itself, as one: the same one for all lines of the same."""
        found = self._bundled.get((bundle, *own))
        if found is None:
            if len(self._bundled) > _BUNDLES:
                self._bundled.clear()
            made = Bundle.of((*filter(None, own), *bundle.attributes), bundle.sign)
            found = self._bundled[bundle, *own] = made
        return found

    def _attributes(self, key: str, column: Sequence[Any]) -> list[Attribute | None]:
        return self._values.setdefault(key, Values(key)).column([None if value is ABSENT else value for value in column])

    # kinds

    def _kinds_of(
        self, structs: list[Any], heads: list[tuple[Any, ...]], found: Mapping[str, Sequence[Any]], bundles: list[Bundle],
        lines: Sequence[bytes], around: Around, loud: set[int],
    ) -> list[Kind | Literal[False]]:  # fmt: skip
        """The kind of each line; kinds not met before are learnt from their first line that is not loud."""
        constant, varying = _types(found)
        parts: list[Sequence[Any]] = [heads, *varying]
        signs = list(map(_sign_of, bundles))
        if signs.count(SILENT) != len(signs):
            parts.append(self._signs(structs, signs))
        parts += [
            list(map(type, map(self._layout.fields[key], structs))) for key in self._layout.head if self._layout.types[key] is Any
        ]
        objects, varied = self._layout.telling
        parts += [[bool(bytes(text)) for text in map(self._layout.fields[key], structs)] for key in objects]
        parts += [[value is ABSENT for value in map(self._layout.fields[key], structs)] for key in varied]
        kinds = self._kinds.setdefault((around.service, constant, len(parts)), {})
        keys: Sequence[Any] = list(zip(*parts, strict=True)) if len(parts) > 1 else heads
        try:
            known = list(map(kinds.get, keys))
        except TypeError:  # a list where there was none
            return [False] * len(structs)
        if None in known:
            new = [at for at, kind in enumerate(known) if kind is None]
            for at in new:
                if at not in loud and keys[at] not in kinds:
                    made = self._kind(
                        around, lines[at], heads[at], bundles[at], {key: column[at] for key, column in found.items()}
                    )
                    if made is not None:
                        kinds[keys[at]] = made
            for at in new:
                known[at] = kinds.get(keys[at], False)
            if self._is_full() or len(new) * _NEW > len(structs) == _AT_ONCE:
                self._relieve()
        return known  # type: ignore[return-value]

    def _signs(self, structs: list[Any], signs: list[Any]) -> list[Any]:
        """What the objects of each line say of concepts to a line that has a name of its own, or has none."""
        name = self._layout.taken.get("name")
        if name is None or not all(names := list(map(self._layout.fields[name], structs))):
            return [sign.nameless if sign else sign for sign in signs]
        return [
            sign.named if sign and own.__class__ is str else sign.nameless if sign else sign
            for sign, own in zip(signs, names, strict=True)
        ]

    def _kind(
        self, around: Around, line: bytes, head: tuple[Any, ...], bundle: Bundle, told: Mapping[str, Any]
    ) -> Kind | Literal[False] | None:
        """The kind of lines that a line stands for; False where each is to be read by itself, None where only this one is.

        told: what it says in columns, by concept.
        """
        duration = told.get("duration", ABSENT)
        record = around.read(line)
        if not isinstance(record, Record) or (self._layout.may_be_wrapped and may_be_wrapped(orjson.loads(line))):
            return False
        if is_id(dict(zip(self._layout.head, head, strict=True)).get("span")):
            return False
        if record.flags & _OF_LINE or (duration.__class__ is str and record.flags & _OF_KIND):
            return None
        bounds = [self._instant(told.get(concept)) for concept in ("start", "end")]
        if record.links or [record.start_ns, record.end_ns] != bounds or record.flags & ~_OF_KIND:
            return False
        own = set(record.attributes)
        made = [
            self._values.setdefault(key, Values(key)).column((value,))[0]
            for key, value in zip(self._layout.head, head, strict=True)
            if value is not ABSENT
        ]
        attributes = tuple(each for each in made if each in own)  # what holds a concept may be none
        if sorted(a.pair for a in record.attributes) != sorted(a.pair for a in attributes + bundle.attributes):
            return False
        unit = unit_told(orjson.loads(line))[0] if duration is not ABSENT else ""
        return Kind(
            record, attributes, unit, duration is ABSENT and record.role in _MAY_TELL, self._may_fail(record, head, bundle)
        )

    def _may_fail(self, record: Record, head: tuple[Any, ...], bundle: Bundle) -> bool:
        """Whether lines may tell an error by what their kind has in common: a level, a status, an object that says so."""
        told = dict(zip(self._layout.head, head, strict=True))
        states = [told[key] for key, concept, _ in self._layout.errors if concept == "status"]
        return (
            record.severity >= ERROR
            or (isinstance(bundle.sign, Sign) and bundle.sign.fails)
            or bool(loud_at([None if state is ABSENT else state for state in states]))
        )

    def _instant(self, value: Any) -> int | None:
        return None if value is None or value is ABSENT else instant_ns(value, self._zone)

    def _relieve(self) -> None:
        """Takes the keys with the most values out of the heads; gives up where too many kinds are left without."""
        distinct: list[set[Any]] = [set() for _ in self._layout.head]
        for (_, _, parts), kinds in self._kinds.items():
            for head in kinds if parts == 1 else map(_first, kinds):
                for values, value in zip(distinct, head, strict=True):
                    values.add(value)
        meant = self._layout.meant
        many = [key for key, values in zip(self._layout.head, distinct, strict=True) if len(values) > _FEW and key not in meant]
        self._keys.vary(many)
        self._given_up = not many and self._is_full()
        if many or self._given_up:
            self._build()

    def _is_full(self) -> bool:
        return sum(map(len, self._kinds.values())) > _HEADS


_sign_of = attrgetter("sign")
_first, _last = itemgetter(0), itemgetter(-1)
_OPEN, _CLOSE = {ord("{")}, {ord("}")}


def _types(found: Mapping[str, Sequence[Any]]) -> tuple[tuple[Any, ...], list[list[Any]]]:
    """(the type of the values of each column, None where there are several; the types of each value of such columns).

    Whether a line names its parent is told by a column of its own.
    """
    constant: list[Any] = []
    varying: list[list[Any]] = []
    for concept, column in found.items():
        types = set(map(type, column))
        if concept == "parent":
            types -= {type(ABSENT)} if len(types) > 1 else set()
        constant.append(types.pop() if len(types) == 1 else None)
        if constant[-1] is None:
            varying.append(list(map(type, column)))
    return tuple(constant), varying


def _both(a: Bundle, b: Bundle) -> Bundle:
    """The attributes of two objects of one line."""
    if a is LOUD or b is LOUD:
        return LOUD
    a_sign: Sign = a.sign  # type: ignore[assignment]
    b_sign: Sign = b.sign  # type: ignore[assignment]
    if not {concept for concept, _, _ in a_sign.told}.isdisjoint([concept for concept, _, _ in b_sign.told]):
        return LOUD
    return Bundle.of(
        a.attributes + b.attributes,
        Sign(
            a_sign.named + b_sign.named,
            a_sign.nameless + b_sign.nameless,
            a_sign.told + b_sign.told,
            a_sign.fails or b_sign.fails,
        ),
    )
