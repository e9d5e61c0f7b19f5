"""Uniform lines: the quick way to read logs whose lines share most of their keys, as nearly all logs do.

All lines of a piece of log are decoded in one go into structs of the keys met so far (msgspec: about 0.6 of the time
that orjson needs for dictionaries), and objects such as `tags`, whose text comes again and again, are read once for each text.
It gives the very values that the plans of single shapes give, or nothing: whatever is not plainly the same (a new key,
an object where there was none, a broken line) sends the piece the general way. A differential property test holds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import orjson

from logtrace.ingest.envelopes import may_be_wrapped
from logtrace.ingest.formats.aliases import ALIASES, DURATIONS, KEPT
from logtrace.ingest.formats.plans import Values, attribute_key, consumed_at, leaves
from logtrace.model import Attribute, plain_key

ABSENT = msgspec.UNSET
"""Stands for a parent key that a line does not have; a null there says that the span is a root."""

_KEYS, _REBUILDS, _MEMO = 64, 24, 8_000
_PLAIN_TYPES = frozenset((str, int, float, bool, type(None), type(ABSENT)))
_TEXTS = frozenset((str, type(None)))


class Source(NamedTuple):
    """What Columns reads: the values of concepts by name, attributes and text of each line, the unit of durations."""

    concepts: dict[str, Sequence[Any]]
    attributes: Sequence[tuple[Attribute, ...]]
    lines: Sequence[bytes]
    unit: str
    objects: Sequence[dict[str, Any]]


class _Inner(NamedTuple):
    """An object inside a line, read: its attributes, and (place in the concept's list, value) of concepts in it."""

    attributes: tuple[Attribute, ...]
    concepts: dict[str, tuple[int, Any]]


def _places() -> tuple[dict[str, list[tuple[str, int]]], dict[str, list[tuple[str, int]]]]:
    """For each spelling the concepts that ask for it and its place in their lists, exact and loose."""
    exact: dict[str, list[tuple[str, int]]] = {}
    loose: dict[str, list[tuple[str, int]]] = {}
    tables = {**ALIASES, "duration": tuple(key for key, _ in DURATIONS)}
    for concept, keys in tables.items():
        for place, key in enumerate(keys):
            exact.setdefault(key, []).append((concept, place))
            if len(plain_key(key)) > 2:
                loose.setdefault(plain_key(key), []).append((concept, place + len(keys)))
    return exact, loose


_EXACT, _LOOSE = _places()


def _wanted(spellings: set[str]) -> dict[str, int]:
    """Concept → best place of a key by its spellings; more than one concept means that only a whole shape can tell."""
    found: dict[str, int] = {}
    for spelling in spellings:
        for concept, place in [*_EXACT.get(spelling, ()), *_LOOSE.get(plain_key(spelling), ())]:
            found[concept] = min(place, found.get(concept, place))
    return found


class Uniform:
    """Reads pieces of log whose keys are known. Learns keys from the lines that went the general way."""

    def __init__(self, values: dict[str, Values]) -> None:
        self._values = values
        self._keys: dict[str, bool] = {}  # key → whether it holds objects
        self._rebuilds = 0
        self._decode: Callable[[bytes], list[Any]] | None = None
        self._inner: dict[str, dict[bytes, _Inner | None]] = {}  # by the key that holds the object, then by its text
        self._top: dict[tuple[Any, ...], tuple[Attribute, ...]] = {}
        self._inner_shapes: dict[tuple[str, ...], _InnerShape | None] = {}
        self._names: tuple[str, ...] = ()
        self._concept_of: dict[str, tuple[str, int]] = {}
        self._attribute_keys: tuple[str, ...] = ()
        self._unit = ""

    def learn(self, record: dict[str, Any]) -> None:
        """Takes note of the keys of a record."""
        news = {key: value.__class__ is dict for key, value in record.items() if key not in self._keys and _learnable(key)}
        if not news or self._rebuilds > _REBUILDS:
            return
        self._keys.update(news)
        self._rebuilds += 1
        self._decode = self._built() if len(self._keys) <= _KEYS else None

    def _built(self) -> Callable[[bytes], list[Any]] | None:
        """The decoder for the known keys; None where a key has two meanings, its unit depends on the library, or an object of
        these keys may be an envelope."""
        if may_be_wrapped(self._keys):
            return None
        self._concept_of = {}
        taken: set[str] = set()
        for key, holds_objects in self._keys.items():
            wanted = {} if holds_objects else _wanted({key})
            if len(wanted) > 1 or any(concept in taken for concept in wanted):
                return None
            taken.update(wanted)
            self._concept_of.update((key, found) for found in wanted.items())
        durations = [_unit_of(key) for key, (concept, _) in self._concept_of.items() if concept == "duration"]
        if "" in durations:
            return None
        self._unit = durations[0] if durations else ""
        self._names = tuple(self._keys)
        consumed = {key for key, (concept, _) in self._concept_of.items() if concept not in KEPT}
        self._attribute_keys = tuple(key for key in self._names if not self._keys[key] and key not in consumed)
        self._top.clear()
        self._inner.clear()
        fields = [(f"f{i}", *self._field(key)) for i, key in enumerate(self._names)]
        names = {f"f{i}": key for i, key in enumerate(self._names)}
        struct = msgspec.defstruct("Line", fields, rename=names, forbid_unknown_fields=True, gc=False)
        return msgspec.json.Decoder(struct).decode_lines

    def _field(self, key: str) -> tuple[Any, Any]:
        if self._keys[key]:
            return msgspec.Raw, msgspec.field(default=msgspec.Raw(b""))
        return Any, ABSENT if key in self._concept_of else None

    def read(self, lines: list[bytes]) -> Source | None:
        """The values of lines; None where only the general way is safe. Takes a last empty line out of `lines`."""
        if lines and not lines[-1]:
            del lines[-1]
        if self._decode is None or not lines:
            return None
        try:
            structs = self._decode(b"\n".join(lines))
            if len(structs) != len(lines):
                return None  # blank lines, or two objects in one
            return self._source(
                dict(zip(self._names, zip(*map(msgspec.structs.astuple, structs), strict=True), strict=True)), lines
            )
        except (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError):
            return None

    def _source(self, columns: dict[str, Sequence[Any]], lines: Sequence[bytes]) -> Source | None:
        concepts: dict[str, tuple[int, Sequence[Any]]] = {}
        for key, column in columns.items():
            if not self._keys[key]:
                types = set(map(type, column))
                if not types <= _PLAIN_TYPES or (int in types and _has_giants(column)):
                    return None
                if key in self._concept_of:
                    concept, place = self._concept_of[key]
                    concepts[concept] = (place, column)
        attributes = self._top_attributes(columns)
        for key in self._names:
            if self._keys[key]:
                inners = self._inners(key, columns[key])
                if inners is None or not _take(concepts, inners):
                    return None
                attributes = [own + inner.attributes for own, inner in zip(attributes, inners, strict=True)]
        return Source(
            {concept: _settled(concept, column) for concept, (_, column) in concepts.items()}, attributes, lines, self._unit, ()
        )

    def _top_attributes(self, columns: dict[str, Sequence[Any]]) -> list[tuple[Attribute, ...]]:
        """The attributes at the top of each line; combinations of texts are remembered."""
        chosen = [_settled("", columns[key]) for key in self._attribute_keys]
        if not chosen:
            return [()] * len(next(iter(columns.values())))
        if all(set(map(type, column)) <= _TEXTS for column in chosen):
            if len(self._top) > _MEMO:
                self._top.clear()
            known, read = self._top.get, self._read_top
            return [known(row) or read(row) for row in zip(*chosen, strict=True)]
        made = [self._values_of(key).column(column) for key, column in zip(self._attribute_keys, chosen, strict=True)]
        return [tuple(filter(None, row)) for row in zip(*made, strict=True)]

    def _read_top(self, row: tuple[Any, ...]) -> tuple[Attribute, ...]:
        found = [self._values_of(key).column((value,))[0] for key, value in zip(self._attribute_keys, row, strict=True)]
        made = self._top[row] = tuple(filter(None, found))
        return made

    def _values_of(self, key: str) -> Values:
        return self._values.setdefault(key, Values(key))

    def _inners(self, key: str, column: Sequence[Any]) -> list[_Inner] | None:
        """The objects under one key; None where one is no object, or needs its whole shape."""
        texts = list(map(bytes, column))
        known = self._inner.setdefault(key, {})
        if len(known) > _MEMO:
            known.clear()
        for text in set(texts).difference(known):
            known[text] = self._read_inner(key, text)
        found = [known[text] for text in texts]
        return found if all(found) else None  # type: ignore[return-value]

    def _read_inner(self, key: str, text: bytes) -> _Inner | None:
        if not text:
            return _EMPTY
        value = orjson.loads(text)
        if value.__class__ is not dict or not value:
            return None
        if b"{" in text[1:]:
            value = dict(_flat(value))
        shape = (key, *value)
        if shape not in self._inner_shapes:
            if len(self._inner_shapes) > _MEMO:
                self._inner_shapes.clear()
            self._inner_shapes[shape] = self._inner_shape(key, list(value))
        plan = self._inner_shapes[shape]
        if plan is None:
            return None
        leaves_found = list(value.values())
        try:
            attributes = [known(leaf) for known, leaf in zip(plan.known, leaves_found, strict=True)]
        except TypeError:  # a list among them
            attributes = [None] * len(leaves_found)
        if not all(attributes):
            attributes = [
                found or values.column((leaf,))[0]
                for found, values, leaf in zip(attributes, plan.values, leaves_found, strict=True)
            ]
        if plan.used_up:
            attributes = [found for at, found in enumerate(attributes) if at not in plan.used_up]
        return _Inner(
            tuple(filter(None, attributes)), {concept: (place, leaves_found[at]) for at, concept, place in plan.concepts}
        )

    def _inner_shape(self, key: str, names: list[str]) -> _InnerShape | None:
        """How to read objects under a key that have these members; None where only a whole shape can tell."""
        members = [self._member(key, name) for name in names]
        concepts = [(at, member.concept, member.place) for at, member in enumerate(members) if member.concept]
        if any(member.several for member in members) or len({concept for _, concept, _ in concepts}) < len(concepts):
            return None
        used_up = frozenset(at for at, member in enumerate(members) if not member.kept)
        values = [member.values for member in members]
        return _InnerShape([value.texts.get for value in values], values, used_up, concepts)

    def _member(self, key: str, name: str) -> _Member:
        path = (key, *name.split(_STEP)) if _STEP in name else (key, name)
        flat = attribute_key(path)
        wanted = _wanted({flat, ".".join(path)})
        concept, place = next(iter(wanted.items()), ("", 0))
        kept = not concept or not consumed_at(path) or concept in KEPT
        return _Member(self._values_of(flat), concept, place, kept, len(wanted) > 1 or "duration" in wanted)


def _learnable(key: str) -> bool:
    """Whether a key may be a field: msgspec takes no quotes and control characters; `log` may be an envelope's."""
    return key != "log" and key.isprintable() and not _QUOTING.intersection(key)


_QUOTING = frozenset('"\\')
_STEP = "\0"
"""Joins the steps to a member of an object inside an object."""


class _Member(NamedTuple):
    """What a key inside an object is: an attribute (unless used up by a concept), a concept at a place in its list;
    several: it may be more than one thing, and only a whole shape can tell."""

    values: Values
    concept: str
    place: int
    kept: bool
    several: bool


class _InnerShape(NamedTuple):
    """How to read objects of one set of members: what knows the attribute of a text, and of anything, for each member;
    those that a concept uses up; (member, concept, place in its list) of those that hold concepts."""

    known: list[Callable[[str], Attribute | None]]
    values: list[Values]
    used_up: frozenset[int]
    concepts: list[tuple[int, str, int]]


_EMPTY = _Inner((), {})


def _flat(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path in leaves(value, ()):
        leaf: Any = value
        for step in path:
            leaf = leaf[step]
        yield _STEP.join(path), leaf


def _take(concepts: dict[str, tuple[int, Sequence[Any]]], inners: list[_Inner]) -> bool:
    """Adds what objects say of concepts; False where only a whole shape can tell which key counts."""
    told = {concept for inner in inners if inner.concepts for concept in inner.concepts}
    if "name" in concepts and all(concepts["name"][1]):
        told -= _NAMELESS  # they make names for lines that have none
    for concept in told:
        found = [inner.concepts.get(concept, _NOTHING) for inner in inners]
        if concept not in concepts:
            concepts[concept] = (0, [value for _, value in found])
            continue
        place, column = concepts[concept]
        pairs = list(zip(column, found, strict=True))
        both = [(own, other) for own, other in pairs if own is not ABSENT and other is not _NOTHING]
        if both and (concept not in KEPT or any(other[0] != both[0][1][0] for _, other in both)):
            return False
        prefer_own = not both or place <= both[0][1][0]
        concepts[concept] = (0, [_either(own, other, prefer_own) for own, other in pairs])
    return True


_NOTHING = (0, ABSENT)
_NAMELESS = frozenset(("method", "route", "logger"))


def _either(own: Any, other: tuple[int, Any], prefer_own: bool) -> Any:
    if own is ABSENT or (other is not _NOTHING and not prefer_own):
        return other[1]
    return own


def _has_giants(column: Sequence[Any]) -> bool:
    """Whether there are integers that orjson reads as floats."""
    return any(value.__class__ is int and not -(1 << 63) <= value < 1 << 64 for value in column)


def _settled(concept: str, column: Sequence[Any]) -> Sequence[Any]:
    """The column with None for what a line does not have; of a parent, that stays told apart from null."""
    return column if concept == "parent" or ABSENT not in column else [None if value is ABSENT else value for value in column]


def _unit_of(key: str) -> str:
    """The unit that a duration's key tells, "" for none."""
    return next((unit for known, unit in DURATIONS if key == known), "") or next(
        (unit for known, unit in DURATIONS if plain_key(key) == plain_key(known)), ""
    )
