"""Plans: how to read records of one shape, worked out once per shape.

A shape is the keys of a record and of the objects in it. Its plan knows which key holds which concept of the alias
table and which keys are attributes, so that a line costs a dictionary lookup and one pass over its values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from logtrace.ingest.formats.aliases import ALIASES, CONTAINERS, DURATIONS, KEPT
from logtrace.model import Attribute, plain_key

Path = tuple[str, ...]
_DEPTH = 6
_SHAPES = 20_000
_VALUES = 16_384
_MANY, _REUSE = 500, 8


class Values:
    """The attributes of one key. Strings are found by value, all else by JSON text, because 1, 1.0 and true are equal to
    a dictionary and are not the same attribute."""

    __slots__ = ("distinct", "key", "texts", "uses")

    def __init__(self, key: str) -> None:
        self.key = key
        self.texts: dict[str, Attribute] = {}
        self.uses = 0
        self.distinct = 0

    @property
    def mostly_unique(self) -> bool:
        """Whether a value of this key is hardly ever looked up again, so that interning it costs more than it saves.

        Objects that come again as a whole are remembered as a whole (see `uniform`) and count once.
        """
        return self.distinct > _MANY and self.uses < self.distinct * _REUSE

    def column(self, values: Sequence[Any]) -> list[Attribute | None]:
        """The attribute of each value, None for null."""
        known = self.texts.get
        self.uses += len(values)
        try:
            found = list(map(known, values))
        except TypeError:  # a list among them
            return [self._other(value) for value in values]
        if not all(found):
            return [
                attribute or (self._text(value) if value.__class__ is str else self._other(value))
                for attribute, value in zip(found, values, strict=True)
            ]
        return found

    def _text(self, value: str) -> Attribute:
        if len(self.texts) >= _VALUES:
            self.texts.clear()
        attribute = self.texts.get(value)
        if attribute is None:
            self.distinct += 1
            attribute = self.texts[value] = Attribute.of(self.key, _dump(value).decode())
        return attribute

    def _other(self, value: object) -> Attribute | None:
        return None if value is None else Attribute.of(self.key, _dump(value).decode())


def _dump(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate or an integer over 64 bits; both only from text that was mended
        return orjson.dumps(str(value).encode("utf-8", "replace").decode())


class Group(NamedTuple):
    """The attributes that stand in one object of a record: where it is, what gives its values, what interns them."""

    path: Path
    get: Callable[[dict[str, Any]], tuple[Any, ...]]
    values: tuple[Values, ...]

    def columns(self, records: Sequence[dict[str, Any]]) -> Iterator[list[Attribute | None]]:
        """The attributes of each key, one for each record; None for null."""
        inner: Sequence[Any] = records
        for key in self.path:
            inner = [value[key] for value in inner]
        for values, column in zip(self.values, zip(*map(self.get, inner), strict=True), strict=True):
            yield values.column(column)


class Plan(NamedTuple):
    """How to read one shape.

    number      tells plans apart
    concepts    those that the shape has, in the order of `paths`
    paths       where they are
    top         gives the values of those at the top of a record
    attributes  everything that is an attribute, by the object it stands in
    unit        the unit in the duration's key, "" where the key has none
    """

    number: int
    concepts: tuple[str, ...]
    paths: tuple[Path, ...]
    top: Callable[[dict[str, Any]], tuple[Any, ...]]
    attributes: tuple[Group, ...]
    unit: str

    def attributes_of(self, records: Sequence[dict[str, Any]]) -> list[tuple[Attribute, ...]]:
        """The attributes of each record; nulls are none."""
        columns = [column for group in self.attributes for column in group.columns(records)]
        if all(map(all, columns)):
            return list(zip(*columns, strict=True)) if columns else [()] * len(records)
        return [tuple(filter(None, row)) for row in zip(*columns, strict=True)]

    def columns(self, records: Sequence[dict[str, Any]]) -> dict[str, Sequence[Any]]:
        """The values of each concept of the shape, one for each record."""
        shallow = [concept for concept, path in zip(self.concepts, self.paths, strict=True) if len(path) == 1]
        found: dict[str, Sequence[Any]] = (
            dict(zip(shallow, zip(*map(self.top, records), strict=True), strict=True)) if shallow else {}
        )
        for concept, path in zip(self.concepts, self.paths, strict=True):
            if len(path) > 1:
                inner: Sequence[Any] = records
                for key in path:
                    inner = [value[key] for value in inner]
                found[concept] = inner
        return found


class _Top:
    """What the keys at the top of a record tell: which of them hold objects, and the plans by the keys of those."""

    __slots__ = ("containers", "only", "plans")

    def __init__(self, record: dict[str, Any]) -> None:
        self.containers = tuple(key for key, value in record.items() if value.__class__ is dict)
        self.only = self.containers[0] if len(self.containers) == 1 else None
        self.plans: dict[object, Plan] = {}


class Plans:
    """All plans of a run, found by shape. trace_key: the key whose values group lines, before any trace id."""

    def __init__(self, trace_key: str = "") -> None:
        self._trace_key = trace_key
        self._tops: dict[tuple[object, ...], _Top] = {}
        self._shapes: dict[object, Plan] = {}
        self._count = 0
        self.values: dict[str, Values] = {}

    def of(self, record: dict[str, Any], braces: int) -> Plan:
        """The plan of a record; `braces` counts `{` in its text.

        Where as many braces as known objects were counted, and each known object is there, no other object can be in
        the record: then the keys of the record and of those objects are its whole shape.
        """
        top = self._tops.get(keys := tuple(record))
        if top is None:
            _bounded(self._tops)
            top = self._tops[keys] = _Top(record)
        if top.only is not None and braces == 2:
            inner = record[top.only]
            shape: Any = tuple(inner) if inner.__class__ is dict else None
        else:
            shape = _inner_shape(top, record, braces)
        plan = top.plans.get(shape) if shape is not None else self._shapes.get(shape := _signature(record, _DEPTH))
        return plan if plan is not None else self._learned(top, record, braces)

    def _learned(self, top: _Top, record: dict[str, Any], braces: int) -> Plan:
        shape = _inner_shape(top, record, braces)
        plans, key = (self._shapes, _signature(record, _DEPTH)) if shape is None else (top.plans, shape)
        _bounded(plans)
        plan = plans[key if shape is None or top.only is None else shape[0]] = self._compiled(record)
        return plan

    def _compiled(self, record: dict[str, Any]) -> Plan:
        paths_found = list(leaves(record, ()))
        paths, unit = concept_paths(paths_found, self._trace_key)
        consumed = {path for concept, path in paths.items() if concept not in KEPT and consumed_at(path)}
        if self._trace_key and "trace" in paths and names_key(paths["trace"], self._trace_key):
            consumed.discard(paths["trace"])  # it is somebody's request id as well
        groups: dict[Path, list[tuple[str, Values]]] = {}
        for path in paths_found:
            if path not in consumed:
                key = attribute_key(path)
                groups.setdefault(path[:-1], []).append((path[-1], self.values.setdefault(key, Values(key))))
        attributes = tuple(_group(path, items) for path, items in groups.items())
        self._count += 1
        top = _getter([path[0] for path in paths.values() if len(path) == 1])
        return Plan(self._count, tuple(paths), tuple(paths.values()), top, attributes, unit)


def _bounded(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= _SHAPES:
        remembered.clear()


def _group(path: Path, items: list[tuple[str, Values]]) -> Group:
    return Group(path, _getter([key for key, _ in items]), tuple(values for _, values in items))


def _getter(keys: list[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Gives the values of keys as a tuple, also of one key or none."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda record: tuple(record[key] for key in keys)


def _inner_shape(top: _Top, record: dict[str, Any], braces: int) -> tuple[Any, ...] | None:
    """The keys of each known object; None where the record may hold others, or lacks one."""
    if braces != 1 + len(top.containers):
        return None
    inner = [record[key] for key in top.containers]
    return tuple(tuple(value) for value in inner) if all(value.__class__ is dict for value in inner) else None


def _signature(value: dict[str, Any], depth: int) -> tuple[object, ...]:
    return tuple(
        (key, _signature(inner, depth - 1)) if inner.__class__ is dict and depth > 1 else key for key, inner in value.items()
    )


def leaves(record: dict[str, Any], base: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Paths of all values that are no objects; an object deeper than `depth`, or an empty one, is a value."""
    for key, value in record.items():
        if value.__class__ is dict and value and depth > 1:
            yield from leaves(value, (*base, key), depth - 1)
        else:
            yield (*base, key)


_SPELLED = frozenset(key for key, _ in DURATIONS)


def concept_paths(found_leaves: list[Path], trace_key: str = "") -> tuple[dict[str, Path], str]:
    """Which path holds which concept, and the unit that the duration's key tells ("" if none).

    Each path serves one concept, the first in the table's order that asks for it; the trace key comes before all.
    """
    exact: dict[str, Path] = {}
    loose: dict[str, Path] = {}
    for path in sorted(found_leaves, key=len):
        for spelling in {".".join(path), attribute_key(path)}:
            exact.setdefault(spelling, path)
            loose.setdefault(plain_key(spelling), path)
    taken: set[Path] = set()
    found: dict[str, Path] = {}
    for concept, keys in _asking(trace_key):
        ways = ((exact, keys), (loose, [plain for plain in map(plain_key, keys) if len(plain) > 2]))
        free = [known[key] for known, spellings in ways for key in spellings if key in known and known[key] not in taken]
        for path in free[:1]:
            found[concept] = path
            taken.add(path)
    for key, unit in DURATIONS:
        where = exact.get(key) or loose.get(plain_key(key))
        if where is not None and where not in taken and (key in exact or ".".join(where) not in _SPELLED):
            return {**found, "duration": where}, unit
    return found, ""


def _asking(trace_key: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Concepts with their keys in the order in which they are served."""
    if not trace_key:
        return ALIASES.items()
    others = {concept: keys for concept, keys in ALIASES.items() if concept != "trace"}
    return {"trace": (trace_key, *ALIASES["trace"]), **others}.items()


def names_key(path: Path, key: str) -> bool:
    """Whether a path is the one a key means, in any spelling."""
    return plain_key(key) in (plain_key(".".join(path)), plain_key(attribute_key(path)))


def attribute_key(path: Path) -> str:
    """The flat dotted key of a path; the name of a container at the top does not count."""
    return ".".join(path[1:] if len(path) > 1 and path[0] in CONTAINERS else path)


def consumed_at(path: Path) -> bool:
    """Concept keys at the top are used up; inside a container they are somebody's attributes as well."""
    return len(path) == 1 or path[0] not in CONTAINERS
