"""Plans: how to read records of one shape, worked out once per shape.

A shape is the keys of a record and of the objects in it. Its plan knows which key holds which concept of the alias
table and which keys are attributes, so that a line costs a dictionary lookup and one pass over its values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from logtrace.ingest.columns.paths import Path, attribute_key, concept_paths, consumed_at, format_of, leaves, names_key
from logtrace.ingest.formats._format import PLAIN, TOLD, Format, Told
from logtrace.ingest.formats.listed_headers import headers_at
from logtrace.ingest.vocabulary.aliases import CONTAINERS, KEPT, is_decimal, is_of_http
from logtrace.ingest.vocabulary.headers import header_name
from logtrace.ingest.vocabulary.mend import dumped
from logtrace.model import Attribute

_DEPTH = 6
_SHAPES = 20_000
_VALUES = 16_384
_MANY, _REUSE = 500, 8


class Values:
    """The attributes of one key. Strings are found by value, all else by JSON text, because 1, 1.0 and true are equal to
    a dictionary and are not the same attribute."""

    __slots__ = ("distinct", "key", "others", "texts", "uses")

    def __init__(self, key: str) -> None:
        self.key = key
        self.texts: dict[str, Attribute] = {}
        self.others: dict[str, Attribute] = {}
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
        self.uses += len(values)
        try:
            found = list(map(self.texts.get, values))
        except TypeError:  # a list among them
            return [self._other(value) for value in values]
        if not all(found):
            told = zip(found, values, strict=True)
            return [None if value is None else attribute or self._made(value) for attribute, value in told]
        return found

    def attribute(self, value: Any) -> Attribute | None:
        """The attribute of one value, None for null."""
        self.uses += 1
        return self._made(value)

    def _made(self, value: Any) -> Attribute | None:
        return self._text(value) if value.__class__ is str else self._other(value)

    def _text(self, value: str) -> Attribute:
        return self.texts.get(value) or self._new(self.texts, value, dumped(value).decode())

    def _other(self, value: object) -> Attribute | None:
        if value is None:
            return None
        text = dumped(value).decode()
        return self.others.get(text) or self._new(self.others, text, text)

    def _new(self, known: dict[str, Attribute], value: str, text: str) -> Attribute:
        if len(known) >= _VALUES:
            known.clear()
        self.distinct += 1
        attribute = known[value] = Attribute(self.key, text)
        return attribute


class Group(NamedTuple):
    """The attributes that stand in one object of a record: where it is, their keys, what gives the values, what interns them."""

    path: Path
    keys: tuple[str, ...]
    get: Callable[[dict[str, Any]], tuple[Any, ...]]
    values: tuple[Values, ...]

    def columns(self, records: Sequence[dict[str, Any]]) -> Iterator[list[Attribute | None]]:
        """The attributes of each key, one for each record; None for null."""
        inner = _at(self.path, records)
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
    format      what the shape is of; PLAIN where no format knows it
    headers     propagation headers, by name
    decimal     concepts of ids that are written as decimal numbers
    http        whether the key of the status says that it is one of HTTP
    listed      where headers stand that are no object, () where there are none or a key holds the trace
    """

    number: int
    concepts: tuple[str, ...]
    paths: tuple[Path, ...]
    top: Callable[[dict[str, Any]], tuple[Any, ...]]
    attributes: tuple[Group, ...]
    unit: str
    format: Format = PLAIN
    headers: tuple[tuple[str, Path], ...] = ()
    decimal: frozenset[str] = frozenset()
    http: bool = False
    listed: Path = ()

    def attributes_of(self, records: Sequence[dict[str, Any]]) -> list[tuple[Attribute, ...]]:
        """The attributes of each record, in the order of its keys; nulls are none."""
        columns = [column for group in self.attributes for column in group.columns(records)]
        if columns and len(set(map(tuple, records))) > 1:  # of an object in a record the order is that of all of its shape
            keys = self.attributes[0].keys
            known = [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
            return [tuple(filter(None, map(own.get, record))) for own, record in zip(known, records, strict=True)]
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
                found[concept] = _at(path, records)
        for concept, convert in self.format.values.items():
            if concept in found:
                found[concept] = [convert(value) for value in found[concept]]
        for concept, value in self.format.defaults.items():
            column = found.get(concept, (None,) * len(records))
            found[concept] = [value if known is None else known for known in column]
        return found

    def header_columns(self, records: Sequence[dict[str, Any]]) -> dict[str, Sequence[Any]]:
        """The values of each propagation header of the shape, one for each record."""
        return {name: _at(path, records) for name, path in self.headers}


def _at(path: Path, records: Sequence[dict[str, Any]]) -> Sequence[Any]:
    inner: Sequence[Any] = records
    for key in path:
        inner = [value[key] for value in inner]
    return inner


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
        self._flat: dict[frozenset[object], _Top] = {}
        self._shapes: dict[object, Plan] = {}
        self._count = 0
        self.values: dict[str, Values] = {}

    def of(self, record: dict[str, Any], braces: int) -> Plan:
        """The plan of a record; `braces` counts `{` in its text.

        Where as many braces as known objects were counted, and each known object is there, no other object can be in
        the record: then the keys of the record and of those objects are its whole shape.
        """
        top = self._tops.get(keys := tuple(record)) or self._met(keys, record)
        if top.only is not None and braces == 2:
            inner = record[top.only]
            shape: Any = tuple(inner) if inner.__class__ is dict else None
        else:
            shape = _inner_shape(top, record, braces)
        plan = top.plans.get(shape) if shape is not None else self._shapes.get(shape := _signature(record, _DEPTH))
        return plan if plan is not None else self._learned(top, record, braces)

    def _met(self, keys: tuple[str, ...], record: dict[str, Any]) -> _Top:
        """What keys tell that were not met in this order yet: where none holds an object, the same as in any other."""
        top = _Top(record)
        if not top.containers:
            _bounded(self._flat)
            top = self._flat.setdefault(frozenset(keys), top)
        _bounded(self._tops)
        self._tops[keys] = top
        return top

    def _learned(self, top: _Top, record: dict[str, Any], braces: int) -> Plan:
        shape = _inner_shape(top, record, braces)
        plans, key = (self._shapes, _signature(record, _DEPTH)) if shape is None else (top.plans, shape)
        _bounded(plans)
        plan = plans[key if shape is None or top.only is None else shape[0]] = self._compiled(record, format_of(record))
        return plan

    def _compiled(self, record: dict[str, Any], meant: Format) -> Plan:
        paths_found = list(leaves(record, ()))
        paths, unit = concept_paths(paths_found, meant, self._trace_key)
        containers = (*CONTAINERS, *meant.containers)
        used_up = {path for concept, path in paths.items() if concept not in KEPT and consumed_at(path, containers)}
        if self._trace_key and "trace" in paths and names_key(paths["trace"], self._trace_key):
            used_up.discard(paths["trace"])  # it is somebody's request id as well
        headers = tuple((name, path) for path in paths_found if (name := header_name(path[-1])))
        decimal = frozenset(concept for concept, path in paths.items() if is_decimal(path))
        made = self._made(paths, self._groups(paths_found, used_up, containers), unit, meant, headers, decimal)
        return made if "trace" in paths else made._replace(listed=headers_at(paths_found))

    def rewritten(self, record: dict[str, Any], meant: Format) -> Plan:
        """The plan of an object that a format has put in words of the alias table."""
        shape = ("rewritten", meant.name, *_signature(record, _DEPTH))
        plan = self._shapes.get(shape)
        if plan is None:
            _bounded(self._shapes)
            plan = self._shapes[shape] = self._compiled(record, meant)
        return plan

    def told(self, record: Told, meant: Format) -> Plan:
        """The plan of what a format's own code told: its keys are concepts."""
        shape = ("told", meant.name, *_shape_of_told(record))
        plan = self._shapes.get(shape)
        if plan is None:
            paths_found = list(leaves(record, ()))
            concepts = [path for path in paths_found if len(path) == 1 and path[0] in TOLD]
            groups = self._groups([path for path in paths_found if path[0] == "attributes"], set(), ("attributes",))
            _bounded(self._shapes)
            plan = self._shapes[shape] = self._made({path[0]: path for path in concepts}, groups, "ns", meant)
        return plan

    def _groups(self, paths: list[Path], used_up: set[Path], containers: tuple[str, ...]) -> tuple[Group, ...]:
        """What of a record is an attribute."""
        groups: dict[Path, list[tuple[str, Values]]] = {}
        for path in paths:
            if path not in used_up:
                key = attribute_key(path, containers)
                groups.setdefault(path[:-1], []).append((path[-1], self.values.setdefault(key, Values(key))))
        return tuple(_group(path, items) for path, items in groups.items())

    def _made(
        self, paths: dict[str, Path], attributes: tuple[Group, ...], unit: str, meant: Format,
        headers: tuple[tuple[str, Path], ...] = (), decimal: frozenset[str] = frozenset(),
    ) -> Plan:  # fmt: skip
        self._count += 1
        top = _getter([path[0] for path in paths.values() if len(path) == 1])
        http = "status" in paths and is_of_http(paths["status"])
        return Plan(self._count, tuple(paths), tuple(paths.values()), top, attributes, unit, meant, headers, decimal, http)


def _bounded(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= _SHAPES:
        remembered.clear()


def _group(path: Path, items: list[tuple[str, Values]]) -> Group:
    keys, values = zip(*items, strict=True)
    return Group(path, keys, _getter(keys), values)


def _getter(keys: Sequence[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
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


def _shape_of_told(record: Told) -> tuple[object, ...]:
    """The keys of what was told, and of its attributes; its whole shape where there are other objects."""
    attributes = record.get("attributes", _NO_ATTRIBUTES)
    objects = [*map(type, record.values()), *map(type, attributes.values())].count(dict)
    return (*record, None, *attributes) if objects == ("attributes" in record) else _signature(record, _DEPTH)


_NO_ATTRIBUTES: dict[str, Any] = {}


def _signature(value: dict[str, Any], depth: int) -> tuple[object, ...]:
    return tuple(
        (key, _signature(inner, depth - 1)) if inner.__class__ is dict and depth > 1 else key for key, inner in value.items()
    )
