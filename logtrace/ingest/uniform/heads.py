"""The heads of lines that are read together, and what kind of line each of them tells.

A head is all of a line but what stands in columns and bundles. The first line of each head is read the general way, and its
record is the Template of all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from operator import attrgetter, itemgetter
from typing import Any, Literal

import orjson

from logtrace.ingest.columns.cells import loud_at, unit_told
from logtrace.ingest.columns.paths import Path, concept_paths, format_of, leaves
from logtrace.ingest.columns.plans import Values
from logtrace.ingest.columns.source import ABSENT, Around
from logtrace.ingest.envelopes import may_be_wrapped
from logtrace.ingest.uniform.known_keys import Columns, Layout
from logtrace.ingest.uniform.objects import SILENT, Sign
from logtrace.ingest.uniform.parts import Kind
from logtrace.ingest.vocabulary.bare import is_id
from logtrace.ingest.vocabulary.levels import ERROR, SPOKEN
from logtrace.model import Flag, Record, Role
from logtrace.reconstruct.spans.runs import Bundle
from logtrace.units import instant_ns

_KINDS = 2_000
"""So many kinds are remembered."""

_NEW, _MANY = 4, 400
"""Where one line of so many is of a new kind, heads hold too much; of fewer lines that is not to be told."""

_OWN, _LONG = 4 / 3, 2
"""Where one line of so many is of a new kind, so many times in a row, there is no end of them."""

_VAIN = 16
"""So many lines of a block are looked at of which none stands for others: what else is new in it is likely to be like them."""

_FEW = 12
_OF_LINE = int(Flag.DURATION_IN_TEXT | Flag.IDS_IN_TEXT | Flag.INVALID_DURATION)
_OF_UNIT = int(Flag.UNIT_ASSUMED | Flag.UNIT_LIBRARY)
_OF_KIND = _OF_UNIT | int(Flag.STATUS_OK | Flag.STATUS_UNSET)
_MADE = int(Flag.SPAN_FROM_LINE)
_SPOKEN = frozenset(SPOKEN.values())
_MAY_TELL = (int(Role.POINT), int(Role.COMPLETE))
"""Roles of lines without a duration of their own, the latter where they tell start and end."""


class Heads:
    """Tells the kinds of lines of one layout, and learns them.

    crowded   whether heads tell too many kinds to go on like this
    """

    def __init__(self, layout: Layout, values: dict[str, Values], zone: tzinfo) -> None:
        self._layout = layout
        self._values = values
        self._zone = zone
        self._kinds: dict[Any, dict[Any, Kind | Literal[False]]] = {}  # False: each line is to be read by itself
        self._naming: dict[tuple[Path, ...], bool] = {}  # which keys have a request id among them
        self.crowded = False
        self._strange = 0

    def kinds_of(
        self, columns: Columns, heads: list[tuple[Any, ...]], found: Mapping[str, Sequence[Any]], bundles: list[Bundle],
        lines: Sequence[bytes], around: Around, loud: set[int],
    ) -> list[Kind | Literal[False]]:  # fmt: skip
        """The kind of each line; kinds not met before are learnt from their first line that is not loud.

        columns: by key; found: those that hold concepts, by concept.
        """
        constant, varying = _types(found)
        parts: list[Sequence[Any]] = [heads, *varying, *self._beside(columns, bundles)]
        kinds = self._kinds.setdefault((around.service, constant, len(parts)), {})
        keys: Sequence[Any] = list(zip(*parts, strict=True)) if len(parts) > 1 else heads
        try:
            known = list(map(kinds.get, keys))
        except TypeError:  # a list where there was none
            return [False] * len(heads)
        if None in known:
            new = [at for at, kind in enumerate(known) if kind is None]
            before, vain = len(kinds), 0
            for at in new:
                if at not in loud and keys[at] not in kinds and vain < _VAIN:
                    made = self._kind(
                        around, lines[at], heads[at], bundles[at], {key: column[at] for key, column in found.items()}
                    )
                    if made is None:
                        vain += 1
                    else:
                        kinds[keys[at]] = made
            for at in new:
                known[at] = kinds.get(keys[at], False)
            if len(heads) >= _MANY:
                self._strange = self._strange + 1 if (len(kinds) - before) * _OWN > len(heads) else 0
            self.crowded |= self.is_full() or len(new) * _NEW > len(heads) >= _MANY
        return known  # type: ignore[return-value]

    def is_full(self) -> bool:
        """Whether more kinds are known than are to be, or nearly each line has been of its own for long enough."""
        return self._strange >= _LONG or sum(map(len, self._kinds.values())) > _KINDS

    def rich_keys(self) -> list[str]:
        """The keys with the most values, which heads can do without."""
        distinct: list[set[Any]] = [set() for _ in self._layout.head]
        for (_, _, parts), kinds in self._kinds.items():
            for head in kinds if parts == 1 else map(_first, kinds):
                for values, value in zip(distinct, head, strict=True):
                    values.add(value)
        meant = self._layout.meant
        return [key for key, values in zip(self._layout.head, distinct, strict=True) if len(values) > _FEW and key not in meant]

    def _beside(self, columns: Columns, bundles: list[Bundle]) -> list[list[Any]]:
        """What tells the kinds of lines beside heads and the types of columns."""
        found: list[list[Any]] = []
        signs = list(map(_sign_of, bundles))
        if signs.count(SILENT) != len(signs):
            found.append(self._signs(columns, signs))
        found += [list(map(type, columns[key])) for key in self._layout.head if self._layout.types[key] is Any]
        objects, varied = self._layout.telling
        found += [[bool(bytes(text)) for text in columns[key]] for key in objects]
        found += [[value is ABSENT for value in columns[key]] for key in varied]
        return found

    def _signs(self, columns: Columns, signs: list[Any]) -> list[Any]:
        """What the objects of each line say of concepts to a line that has a name of its own, or has none."""
        name = self._layout.taken.get("name")
        if name is None or not all(names := columns[name]):
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
        bounds = [self._instant(told.get(concept)) for concept in ("start", "end")]
        if isinstance(record, Record) and None in bounds:
            record = _without_told(record)
        if not isinstance(record, Record) or (self._layout.may_be_wrapped and may_be_wrapped(orjson.loads(line))):
            return False
        named = dict(zip(self._layout.head, head, strict=True))
        if is_id(named.get("span")):
            return False
        if record.body in SPOKEN and named.get(self._layout.taken.get("event", ""), ABSENT) is ABSENT:
            if bounds != [None, None] or (isinstance(bundle.sign, Sign) and bundle.sign.tells("event")):
                return None
            if record.role in _SPOKEN:  # others of its kind say other things
                record = record._replace(role=int(Role.POINT))
        if record.flags & _OF_LINE or (duration.__class__ is str and record.flags & _OF_UNIT):
            return None
        if record.links or [record.start_ns, record.end_ns] != bounds or record.flags & ~(_OF_KIND | _MADE):
            return False
        if record.flags & _MADE and self._names_request(orjson.loads(line)):
            return False
        own = set(record.attributes)
        made = [
            self._values.setdefault(key, Values(key)).attribute(value)
            for key, value in zip(self._layout.head, head, strict=True)
            if value is not ABSENT
        ]
        attributes = tuple(each for each in made if each in own)  # what holds a concept may be none
        if sorted(a.pair for a in record.attributes) != sorted(a.pair for a in attributes + bundle.attributes):
            return False
        unit = unit_told(orjson.loads(line))[0] if duration is not ABSENT else ""
        may_tell = duration is ABSENT and record.role in _MAY_TELL and not format_of(orjson.loads(line)).silent
        return Kind(record, attributes, unit, may_tell, self._may_fail(record, head, bundle))

    def _names_request(self, record: dict[str, Any]) -> bool:
        """Whether a record has a request id, which its span may be made of: that is for the line alone."""
        shape = tuple(leaves(record, ()))
        if shape not in self._naming:
            paths, _ = concept_paths(list(shape), format_of(record), self._layout.trace_key)
            self._naming[shape] = "request" in paths
        return self._naming[shape]

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


def _without_told(record: Record) -> Record:
    """The record as that of a line whose message tells no duration."""
    in_text = Flag.DURATION_IN_TEXT.value
    return record._replace(role=int(Role.POINT), flags=record.flags & ~in_text) if record.flags & in_text else record


_sign_of = attrgetter("sign")
_first = itemgetter(0)


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
