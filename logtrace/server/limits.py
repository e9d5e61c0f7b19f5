"""How large an answer may be. One that is cut says so, and where the rest begins; one that can't be cut is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import orjson

from logtrace.server.endpoint import Json, number

MOST_ITEMS = 5_000
MOST_BYTES = 16 * 1024 * 1024
"""Of the list of an answer that may be long. One item is always given, so that whoever asks on comes to the end."""

FROM = number("from", "Leaves out so many: the `next` of an answer that was cut.", 0, 0)


class Part(NamedTuple):
    """Some items as the text that they will be; next: how many to leave out for the rest, None where there is none."""

    items: list[orjson.Fragment]
    next: int | None


def part(items: Iterable[Any], first: int, most: int = MOST_ITEMS, most_bytes: int = MOST_BYTES) -> Part:
    """As many items, without the first so many, as an answer may have."""
    found: list[orjson.Fragment] = []
    left = iter(islice(items, first, None))
    for text in _within(left, most_bytes):
        if len(found) == most or text is None:
            return Part(found, first + len(found))
        found.append(orjson.Fragment(text))
    return Part(found, None)


def _within(items: Iterator[Any], most_bytes: int) -> Iterator[bytes | None]:
    """The items as text; None for the first that is too much beside those before it."""
    size = 0
    for item in items:
        text = orjson.dumps(item, default=str)
        if size and size + len(text) > most_bytes:
            yield None
        size += len(text)
        yield text


def listed(name: str, found: Part) -> Json:
    """The list of an answer, and whether and where it goes on."""
    return {name: found.items, "more": found.next is not None, "next": found.next}
