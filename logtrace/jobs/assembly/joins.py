"""Rows that are parts of one span, whose lines lay in several blocks or files, made one.

Most are a start line here and an end line there: their columns are put together as they stand (see `_pair`). All others
are decoded and merged. A property test holds that both ways agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import orjson

from logtrace.ids import NO_SPAN
from logtrace.model import Attribute, Flag, Rank
from logtrace.reconstruct.spans.bounds import CONFLICT_NS, MAX_DURATION_NS
from logtrace.reconstruct.spans.fragments import Fragment, merged
from logtrace.reconstruct.spans.naming import OperationKey, operation_of
from logtrace.reconstruct.spans.runs import Numbers, Truths
from logtrace.reconstruct.spans.within import numbered, places_of
from logtrace.reconstruct.trace import winners_and_losers
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.linerefs import BASE, SIZE
from logtrace.store.rows.linerefs import joined as joined_lines
from logtrace.store.rows.linerefs import told as told_lines
from logtrace.store.rows.of_fragments import Row, attributes_text, row, shown_alone
from logtrace.store.rows.spanrows import SpanRows, services_of

_START_LINE, _END_LINE, _AGREEING, _NEAR = 6, 2, 1, 7
"""Forms of marks (see store.rows.of_fragments): of the two parts, and of the whole."""

_TIMES = 6 << 20 | 7 << 24
"""In `facts`: the start follows from the duration, the end is that of a line."""


class Join(NamedTuple):
    """Rows (by id, the smallest first) that became one, its columns and operation, the lines that were copies, and whether
    it has more lines than the first of the rows."""

    ids: list[int]
    row: Row
    operation: OperationKey
    copies: int
    grown: bool


def parts_of_spans(rows: SpanRows, service: Callable[[int], str]) -> list[list[int]]:
    """The ids of rows that are parts of one span, smallest first: the lists by their first ids. What is of a service that only a
    file name or a flag tells is a part of what the one that lines name logged (see drafts)."""
    first, many = rows.first, len(rows.id)
    last = places_of(first, rows.key, rows.key, np.ones(many, np.bool_))
    asked = np.flatnonzero((np.bincount(last, minlength=many) > 1)[last]) if many else last
    if not len(asked):
        return []
    number, key, high = numbered(first, many)[asked], rows.key[asked], rows.high[asked]
    same = services_of(rows.operation[asked], service)
    weak, spans = rows.facts[asked] & 15 > Rank.DERIVED, key != NO_SPAN
    if (weak & spans).any():
        same[spans] = _with_named(np.array([number, key, high])[:, spans], same[spans], weak[spans])
    order = np.lexsort((rows.id[asked], same, high, key, number))
    begins = _changes(np.array([number, key, high, same])[:, order])
    sizes = np.diff(np.append(begins, len(order)))
    ids = rows.id[asked][order].tolist()
    several = zip(begins[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True)
    return sorted(ids[at : at + size] for at, size in several)


def _with_named(spans: Numbers, service: Numbers, weak: Truths) -> Numbers:
    """The services of rows, where a span has no two that lines name all as that one; without any, all as the first."""
    order = np.lexsort((service, weak, *spans[::-1]))  # what lines name comes first
    begins = _changes(spans[:, order])
    sizes = np.diff(np.append(begins, len(order)))
    sorted_, is_named = service[order], ~weak[order]
    last_named = np.maximum(begins + np.add.reduceat(is_named.astype(np.int64), begins) - 1, begins)
    one = np.repeat(sorted_[begins] == sorted_[last_named], sizes)
    found = service.copy()
    found[order] = np.where(one, np.repeat(sorted_[begins], sizes), sorted_)
    return found


def _changes(columns: Numbers) -> Numbers:
    """Where columns, side by side, are other than the ones before."""
    return np.flatnonzero(np.r_[True, (columns[:, 1:] != columns[:, :-1]).any(axis=0)])


def joins(reader: FragmentReader, groups: Sequence[Sequence[int]]) -> list[Join]:
    """What the rows of each group become."""
    columns = reader.rows_by_id([row_id for group in groups for row_id in group])
    return [_join(reader, list(group), [columns[row_id] for row_id in group]) for group in groups]


def _join(reader: FragmentReader, ids: list[int], parts: list[Row]) -> Join:
    if len(parts) == 2 and (whole := _pair(reader, *parts)) is not None:
        return Join(ids, whole, reader.operation(whole[5]), 0, grown=True)
    return _merged(reader, ids, [reader.fragment_of(columns) for columns in parts])


def _merged(reader: FragmentReader, ids: list[int], fragments: list[Fragment]) -> Join:
    whole = reduce(merged, fragments)
    operation, rank = operation_of(whole)
    made = row(whole, shown_alone(whole), reader.operation_id(operation), rank, reader.attribute_id)
    lines = [len(fragment.lines) for fragment in fragments]
    return Join(ids, made, operation, sum(lines) - len(whole.lines), len(whole.lines) > lines[0])


def _pair(reader: FragmentReader, one: Row, other: Row) -> Row | None:
    """The row of a span that began in one row and ended in the other; None where there is more to it."""
    begun, ended = (one, other) if one[8] >> 8 & 15 == _START_LINE else (other, one)
    facts, start_ns, duration_ns = ended[8], ended[6], ended[7]
    rank, parent = facts >> 4 & 15, facts >> 16 & 15
    if (
        begun[:6] != ended[:6] or begun[8] >> 8 & 15 != _START_LINE or facts >> 8 & 15 != _END_LINE
        or begun[8] >> 4 & 15 != rank or rank >= Rank.WEAK or begun[8] >> 16 & 15 != parent
        or not 0 <= duration_ns <= MAX_DURATION_NS or abs(start_ns - begun[6]) > CONFLICT_NS
    ):  # fmt: skip
        return None
    rare = [orjson.loads(part[14]) if part[14] else {} for part in (one, other)]
    lines = _lines(reader, one, other, start_ns)
    if lines is None or any(each.keys() - {"flags", "failure"} for each in rare):
        return None
    first_ns, n_lines, kept = lines
    if start_ns != begun[6] and first_ns != begun[6]:
        return None
    failure = min((each["failure"] for each in rare if "failure" in each), default=None)
    flags = [each.get("flags", part[10]) for each, part in zip(rare, (one, other), strict=True)]
    if (flags[0] | flags[1]) & Flag.INVALID_DURATION:  # see bounds.of_lines
        return None
    form = _AGREEING if start_ns == begun[6] else _NEAR
    attributes, others = _attributes(reader, orjson.loads(one[12]), orjson.loads(other[12]))
    extra = {"failure": failure, "others": others}
    service_rank, severity = min(begun[8] & 15, facts & 15), max(begun[8] >> 28, facts >> 28)
    return (
        *begun[:6], start_ns, duration_ns, service_rank | rank << 4 | form << 8 | parent << 16 | _TIMES | severity << 28,
        0 if failure is None else -failure[0], flags[0] | flags[1], n_lines, attributes,
        kept, orjson.dumps(found).decode() if (found := {name: told for name, told in extra.items() if told}) else None,
    )  # fmt: skip


def _lines(reader: FragmentReader, one: Row, other: Row, start_ns: int) -> tuple[int, int, str | bytes] | None:
    """(the time of the first line, how many there are, how a row keeps them whose span starts then) of the lines of two rows;
    None where one comes twice or has no time."""
    if one[13].__class__ is other[13].__class__ is bytes:
        packed = joined_lines((part[13], part[6]) for part in (one, other))
        if packed is None:
            return None
        first_ns, kept = packed
        return first_ns, len(kept) // SIZE, kept if first_ns == start_ns else first_ns.to_bytes(BASE, "big", signed=True) + kept
    told = [(part[6], told_lines(part[13], reader.body)) for part in (one, other)]
    bases = [lines.pop(0) if lines and lines[0].__class__ is int else start_ns for start_ns, lines in told]
    first_ns = min(bases)
    found = [line for _, lines in told for line in lines]
    if any(line[2] is None for line in found):
        return None
    for base, (_, lines) in zip(bases, told, strict=True):
        for line in lines:
            line[2] += base - first_ns
    if len({(line[2], line[4]) for line in found}) < len(found):
        return None
    return first_ns, len(found), orjson.dumps(found if first_ns == start_ns else [first_ns, *found]).decode()


def _attributes(reader: FragmentReader, one: list[Any], other: list[Any]) -> tuple[str, list[Any]]:
    """(the attributes of both parts as they stand in a row, further values of their keys as it tells them)."""
    ranks: list[list[Any]] = [[], [], []]
    for ref in (*one, *other):
        ranks[ref & 3 if ref.__class__ is int else ref[2]].append(ref)
    best: dict[Any, Any] = {}
    for ref in chain(*ranks):
        best.setdefault(ref >> 2 if ref.__class__ is int else (ref[0], orjson.dumps(ref[1])), ref)
    # a part has one value of each key: where one of them has all that the other has, so has the whole
    if len(best) > max(len(one), len(other)):
        keys = {reader.attribute_key(name) if name.__class__ is int else name[0] for name in best}
        if len(keys) < len(best):
            return _chosen(reader, ranks)
    return orjson.dumps(list(best.values())).decode(), []


def _chosen(reader: FragmentReader, ranks: list[list[Any]]) -> tuple[str, list[Any]]:
    """The same, where a key has two values."""
    numbers: dict[Attribute, int] = {}
    found: list[tuple[Attribute, ...]] = []
    for refs in ranks:
        pairs = [
            reader.attribute_pair(ref >> 2) if ref.__class__ is int else (ref[0], orjson.dumps(ref[1]).decode()) for ref in refs
        ]
        found.append(tuple(Attribute(*pair) for pair in pairs))
        numbers |= {each: ref >> 2 for each, ref in zip(found[-1], refs, strict=True) if ref.__class__ is int}
    winners, losers = winners_and_losers(found)
    return attributes_text(winners, numbers.get), [[*attribute.pair, rank] for attribute, rank in losers]
