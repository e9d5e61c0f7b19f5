"""Rows of the store ↔ rows of Parquet: see `schema`. What one direction writes, the other reads back.

Attributes are text where they are text, else JSON; `attribute_kinds` has a hexadecimal digit for each, by key: its rank, and 4
where it is JSON, and 8 where it is one of the resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from logtrace.carried import is_of_resource
from logtrace.exporters.names import Event, event_of, named_events, trace_hex
from logtrace.ids import NO_SPAN, TraceId, parse_span_id, span_id_text
from logtrace.model import OBSERVED_SOURCES, Attribute, ErrorLevel, Flag, LineRef, Rank
from logtrace.store.rows.linerefs import Body
from logtrace.store.rows.linerefs import told as told_lines
from logtrace.store.rows.of_fragments import SOURCES, AttributeRef, OperationKey, Row, attributes_text

_RANK, _JSON, _RESOURCE = 3, 4, 8
_CERTAIN = 100

Columns = dict[str, Any]
"""A row of Parquet by column; see `schema.schema`."""

Pairs = list[tuple[str, str]]


class Names(NamedTuple):
    """What the numbers of rows stand for: operations and attributes (key and JSON value) by number, (path, number of the first
    line) of chunks, the texts of span ids that are not hexadecimal ("" for others), the messages of packed lines."""

    operation: Callable[[int], OperationKey]
    attribute: Callable[[int], tuple[str, str]]
    place: Callable[[int], tuple[str, int]]
    span_text: Callable[[int], str]
    body: Body


def told(row: Row, trace: TraceId, names: Names, *, capped: bool = False) -> Columns:
    """A row of the store as a row of Parquet. trace: the one that it belongs to, in full."""
    (_, high, key, parent, confidence, operation, start_ns, duration_ns, facts, error, flags, _, refs, lines, extra) = row
    service, name, kind = names.operation(operation)
    source, rare = SOURCES[facts >> 16 & 15], _in_order(orjson.loads(extra)) if extra else {}
    resource, attributes, kinds = _attributes(orjson.loads(refs), names.attribute)
    found = sorted(_lines(told_lines(lines, names.body), start_ns, names.place), key=_line_order)
    return {
        "trace_id": trace_hex(trace),
        "span_id": span_id_text(key) if key != NO_SPAN else None,
        "parent_span_id": span_id_text(parent) if parent else None,
        "name": name, "kind": kind, "service_name": service,
        "start_time_unix_nano": start_ns, "duration_nano": duration_ns,
        "status_code": "error" if error == ErrorLevel.HARD else "ok" if flags & Flag.STATUS_OK else "unset",
        "status_message": rare["failure"][3] if error == ErrorLevel.HARD and "failure" in rare else None,
        "resource_attributes": resource, "attributes": attributes,
        "events": [*_logged_events(attributes), *(event for event, _ in found)],
        "links": [
            {"trace_id": trace_hex(TraceId(*link[:3])), "span_id": span_id_text(link[3]) if link[3] else None}
            for link in rare.get("links", ())
        ],
        "parent_source": source,
        "parent_confidence": _CERTAIN if source in OBSERVED_SOURCES else confidence or 0,
        "name_inferred": facts >> 4 & 15 > Rank.DERIVED,
        "duration_is_lower_bound": bool(flags & Flag.LOWER_BOUND),
        "trace_is_capped": capped,
        "logtrace": {
            "facts": facts, "error": error, "flags": flags, "attribute_kinds": kinds,
            "extra": orjson.dumps(rare).decode() if rare else None,
            "trace_text": trace.text or None, "span_text": names.span_text(key) or None,
            "parent_text": (names.span_text(parent) or None) if parent else None, "is_short": trace.high != high,
            "lines": [line for _, line in found],
        },
    }  # fmt: skip


def _logged_events(attributes: Pairs) -> Iterator[Columns]:
    """The events that a span was logged with, where OTLP was read."""
    text = next((text for key, text in attributes if key == "events"), "")
    found: list[Event] = []
    with suppress(orjson.JSONDecodeError):  # a text that somebody called so
        found = named_events(orjson.loads(text))
    for event in found:
        pairs = [(key, each if isinstance(each, str) else orjson.dumps(each).decode()) for key, each in event.attributes.items()]
        yield {"time_unix_nano": event.time_ns, "name": event.name, "attributes": pairs}


def _in_order(rare: dict[str, Any]) -> dict[str, Any]:
    """What is rare of a row, the lists that are sets in one order: it says nothing, and differs by how lines came together."""
    for name in ("marks", "others"):
        if name in rare:
            rare[name].sort(key=orjson.dumps)
    return rare


def _attributes(refs: Iterable[Any], attribute: Callable[[int], tuple[str, str]]) -> tuple[Pairs, Pairs, str]:
    """(those of the resource, the others, their kinds) of a row's attributes, by key: their order in a row says nothing."""
    resource: Pairs = []
    others: Pairs = []
    kinds = []
    for (key, value), rank in sorted(_ranked(ref, attribute) for ref in refs):
        text, is_json, is_resource = _spelled(key, value)
        (resource if is_resource else others).append((key, text))
        kinds.append(f"{rank | is_json * _JSON | is_resource * _RESOURCE:x}")
    return resource, others, "".join(kinds)


def _ranked(ref: Any, attribute: Callable[[int], tuple[str, str]]) -> tuple[tuple[str, str], int]:
    """((key, JSON value), rank) of an attribute of a row."""
    if ref.__class__ is int:
        return attribute(ref >> 2), ref & 3
    return (ref[0], orjson.dumps(ref[1]).decode()), ref[2]


@lru_cache(8_192)
def _spelled(key: str, value: str) -> tuple[str, bool, bool]:
    """(the text, whether it is JSON, whether it is of the resource) of an attribute's JSON value."""
    is_text = value.startswith('"')
    return orjson.loads(value) if is_text else value, not is_text, is_of_resource(key)


def _lines(
    found: list[Any], start_ns: int | None, place: Callable[[int], tuple[str, int]]
) -> Iterator[tuple[Columns, Columns]]:  # fmt: skip
    """(the event, what the store knows besides) of each line of a row."""
    first_ns = start_ns
    if found and found[0].__class__ is int:
        first_ns, *found = found
    for chunk, line, offset, severity, text_hash, body in found:
        time_ns = None if offset is None or first_ns is None else first_ns + offset
        path, first_line = place(chunk)
        event = event_of(LineRef(time_ns, text_hash, chunk, line, severity, body))
        yield (
            {"time_unix_nano": time_ns, "name": "log", "attributes": [(key, str(value)) for key, value in event.items()]},
            {"hash": text_hash, "severity": severity, "path": path, "line": first_line + line},
        )


def _line_order(pair: tuple[Columns, Columns]) -> tuple[bool, int, str, int, int]:
    """Time, then place: the same however the lines came together."""
    event, line = pair
    time_ns = event["time_unix_nano"]
    return time_ns is None, time_ns or 0, line["path"], line["line"], line["hash"]


class Restored(NamedTuple):
    """A row of the store as it was: its columns but for the operation (0), the operation, the texts of opaque ids."""

    row: Row
    operation: OperationKey
    opaque_trace: tuple[int, int, str] | None
    opaque_spans: list[tuple[int, str]]


def restored(columns: Mapping[str, Any], ref: AttributeRef, chunk: Callable[[str], int]) -> Restored:
    """The row of the store that a row of Parquet was. ref: numbers attributes; chunk: numbers the paths of lines."""
    own = columns["logtrace"]
    low, high = halves(columns["trace_id"])
    facts, start_ns, extra = own["facts"], columns["start_time_unix_nano"], own["extra"]
    key, parent = key_of(columns["span_id"]), key_of(columns["parent_span_id"])
    observed = SOURCES[facts >> 16 & 15] in OBSERVED_SOURCES
    lines, many = _row_lines(columns["events"][-len(own["lines"]) :] if own["lines"] else [], own["lines"], columns, chunk)
    attributes = attributes_text(attributes_of(columns), ref)
    row = (
        low, 0 if own["is_short"] else high, key, parent, None if observed else columns["parent_confidence"], 0, start_ns,
        columns["duration_nano"], facts, own["error"], own["flags"], many, attributes, lines, extra,
    )  # fmt: skip
    texts = [(key, own["span_text"]), (parent, own["parent_text"])]
    return Restored(
        row, (columns["service_name"], columns["name"], columns["kind"]),
        (low, high, own["trace_text"]) if own["trace_text"] else None, [(number, text) for number, text in texts if text],
    )  # fmt: skip


def halves(text: str) -> tuple[int, int]:
    """(low, high) of the trace id in a row."""
    number = bytes.fromhex(text)
    return int.from_bytes(number[8:], "big", signed=True), int.from_bytes(number[:8], "big", signed=True)


def key_of(text: str | None) -> int:
    """The key of the span id in a row."""
    return parse_span_id(text)[0] if text else NO_SPAN


def attributes_of(columns: Mapping[str, Any]) -> Iterator[tuple[Attribute, int]]:
    """The attributes of a row with their ranks."""
    resource, others = iter(columns["resource_attributes"]), iter(columns["attributes"])
    for digit in columns["logtrace"]["attribute_kinds"]:
        kind = int(digit, 16)
        key, text = next(resource if kind & _RESOURCE else others)
        yield Attribute(key, text if kind & _JSON else orjson.dumps(text).decode()), kind & _RANK


def _row_lines(
    events: Sequence[Columns], lines: Sequence[Columns], columns: Mapping[str, Any], chunk: Callable[[str], int]
) -> tuple[str, int]:
    """(the lines of a row, how many they are without untimed copies)."""
    first_ns = min((event["time_unix_nano"] for event in events if event["time_unix_nano"] is not None), default=None)
    stated = SOURCES[columns["logtrace"]["facts"] >> 20 & 15] in OBSERVED_SOURCES
    found: list[Any] = []
    for event, line in zip(events, lines, strict=True):
        time_ns = event["time_unix_nano"]
        offset = None if time_ns is None else time_ns - first_ns
        body = next((text for key, text in event["attributes"] if key == "message"), "")
        found.append((chunk(line["path"]), line["line"], offset, line["severity"], line["hash"], body))
    timed = {text_hash for _, _, offset, _, text_hash, _ in found if offset is not None}
    many = sum(offset is not None or text_hash not in timed for _, _, offset, _, text_hash, _ in found)
    is_start = stated and first_ns == columns["start_time_unix_nano"]
    return orjson.dumps(found if first_ns is None or is_start else [first_ns, *found]).decode(), many
