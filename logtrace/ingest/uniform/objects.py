"""Objects inside lines, such as `tags`: their text → the attributes they hold.

The same object comes in many lines, so each text is read once. And the same members come in many objects: a text is cut
at its commas into members, most of which are known; the others are parsed one by one.

    {"user.id":"u-7","task":"review"}  →  user.id":"u-7"  ·  task":"review"

A piece that is a member by itself can't be anything else: a cut inside a string, a list or an object leaves a piece with
a quote or a bracket too few, which is none. Then the whole is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import orjson

from logtrace.ingest.columns.paths import attribute_key, consumed_at, leaves, names_key
from logtrace.ingest.columns.plans import Values
from logtrace.ingest.vocabulary.aliases import FAILING, KEPT, is_decimal
from logtrace.ingest.vocabulary.headers import header_name
from logtrace.ingest.vocabulary.inner_ids import names_inner_trace
from logtrace.ingest.vocabulary.levels import status_error, status_flag
from logtrace.ingest.vocabulary.wanted import wanted
from logtrace.model import Attribute
from logtrace.reconstruct.spans.runs import Bundle

_TEXTS, _MEMBERS, _SHAPES = 8_000, 16_000, 8_000
_STEP = "\0"
"""Joins the steps to a member of an object inside an object."""

LOUD = Bundle((), None)
"""Stands for an object that says more than attributes: its line is read by itself."""

_QUIET = frozenset((None, False, "", "ok", "OK", "Ok", "success"))
_VARYING = frozenset(("time", "trace", "span", "parent", "body", "start", "end", "duration"))
_NAMELESS = frozenset(("method", "route", "logger"))


class Sign(NamedTuple):
    """What an object says of concepts: to a line that names its operation, and to one that does not; apart from that, what it
    tells of errors and status as (concept, place in its list, value), and whether that may be an error."""

    named: tuple[Any, ...]
    nameless: tuple[Any, ...]
    told: tuple[tuple[str, int, Any], ...] = ()
    fails: bool = False

    def tells(self, concept: str) -> bool:
        """Whether an object says anything of a concept."""
        return any(each[0] == concept for each in self.nameless)


SILENT = Sign((), ())
NOTHING = Bundle((), frozenset(), SILENT)
"""Stands for an object that a line does not have."""


class _Member:
    """A member by its text: its name, the attribute it is (None for null), its value."""

    __slots__ = ("attribute", "name", "value")

    def __init__(self, name: str | None, attribute: Attribute | None, value: Any) -> None:
        self.name = name
        self.attribute = attribute
        self.value = value


_name_of, _attribute_of = attrgetter("name"), attrgetter("attribute")
_NO_MEMBER = _Member(None, None, None)
"""Stands for a piece that is no member: no shape has its name."""


class _Shape:
    """Objects of certain members.

    names     the keys of their attributes, none that a concept uses up; keys: the same, None where one comes twice
    kept      which members those are, None: all
    concepts  the members that hold concepts, as (member, concept, place in its list)
    is_plain  whether all members are attributes and none holds a concept
    signs     what such members say, by their texts
    uses      how many objects were read since Values was told
    """

    __slots__ = ("concepts", "is_plain", "kept", "keys", "names", "signs", "uses")

    def __init__(self, names: list[str], kept: list[int] | None, concepts: tuple[tuple[int, str, int], ...]) -> None:
        keys = frozenset(names)
        self.names = names
        self.keys = keys if len(keys) == len(names) else None
        self.kept = kept
        self.concepts = concepts
        self.is_plain = kept is None and not concepts
        self.signs: dict[tuple[bytes, ...], Sign | None] = {}
        self.uses = 0

    def bundle(self, members: list[_Member], pieces: Sequence[bytes]) -> Bundle:
        """The bundle of an object; pieces: the texts of its members, or of the whole of it."""
        sign: Sign | None = SILENT
        if self.concepts:
            told = tuple([pieces[at] for at, _, _ in self.concepts]) if len(pieces) == len(members) else tuple(pieces)
            if told not in self.signs:
                if len(self.signs) > _SHAPES:
                    self.signs.clear()
                self.signs[told] = _sign(members, self.concepts)
            sign = self.signs[told]
            if sign is None:
                return LOUD
        self.uses += 1
        attributes = [member.attribute for member in members]
        if self.kept is not None:
            attributes = [attributes[at] for at in self.kept]
        if None in attributes:
            return Bundle.of(tuple(filter(None, attributes)), sign)
        return Bundle(tuple(attributes), self.keys, sign)  # type: ignore[arg-type]


class Objects:
    """Reads the objects that stand under one key of lines. trace_key: the key that groups lines, before any trace id."""

    def __init__(self, key: str, values: dict[str, Values], trace_key: str = "") -> None:
        self._key = key
        self._trace_key = trace_key
        self._values = values
        self._own: dict[str, Values] = {}  # by the name of the member
        self._known: dict[bytes, Bundle] = {b"": NOTHING}
        self._members: dict[bytes, _Member] = {}
        self._shapes: dict[tuple[str, ...], _Shape | None] = {}

    def column(self, objects: Sequence[Any]) -> list[Bundle]:
        """The attributes of each object, as JSON text; LOUD where one is more than attributes, or no object."""
        texts = list(map(bytes, objects))
        found = list(map(self._known.get, texts))
        if None not in found:
            return found  # type: ignore[return-value]
        self._make_room()
        self._learn([text for text, bundle in zip(texts, found, strict=True) if bundle is None])
        known = self._known
        return [bundle or known[text] for text, bundle in zip(texts, found, strict=True)]

    def _learn(self, texts: list[bytes]) -> None:
        """Reads objects that are not known yet. All members of all of them are looked up in one go."""
        new = list(dict.fromkeys(texts))
        pieces = [text[2:-1].split(b',"') for text in new]
        flat = list(chain.from_iterable(pieces))
        members = list(map(self._members.get, flat))
        if None in members:
            unknown = dict.fromkeys([piece for piece, member in zip(flat, members, strict=True) if member is None])
            made = {piece: self._member_alone(piece) for piece in unknown}
            members = [member or made[piece] for piece, member in zip(flat, members, strict=True)]
        names, attributes = list(map(_name_of, members)), list(map(_attribute_of, members))
        known, shape_of, whole = self._known, self._shapes.get, None not in attributes
        start = 0
        for text, own in zip(new, pieces, strict=True):
            end = start + len(own)
            shape = shape_of(tuple(names[start:end]))
            if shape is None:
                known[text] = self._parsed(text, own)
            elif whole and shape.is_plain:
                shape.uses += 1
                known[text] = Bundle(tuple(attributes[start:end]), shape.keys, SILENT)
            else:
                known[text] = shape.bundle(members[start:end], own)  # type: ignore[arg-type]
            start = end
        self._count()

    def _make_room(self) -> None:
        if len(self._known) > _TEXTS:
            self._known = {b"": NOTHING}
        if len(self._members) > _MEMBERS:
            self._members = {}
        if len(self._shapes) > _SHAPES:
            self._shapes = {}

    def _count(self) -> None:
        """Tells Values how often their attributes were met."""
        for shape in self._shapes.values():
            if shape is not None and shape.uses:
                for name in shape.names:
                    self._values[name].uses += shape.uses
                shape.uses = 0

    def _member_alone(self, piece: bytes) -> _Member:
        """What a piece of text between two commas is, _NO_MEMBER where it is not one member with a plain value."""
        try:
            alone = orjson.loads(b'{"' + piece + b"}")
        except orjson.JSONDecodeError:  # cut inside a string, a list or an object
            return _NO_MEMBER
        if len(alone) != 1:
            return _NO_MEMBER
        ((name, value),) = alone.items()
        if value.__class__ is dict or value.__class__ is list:
            return _NO_MEMBER
        self._members[piece] = made = self._member(name, value)
        return made

    def _parsed(self, text: bytes, pieces: list[bytes]) -> Bundle:
        """The bundle of an object that is read as JSON."""
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:  # msgspec only skims what it leaves raw
            return LOUD
        if value.__class__ is list and not wanted({self._key}):
            return Bundle.of(tuple(filter(None, (self._member("", value).attribute,))), SILENT)
        if value.__class__ is not dict or not value:
            return LOUD
        flat = dict(_flat(value)) if b"{" in text[1:] else value
        names = tuple(flat)
        if names not in self._shapes:
            self._shapes[names] = self._shape(names)
        shape = self._shapes[names]
        if shape is None:
            return LOUD
        plain = len(pieces) == len(flat) and b"[" not in text and flat is value
        return shape.bundle([self._member(name, leaf) for name, leaf in flat.items()], pieces if plain else (text,))

    def _member(self, name: str, leaf: Any) -> _Member:
        values = self._own.get(name)
        if values is None:
            key = attribute_key((self._key, *name.split(_STEP)) if name else (self._key,))
            values = self._own[name] = self._values.setdefault(key, Values(key))
        return _Member(name, values.attribute(leaf), leaf)

    def _shape(self, names: tuple[str, ...]) -> _Shape | None:
        """How to read objects with these members; None where only the whole line can tell."""
        lasts = [name.rpartition(_STEP)[2] for name in names]
        if any(header_name(last) or is_decimal((last,)) for last in lasts) or is_decimal((self._key,)):
            return None
        concepts: dict[str, tuple[int, str, int]] = {}
        kept, keys = [], []
        for at, name in enumerate(names):
            path = (self._key, *name.split(_STEP))
            flat = attribute_key(path)
            found = wanted({flat, ".".join(path)})
            if names_inner_trace(".".join(path)) or (self._trace_key and names_key(path, self._trace_key)):
                return None
            if len(found) > 1 or any(concept in concepts for concept in found):
                return None
            for concept, place in found.items():
                concepts[concept] = (at, concept, place)
            if not found or not consumed_at(path) or KEPT.intersection(found):
                kept.append(at)
                keys.append(flat)
        return _Shape(keys, None if len(kept) == len(names) else kept, tuple(concepts.values()))


def _sign(members: list[_Member], concepts: tuple[tuple[int, str, int], ...]) -> Sign | None:
    """What the members that hold concepts say; None where that is for the line alone."""
    named: list[Any] = []
    nameless: list[Any] = []
    told: list[tuple[str, int, Any]] = []
    fails = False
    for at, concept, place in concepts:
        value = members[at].value
        if concept in _VARYING or (concept == "link" and value is not None) or value.__class__ in (list, dict):
            return None
        if concept == "status":
            told.append((concept, place, value))
            fails |= bool(status_error(value))
            named.append((concept, place, bool, bool(status_flag(value, True))))
            nameless.append(named[-1])
        elif concept in FAILING:
            told.append((concept, place, value))
            fails |= concept != "stack" and value not in _QUIET
        elif concept in _NAMELESS:
            nameless.append((concept, place, value.__class__, value))
            if concept == "method":
                named.append((concept, place, bool, value is not None))
        elif concept == "request":  # a span may be made of it
            named.append((concept, place, bool, value is not None))
            nameless.append(named[-1])
        else:
            named.append((concept, place, value.__class__, value))
    if fails:
        named.append(("error", 0, bool, True))
    return Sign(tuple(named), (*named, *nameless), tuple(told), fails) if named or nameless or told else SILENT


def _flat(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path in leaves(value, ()):
        leaf: Any = value
        for step in path:
            leaf = leaf[step]
        yield _STEP.join(path), leaf
