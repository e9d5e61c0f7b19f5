"""Paths: where in a record its values stand, and which of them hold which concept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats._format import PLAIN, Format
from logtrace.ingest.vocabulary.aliases import ALIASES, CONTAINERS, DOUBTFUL, DURATIONS, LONGITUDES
from logtrace.ingest.vocabulary.inner_ids import inner_ids
from logtrace.model import plain_key

Path = tuple[str, ...]
_DEPTH = 6


def format_of(record: dict[str, Any]) -> Format:
    """The first format of the table that has marks for such an object; PLAIN where none has."""
    return next((member for member in FORMATS if any(has_mark(record, mark) for mark in member.marks)), PLAIN)


def has_mark(record: dict[str, Any], mark: tuple[str, ...]) -> bool:
    """Whether an object has all keys of a set, dotted ones as one key or nested; 0 is the first of a list."""
    return all(key in record or ("." in key and _has_nested(record, key)) for key in mark)


def _has_nested(record: Any, key: str) -> bool:
    if record.__class__ is list:
        first, _, rest = key.partition(".")
        return first == "0" and bool(record) and _has_nested(record[0], rest)
    if record.__class__ is not dict:
        return False
    head, _, rest = key.partition(".")
    return key in record or (bool(rest) and _has_nested(record.get(head), rest))


def leaves(record: dict[str, Any], base: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Paths of all values that are no objects; an object deeper than `depth`, or an empty one, is a value."""
    for key, value in record.items():
        if value.__class__ is dict and value and depth > 1:
            yield from leaves(value, (*base, key), depth - 1)
        else:
            yield (*base, key)


_SECONDS = frozenset(("s", "sec", "secs", "seconds"))
_RESTS = frozenset(("ns", "nsec", "nano", "nanos", "nanoseconds", "us", "usec", "micros", "microseconds", "ms", "millis"))
_IN_PARTS = ((_SECONDS, _RESTS), (_RESTS, _SECONDS))
"""Members of an object `{"secs": 1, "nanos": 250000000}`: neither is the length without the other."""

_SPELLED = frozenset(key for key, _ in DURATIONS)


def concept_paths(found_leaves: list[Path], meant: Format = PLAIN, trace_key: str = "") -> tuple[dict[str, Path], str]:
    """Which path holds which concept, and the unit that the duration's key tells ("" if none).

    Each path serves one concept, the first in the table's order that asks for it. The keys that a format means come first; one
    of them may serve several (a template that is the message and the name). The trace key comes before all, ids in groups of
    somebody's own last; where a group names a span, the operation and the duration beside that are the span's.
    """
    containers = (*CONTAINERS, *meant.containers)
    exact: dict[str, Path] = {}
    loose: dict[str, Path] = {}
    for path in sorted(sorted(found_leaves), key=len):  # whatever the order of keys
        for spelling in {".".join(path), attribute_key(path, containers)}:
            exact.setdefault(spelling, path)
            loose.setdefault(plain_key(spelling), path)
    taken: set[Path] = set()
    found: dict[str, Path] = {}
    tables: tuple[Mapping[str, tuple[str, ...]], ...] = (_with_trace_key(meant.keys, trace_key), ALIASES)
    for table in tables:
        for concept, keys in table.items():
            if table is ALIASES and concept in tables[0]:
                continue
            ways = ((exact, keys), (loose, _loosened(keys)))
            free = (known[key] for known, spellings in ways for key in spellings if key in known)
            holder = next((path for path in free if table is not ALIASES or path not in taken), None)
            if holder is not None:
                found[concept] = holder
                taken.add(holder)
    group = ""
    if meant.grouped and "trace" not in found:
        inner = {concept: path for concept, path in inner_ids(found_leaves).items() if path not in taken}
        group = ".".join(inner.get("span", ())[:-1])
        if group and "name" not in found and (operation := exact.get(f"{group}.operation")):
            inner["name"] = operation
        found |= inner
        taken.update(inner.values())
    for key, plain, unit in _durations(meant.durations):
        where = exact.get(key) or loose.get(plain) or (exact.get(f"{group}.{key}") if group else None)
        if where is None or where in taken or (key in DOUBTFUL and not LONGITUDES.isdisjoint(loose)):
            continue
        if any(where[-1] in own and any((*where[:-1], other) in found_leaves for other in others) for own, others in _IN_PARTS):
            continue
        if key in exact or group or _means_a_duration(where):
            return {**found, "duration": where}, unit
    return found, ""


@cache
def _loosened(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Keys as they are compared in the last resort; too short ones are not."""
    return tuple(plain for plain in map(plain_key, keys) if len(plain) > 2)


@cache
def _durations(meant: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str, str], ...]:
    """(key, the same as it is compared in the last resort, unit) of all durations, those that a format means first."""
    return tuple((key, plain_key(key), unit) for key, unit in (*meant, *DURATIONS))


def _means_a_duration(path: Path) -> bool:
    """Whether a path that is spelled otherwise than a duration's key may be one: `request.time` is when, not how long."""
    return ".".join(path) not in _SPELLED and not (len(path) > 1 and path[-1].lower() == "time")


def _with_trace_key(keys: Mapping[str, tuple[str, ...]], trace_key: str) -> Mapping[str, tuple[str, ...]]:
    """The keys that a format means, the trace key before all others."""
    if not trace_key:
        return keys
    others = {concept: own for concept, own in keys.items() if concept != "trace"}
    return {"trace": (trace_key, *keys.get("trace", ALIASES["trace"])), **others}


def names_key(path: Path, key: str) -> bool:
    """Whether a path is the one a key means, in any spelling."""
    return plain_key(key) in (plain_key(".".join(path)), plain_key(attribute_key(path)))


def attribute_key(path: Path, containers: tuple[str, ...] = CONTAINERS) -> str:
    """The flat dotted key of a path; the name of a container at the top does not count."""
    return ".".join(path[1:] if len(path) > 1 and path[0] in containers else path)


def consumed_at(path: Path, containers: tuple[str, ...] = CONTAINERS) -> bool:
    """Concept keys at the top are used up; inside a container they are somebody's attributes as well."""
    return len(path) == 1 or path[0] not in containers
