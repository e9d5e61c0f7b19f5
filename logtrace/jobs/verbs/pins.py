"""Pins: traces that stay, whatever rules say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from logtrace.errors import NotFoundError
from logtrace.ids import TraceId, parse_trace_id
from logtrace.store.search import lookup
from logtrace.store.upkeep import preserve

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened


class Pinned(NamedTuple):
    """A pinned trace, why, and since when."""

    trace_id: str
    note: str
    pinned_ns: int


def pinned(store: Opened) -> list[Pinned]:
    """All pins, oldest first."""
    return [Pinned(str(TraceId(pin.low, pin.high)), pin.note, pin.pinned_ns) for pin in preserve.pins(store.reader)]


def pin(store: Opened, text: str, note: str) -> Pinned:
    """Pins the trace that a text means. Raises as `Store.trace` does, StoreError where the store is being written."""
    from logtrace.jobs.intake.keyed import without_secrets

    found = _key(store, text)
    made = preserve.Pin(found.low, found.high, without_secrets(note, store.path), time.time_ns())
    preserve.write_pin(store.path, made)
    return Pinned(str(found), made.note, made.pinned_ns)


def unpin(store: Opened, text: str) -> Pinned:
    """Unpins a trace, and gives what was pinned. Raises NotFoundError where it is not."""
    known = {found.trace_id: found for found in pinned(store)}
    near = [trace_id for trace_id in known if trace_id.startswith(text.strip().lower())]
    wanted = near[0] if len(near) == 1 else str(_key(store, text))
    if wanted not in known:
        raise NotFoundError(f"{wanted} is not pinned", "logtrace pin lists the traces that are")
    found = parse_trace_id(wanted)
    if found is not None:
        preserve.remove_pin(store.path, found.low, found.high)
    return known[wanted]


def _key(store: Opened, text: str) -> TraceId:
    found = lookup.find(store.reader, text)
    return found[0] if len(found) == 1 else _by_text(store, store.trace(text).trace_id)


def _by_text(store: Opened, trace_id: str) -> TraceId:
    return lookup.find(store.reader, trace_id)[0]
