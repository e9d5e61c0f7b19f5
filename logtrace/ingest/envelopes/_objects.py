"""Lines that are objects around an object each, as shippers and journals write them: taken off one after another, but for what is
under them to be read with all its like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple, TypeVar

import orjson

from logtrace.ingest.envelopes._base import Outer, Unwrapped
from logtrace.ingest.envelopes._peeling import BARE, may_be_wrapped, unwrap_further

_PROBES = 8
T = TypeVar("T")


class Inner(NamedTuple):
    """The object under the envelopes of a line: the place of the line, the text of the object, what was around it but for the
    time, one object for all that are alike; the time."""

    at: int
    text: bytes
    known: Outer
    time_ns: int | None


def seem_wrapped(lines: Sequence[bytes]) -> bool:
    """Whether any of a few lines, from all over them, is an object that may be an envelope."""
    return any(wrapped_object(line) is not None for line in few(lines))


def few(lines: Sequence[T]) -> Sequence[T]:
    """A few of many lines, from all over them."""
    return lines[:: max(1, len(lines) // _PROBES)]


def inner_objects(lines: Sequence[bytes], zone: tzinfo) -> Iterator[Inner]:
    """The objects in lines that are plainly wrapped: as objects, whole, with nothing around them that belongs in the object."""
    outers: dict[Outer, Outer] = {}
    for at, line in enumerate(lines):
        found = _under(line, zone)
        if found is not None:
            known = found.outer._replace(time_ns=None)
            yield Inner(at, found.text.strip().encode(), outers.setdefault(known, known), found.outer.time_ns)


def wrapped_object(line: bytes) -> dict[str, Any] | None:
    """The object that a line is, where that may be an envelope."""
    if line[:1] != b"{":
        return None
    try:
        record: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return record if may_be_wrapped(record) else None


def _under(line: bytes, zone: tzinfo) -> Unwrapped | None:
    record = wrapped_object(line)
    found = [] if record is None else unwrap_further(line.decode(), BARE, zone, record)
    if len(found) != 1 or found[0].record is None or "\n" in found[0].text:
        return None
    outer = found[0].outer
    return found[0] if outer.layers and not (outer.partial or outer.fields) else None
