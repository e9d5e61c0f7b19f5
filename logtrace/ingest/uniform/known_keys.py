"""The keys that lines of a log share, and what can be read of all of them by one decoder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import astuple

from logtrace.ingest.columns.paths import names_key
from logtrace.ingest.columns.source import ABSENT
from logtrace.ingest.envelopes import may_be_wrapped
from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats.of_heads import ALONE, COLUMNS, MARKS, OF_HEADS, OWN
from logtrace.ingest.vocabulary.aliases import ALIASES, DOUBTFUL, ERRORS, is_decimal
from logtrace.ingest.vocabulary.bare import is_id
from logtrace.ingest.vocabulary.headers import header_name
from logtrace.ingest.vocabulary.inner_ids import names_inner_trace
from logtrace.ingest.vocabulary.wanted import wanted
from logtrace.model import plain_key

_KEYS, _REBUILDS = 64, 24
_TEXT = str | None | msgspec.UnsetType


Columns = dict[str, Sequence[Any]]
"""Key → its value in each of some lines, ABSENT where one has none."""


class Layout(NamedTuple):
    """How lines of known keys are read.

    decoder         makes a struct of a line that has no other keys
    types           key → what its values are: texts, anything, or raw JSON; in the order of a struct's fields
    taken           concept → the key that holds it, the first that was met
    holding         the same of the concepts that have columns
    meant           keys that hold a concept, or might, which a head can't lose
    errors          the keys that tell of ERRORS, as (key, concept, place in its list)
    head            the keys of a line's head
    objects         keys that hold objects
    varied          keys with very many values, which stand in bundles
    telling         keys that hold objects, and those that are varied, of which it tells whether a line has them
    may_be_wrapped  whether an object with some of these keys may be an envelope
    trace_key       the key that groups lines, before any trace id; "" for none
    other_traces    keys that name a trace where a line has no such key
    """

    decoder: msgspec.json.Decoder[Any]
    types: dict[str, Any]
    taken: dict[str, str]
    holding: dict[str, str]
    meant: frozenset[str]
    errors: tuple[tuple[str, str, int], ...]
    head: tuple[str, ...]
    objects: tuple[str, ...]
    varied: tuple[str, ...]
    telling: tuple[list[str], list[str]]
    may_be_wrapped: bool
    trace_key: str
    other_traces: tuple[str, ...]

    def columns(self, structs: Sequence[Any]) -> Columns:
        """What the structs of some lines, at least one, have under each key."""
        return dict(zip(self.types, zip(*map(astuple, structs), strict=True), strict=True))

    def heads(self, columns: Columns, count: int) -> list[tuple[Any, ...]]:
        """The head of each of so many lines."""
        return list(zip(*[columns[key] for key in self.head], strict=True)) if self.head else [()] * count


class KnownKeys:
    """Learns keys, and the types of their values, from records. trace_key: the key that groups lines, before any trace id."""

    def __init__(self, trace_key: str = "") -> None:
        self._trace_key = trace_key
        self._other_traces: list[str] = []
        self._types: dict[str, Any] = {}
        self._taken: dict[str, str] = {}
        self._meant: set[str] = set()
        self._varied: set[str] = set()
        self._rebuilds = 0

    def learn(self, record: dict[str, Any]) -> bool:
        """Takes note of the keys of a record; whether that changes the layout."""
        if self._rebuilds > _REBUILDS:
            return False
        changed = False
        before = ""
        for key, value in record.items():
            known = self._types.get(key)
            if known is None:
                if _learnable(key, value) and len(self._types) < _KEYS:
                    types = _after(self._types, before, key, _type_of(value))
                    if not any(_may_have(types, mark) for mark in _COMMON_SETS) and self._take(key, value):
                        self._types, changed = types, True
            elif known is _TEXT and value is not None and value.__class__ is not str and value.__class__ is not dict:
                self._types[key] = Any
                changed = True
            before = key if key in self._types else before
        self._rebuilds += changed
        return changed

    def _take(self, key: str, value: Any) -> bool:
        """Whether a key can be read by itself: what it means depends on no other key, or on one that stands in heads as well."""
        if value.__class__ is dict:
            return True
        if key in DOUBTFUL or names_inner_trace(key):
            return False
        found = wanted({key})
        if self._trace_key and ("trace" in found or names_key((key,), self._trace_key)):
            return value.__class__ is not list and self._take_trace(key, found)
        if value.__class__ is list:
            return not found
        if len(found) > 1 or any(concept in self._taken and concept in ALONE for concept in found):
            return False
        if found and plain_key(key) in map(plain_key, self._meant):  # of two spellings of one key the first in a line counts
            return False
        for concept in found:
            self._taken.setdefault(concept, key)
        if (found and "request" not in found) or key in OWN:
            self._meant.add(key)
        return True

    def _take_trace(self, key: str, found: Collection[str]) -> bool:
        """Whether a key of traces can be read by itself: the trace key, which is an attribute as well, and beside it other
        spellings of it and trace ids, as far as they mean nothing else."""
        if key == self._trace_key:
            if not {"trace", "request"}.issuperset(found):
                return False
            self._taken["trace"] = key
        elif len(found) > 1:
            return False
        else:
            self._other_traces.append(key)
        self._meant.add(key)
        self._varied.add(key)
        return True

    def vary(self, keys: Collection[str]) -> None:
        """Takes keys out of the head."""
        self._varied.update(keys)

    def layout(self) -> Layout:
        """How lines of all keys known so far are read."""
        types = dict(self._types)
        holding = {concept: key for concept, key in self._taken.items() if concept in COLUMNS}
        errors = tuple((key, *each) for key in types if key in self._meant for each in wanted({key}).items() if each[0] in ERRORS)
        objects = tuple(key for key, kind in types.items() if kind is msgspec.Raw)
        varied = tuple(key for key in types if key in self._varied)
        telling = (
            [key for key in objects if key in MARKS or may_be_wrapped(types)],
            [key for key in varied if key in MARKS or "request" in wanted({key})],
        )
        apart = {*holding.values(), *objects, *self._varied}
        head = tuple(key for key in types if key not in apart)
        names = {key: f"f{number}" for number, key in enumerate(types)}
        fields = [
            (names[key], kind, msgspec.field(default=msgspec.Raw(b"") if kind is msgspec.Raw else ABSENT))
            for key, kind in types.items()
        ]
        renamed = {name: key for key, name in names.items()}
        line = msgspec.defstruct("Line", fields, rename=renamed, forbid_unknown_fields=True, gc=False)
        return Layout(
            msgspec.json.Decoder(line), types, dict(self._taken), holding, frozenset(self._meant), errors, head, objects, varied,
            telling, may_be_wrapped(types), self._trace_key, tuple(self._other_traces),
        )  # fmt: skip


def _type_of(value: Any) -> Any:
    """What a field is declared as whose value was seen."""
    if value.__class__ in (dict, list):
        return msgspec.Raw
    return _TEXT if value.__class__ is str else Any


def _after(types: dict[str, Any], before: str, key: str, kind: Any) -> dict[str, Any]:
    """The types with one more key, behind the one it follows in lines: fields are found quicker in the lines' order."""
    names = list(types)
    names.insert(names.index(before) + 1 if before in types else 0, key)
    return {name: types.get(name, kind) for name in names}


_COMMON = frozenset((*ALIASES["start"], *ALIASES["end"], "scopes"))
_OTHERS = [mark for member in FORMATS if member not in OF_HEADS for mark in member.marks]
_SETS = [mark for mark in _OTHERS if mark[0] not in _COMMON]
_COMMON_SETS = [mark for mark in _OTHERS if mark[0] in _COMMON]
"""Marks of formats that begin with a key many other logs have: a line has all keys of a mark, or is of another format."""

_MARKED_OBJECTS = frozenset(mark[0] for mark in _SETS if any(key.startswith(f"{mark[0]}.") for key in mark))
_MARKED = frozenset(mark[0] for mark in _SETS) - _MARKED_OBJECTS
"""Keys of which each object of a format has one at its top (and an object under it); its lines are read by their whole shape."""


def _may_have(types: dict[str, Any], mark: tuple[str, ...]) -> bool:
    """Whether a line of known keys may have all those of a mark, dotted ones as one key or nested."""
    return all(key in types or types.get(key.partition(".")[0]) is msgspec.Raw for key in mark)


_QUOTING = frozenset('"\\')


def _learnable(key: str, value: object) -> bool:
    """Whether a key may be a field: msgspec takes no quotes and control characters; `log` may be an envelope's, others are
    the mark of a format, `span` may be an id, or need more than a value (headers, decimal ids)."""
    if key == "log" or (key == "span" and is_id(value)) or key in _MARKED or header_name(key) or is_decimal((key,)):
        return False
    if key in _MARKED_OBJECTS and value.__class__ is dict:
        return False
    return key.isprintable() and not _QUOTING.intersection(key)
