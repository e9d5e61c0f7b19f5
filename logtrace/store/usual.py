"""The rows of usual spans, made straight from their records.

A usual span is a start line, maybe lines in between, and an end line with a duration that agrees. Its row is
made here without a Fragment, several times as fast; a property test holds that it is the row that the Fragment gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Protocol

import orjson

from logtrace.ids import NO_SPAN
from logtrace.model import BODY_CHARS, Attribute, Role
from logtrace.reconstruct.bounds import MAX_DURATION_NS
from logtrace.reconstruct.fragments import Entry
from logtrace.store.rows import SOURCES, OperationKey, Row, attribute_text

_START, _END, _POINT = int(Role.START), int(Role.END), int(Role.POINT)
_TIMES = SOURCES.index("duration") << 20 | SOURCES.index("record") << 24
_FORM = 1 << 8
_PARENT = {None: SOURCES.index("none") << 16, NO_SPAN: SOURCES.index("root") << 16}
_EXPLICIT = SOURCES.index("explicit") << 16
_MOST = 6
_place = itemgetter(1, 2)
_bodies: dict[str, str] = {}


class Names(Protocol):
    """Who knows the numbers of names (jobs.work.Encoder)."""

    texts: dict[Attribute, str]
    """Known attributes as they stand in a row when the span's end gave them: their number times 4."""

    def operation(self, key: OperationKey) -> int: ...
    def attribute(self, attribute: Attribute) -> int | None: ...


def usual_row(entries: list[Entry], names: Names) -> Row | None:
    """The row of a usual span from its records; None where anything is unusual. Sorts the records by place."""
    count = len(entries)
    if count < 2 or count > _MOST:
        return None
    if entries[0][0][3] != _START or count > 2:
        entries.sort(key=_place)
    (trace, key, parent, role, start_ns, field, _, duration, service, service_rank, name, name_rank, kind, severity, body,
     error, _, _, at_start, links, flags, text_hash), chunk, line = entries[0]  # fmt: skip
    (_, _, end_parent, end_role, end_ns, end_start, end_field, duration_ns, _, end_rank, end_name, _, end_kind, end_severity,
     end_body, end_error, _, _, at_end, end_links, end_flags, end_hash), end_chunk, end_line = entries[-1]  # fmt: skip
    if (
        role != _START or end_role != _END or not key or name_rank or end_name != name or end_parent != parent
        or kind or end_kind or error or end_error or links or end_links or flags or end_flags or service_rank != end_rank
        or duration is not None or field is not None or end_start is not None or end_field is not None
        or start_ns is None or end_ns is None or duration_ns is None or end_ns - duration_ns != start_ns
        or not 0 <= duration_ns <= MAX_DURATION_NS or (duration_ns == 0 and text_hash == end_hash)
        or (line > end_line and chunk == end_chunk) or chunk > end_chunk
    ):  # fmt: skip
        return None
    known = set(at_end)
    more: Any = () if known.issuperset(at_start) else [(attribute, 1) for attribute in at_start if attribute not in known]
    middle = ""
    if count > 2:
        between = _between(entries, start_ns, end_ns, name, parent, {text_hash, end_hash}, known.union(at_start), more)
        if between is None:
            return None
        middle, worst, more = between
        severity = max(severity, worst)
    attributes = _attributes(at_end, more, names)
    if attributes is None:
        return None
    facts = service_rank | _FORM | (_EXPLICIT if parent else _PARENT[parent]) | _TIMES | (max(severity, end_severity) << 28)
    first = f"[{chunk},{line},0,{entries[0][0][13]},{text_hash},{_bodies.get(body) or _json(body)}]"
    last = f"[{end_chunk},{end_line},{duration_ns},{end_severity},{end_hash},{_bodies.get(end_body) or _json(end_body)}]"
    return (
        trace[0], trace[1], key, parent or NO_SPAN, 0 if parent is None else None, names.operation((service, name, "")),  # type: ignore[index]
        start_ns, duration_ns, facts, 0, 0, count, attributes, f"[{start_ns},{first}{middle},{last}]", None,
    )  # fmt: skip


def _attributes(at_end: tuple[Attribute, ...], more: Sequence[tuple[Attribute, int]], names: Names) -> str | None:
    """The attributes as they stand in a row; None where one key has two values."""
    known = names.texts.get
    texts = [known(attribute) or attribute_text(attribute, 0, names.attribute(attribute)) for attribute in at_end]
    if len({a.key for a in at_end}.union([a.key for a, _ in more])) != len(at_end) + len(more):
        return None
    if more:
        texts += [attribute_text(attribute, rank, names.attribute(attribute)) for attribute, rank in more]
    return f"[{','.join(texts)}]"


def _between(
    entries: list[Entry], start_ns: int, end_ns: int, name: str, parent: int | None, hashes: set[int], seen: set[Attribute],
    more: Sequence[tuple[Attribute, int]],
) -> tuple[str, int, list[tuple[Attribute, int]]] | None:  # fmt: skip
    """(lines as JSON, worst severity, attributes beyond the end's) of a usual span's lines in between, None if unusual."""
    lines, worst, beyond = "", 0, list(more)
    for record, chunk, line in entries[1:-1]:
        (_, _, its_parent, role, time_ns, field, end_field, _, _, _, its_name, its_rank, kind, severity, body, error, _, _,
         attributes, links, flags, text_hash) = record  # fmt: skip
        if (
            role != _POINT or its_name != name or its_rank or its_parent != parent or kind or error or links or flags
            or time_ns is None or field is not None or end_field is not None or not start_ns <= time_ns <= end_ns
            or text_hash in hashes
        ):  # fmt: skip
            return None
        hashes.add(text_hash)
        if not seen.issuperset(attributes):
            beyond += [(attribute, 2) for attribute in attributes if attribute not in seen]
            seen.update(attributes)
        worst = max(worst, severity)
        lines += f",[{chunk},{line},{time_ns - start_ns},{severity},{text_hash},{_bodies.get(body) or _json(body)}]"
    return lines, worst, beyond


def _json(body: str) -> str:
    """A message as JSON, cut to what a LineRef keeps; remembered, as few messages are many lines."""
    if len(_bodies) > 10_000:
        _bodies.clear()
    cut = body if len(body) <= BODY_CHARS else body[: BODY_CHARS - 1] + "…"
    text = _bodies[body] = orjson.dumps(cut).decode()
    return text
