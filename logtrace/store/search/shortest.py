"""How much of trace ids has to be typed: what no other id of the store begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from logtrace.ids import TraceId, parse_trace_id
from logtrace.store.reading.reader import FragmentReader

LEAST = 8
"""Digits of an id that are shown at least."""

WHOLE_FROM = 12
"""So many digits are read as a whole id (see ids.parse_trace_id), before they are as the beginning of one."""

MOST_RIVALS = 10_000
"""Where more ids begin alike (test ids, all zeros), none is shortened."""


def shortest(ids: Sequence[str], alike: Callable[[set[str]], set[str]]) -> int:
    """The least length, 8 or more, at which the beginnings of all those ids mean one trace each.

    alike: the ids that begin with any of some first digits. An id of 64 bits counts without the zeros before it; opaque ids
    are whole. 8 where there are no ids.
    """
    texts = [typed(found) for text in ids if (found := parse_trace_id(text)) is not None]
    rivals = alike({text[:LEAST] for text in texts if _is_hex(text)})
    longest = max(map(len, texts), default=LEAST)
    if len(rivals) > MOST_RIVALS:
        return longest
    return min(longest, max((_needed(text, rivals) for text in texts), default=LEAST))


def typed(trace: TraceId) -> str:
    """An id as people type it."""
    whole = str(trace).lower()
    return whole[16:] if trace.high == 0 and not trace.text else whole


def _needed(text: str, rivals: Iterable[str]) -> int:
    """How many letters of an id differ from every rival; among them one that is no zero, which all short ids begin with."""
    if not _is_hex(text):
        return len(text)
    shared = max((_shared(text, rival) for rival in rivals if rival != text), default=0)
    zeros = len(text) - len(text.lstrip("0"))
    needed = max(LEAST, shared + 1, zeros + 1)
    return needed if needed < WHOLE_FROM else len(text)


def _shared(text: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False)))


def alike_in(reader: FragmentReader, heads: set[str]) -> set[str]:
    """The ids of the store with any of those first digits, one more than MOST_RIVALS of them at most.

    Halves are signed numbers: the digits of a beginning are their upper 32 bits.
    """
    numbers = ", ".join(str(int.from_bytes(bytes.fromhex(head), "big", signed=True)) for head in heads)
    rows = reader.run(
        f"SELECT low, high FROM trace WHERE high >> 32 IN ({numbers}) OR high = 0 AND low >> 32 IN ({numbers})"
        f" LIMIT {MOST_RIVALS + 1}"
    )
    holes = ", ".join("?" for _ in heads)
    opaque = reader.run(
        f"SELECT low, high, text FROM opaque_trace WHERE substr(lower(text), 1, {LEAST}) IN ({holes})", tuple(heads)
    )
    named = {(low, high): text for low, high, text in opaque}
    return {typed(TraceId(low, high)) for low, high in rows if (low, high) not in named} | {t.lower() for t in named.values()}


def _is_hex(text: str) -> bool:
    return len(text) >= 2 * LEAST and not set(text) - set("0123456789abcdef")
