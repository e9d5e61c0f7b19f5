"""Rows of the table `span` → fragments: the way back of `of_fragments`, which tells what stands where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict

import msgspec
import orjson

from logtrace.ids import NO_SPAN, TraceId
from logtrace.model import Attribute, Link, Rank
from logtrace.reconstruct.spans.fragments import Fragment, Mark
from logtrace.store.rows import linerefs
from logtrace.store.rows.of_fragments import NEVER, SOURCES, Names, Row, marks_of_form


class _Rare(TypedDict, total=False):
    """What `extra` holds."""

    marks: list[list[int | None]]
    parents: list[int]
    failure: tuple[int, int | None, str, str]
    kinds: list[str]
    links: list[tuple[int, int, str, int]]
    name_ns: int
    others: list[tuple[str, str, int]]
    span: int
    flags: int
    parts: list[tuple[tuple[str, str, str], list[Any]]]


_RARE = msgspec.json.Decoder(_Rare)


def fragment_of(columns: Row, names: Names) -> Fragment:
    """The fragment of a row (its COLUMNS, without the id). Inverse of `row`. Raises ValueError, TypeError or LookupError for what
    is no row."""
    (low, high, span, parent_key, _, operation_id, start_ns, duration_ns, facts, _, flags, _, attributes, lines, extra) = columns
    service, name, kind = names.operations[operation_id]
    rare: Any = _RARE.decode(extra) if extra else {}
    fragment = Fragment(
        TraceId(low, high, names.opaque_traces.get((low, high), "")),
        rare.get("span", span),
        service,
        facts & 15,
    )
    rank = facts >> 4 & 15
    if rank < Rank.GUESS:
        fragment.name, fragment.name_rank, fragment.name_ns = name, rank, rare.get("name_ns", NEVER)
    fragment.kinds = tuple(rare["kinds"]) if "kinds" in rare else (kind,) if kind else ()
    form = facts >> 8 & 15
    first_ns, fragment.lines = linerefs.lines_of(linerefs.told(lines, names.body), start_ns)
    if form == 15:
        fragment.marks = tuple(Mark(*m) for m in rare["marks"])
    elif form:
        fragment.marks = marks_of_form(form, start_ns, duration_ns, first_ns)
    source = SOURCES[facts >> 16 & 15]
    fragment.parents = tuple(rare["parents"]) if "parents" in rare else _told(source, parent_key)
    fragment.severity = facts >> 28
    fragment.failure = rare.get("failure")
    fragment.attributes = _attributes(orjson.loads(attributes), rare.get("others", ()), names.attributes)
    fragment.links = tuple(Link(TraceId(*link[:3]), link[3]) for link in rare.get("links", ()))
    fragment.flags = rare.get("flags", flags)
    fragment.parts = tuple(
        fragment_of(tuple(part), names._replace(operations={part[5]: operation})) for operation, part in rare.get("parts", ())
    )
    return fragment


def attribute_refs(columns: str) -> tuple[Collection[int], list[tuple[str, Any, int]]]:
    """(references to interned attributes as `references` gives them, [key, value, rank] of the others) of the attribute
    columns of several rows, joined by commas; each once, as far as they can be told apart quickly."""
    rows = _REFS.decode(f"[{columns}]")
    try:
        refs: set[Any] = set().union(*rows)
    except TypeError:  # a list or an object as value
        flat = [ref for row in rows for ref in row]
        return {ref for ref in flat if ref.__class__ is int}, [ref for ref in flat if ref.__class__ is not int]  # type: ignore[misc]
    inline = [ref for ref in refs if ref.__class__ is tuple]
    refs.difference_update(inline)
    return refs, inline


_REFS = msgspec.json.Decoder(tuple[tuple[int | tuple[str, Any, int], ...], ...])


def _told(source: str, parent_key: int | None) -> tuple[int, ...]:
    return (parent_key or NO_SPAN,) if source == "explicit" else (NO_SPAN,) if source == "root" else ()


def _attributes(refs: list[Any], others: Iterable[Any], known: Mapping[int, Attribute]) -> list[tuple[Attribute, ...]]:
    ranks: list[list[Attribute]] = [[], [], []]
    for ref in refs:
        if ref.__class__ is int:
            ranks[ref & 3].append(known[ref >> 2])
        else:
            ranks[ref[2]].append(Attribute(ref[0], orjson.dumps(ref[1]).decode()))
    for key, value, rank in others:
        ranks[rank].append(Attribute(key, value))
    return [tuple(pairs) for pairs in ranks]
