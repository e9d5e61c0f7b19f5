"""What lines that are read together have as attributes beyond their heads: those of objects, and keys with very many values."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.columns.plans import Values
from logtrace.ingest.columns.source import ABSENT
from logtrace.ingest.uniform.known_keys import Columns, Layout
from logtrace.ingest.uniform.objects import LOUD, NOTHING, Objects, Sign
from logtrace.model import Attribute
from logtrace.reconstruct.spans.runs import Bundle

_BUNDLES = 8_000


class Bundling:
    """Makes the bundles of lines of one layout. values: of attributes, by key."""

    def __init__(self, layout: Layout, values: dict[str, Values]) -> None:
        self._objects = [(key, Objects(key, values, layout.trace_key)) for key in layout.objects]
        self._varied = [(key, values.setdefault(key, Values(key))) for key in layout.varied]
        self._known: dict[tuple[Any, ...], Bundle] = {}

    def of(self, found: Columns, count: int) -> tuple[list[Bundle], set[int]]:
        """(the bundle of each of so many lines, positions of lines with objects that say more than attributes)."""
        parts = [objects.column(found[key]) for key, objects in self._objects]
        bundles = parts[0] if parts else [NOTHING] * count
        for part in parts[1:]:
            bundles = [a if b is NOTHING else b if a is NOTHING else _both(a, b) for a, b in zip(bundles, part, strict=True)]
        loud = {at for at, bundle in enumerate(bundles) if bundle is LOUD} if LOUD in bundles else set()
        columns = [values.column([None if value is ABSENT else value for value in found[key]]) for key, values in self._varied]
        for at, own in enumerate(zip(*columns, strict=True)):
            if any(own):  # a key with many values need not be one that many lines have
                bundles[at] = self._with_own(bundles[at], *own)
        return bundles, loud

    def _with_own(self, bundle: Bundle, *own: Attribute | None) -> Bundle:
        """A bundle and attributes of the line itself, as one: the same one for all lines of the same."""
        found = self._known.get((bundle, *own))
        if found is None:
            if len(self._known) > _BUNDLES:
                self._known.clear()
            made = Bundle.of((*filter(None, own), *bundle.attributes), bundle.sign)
            found = self._known[bundle, *own] = made
        return found


def _both(a: Bundle, b: Bundle) -> Bundle:
    """The attributes of two objects of one line; LOUD where both tell of one error."""
    if a is LOUD or b is LOUD:
        return LOUD
    one: Sign = a.sign  # type: ignore[assignment]
    other: Sign = b.sign  # type: ignore[assignment]
    if not {concept for concept, _, _ in one.told}.isdisjoint([concept for concept, _, _ in other.told]):
        return LOUD
    sign = Sign(one.named + other.named, one.nameless + other.nameless, one.told + other.told, one.fails or other.fails)
    return Bundle.of(a.attributes + b.attributes, sign)
