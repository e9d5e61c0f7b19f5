"""What lines that are read together tell of errors, in fields of their own, in objects, by their status.

Such words vary, so they are no part of a line's head: fields that tell an error go from there to its bundle. What they come
to is for Columns.errors to say, once the kind of the line and its message are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any, Literal

from logtrace.ingest.columns.cells import loud_at
from logtrace.ingest.columns.plans import Values
from logtrace.ingest.columns.source import ABSENT
from logtrace.ingest.uniform.known_keys import Columns, Layout
from logtrace.ingest.uniform.parts import Kind
from logtrace.ingest.vocabulary.aliases import ERRORS, FAILING
from logtrace.reconstruct.spans.runs import Bundle


class Failing:
    """Finds what lines of one layout tell of errors. values: of attributes, by key."""

    def __init__(self, layout: Layout, values: dict[str, Values]) -> None:
        self._fields = {key: values.setdefault(key, Values(key)) for key, concept, _ in layout.errors if concept in FAILING}
        self._stays = [key not in self._fields for key in layout.head]
        self._told = layout.errors

    def set_apart(self, columns: Columns, heads: list[tuple[Any, ...]], bundles: list[Bundle]) -> set[int]:
        """Positions of lines of which a field tells an error; those fields go from their heads to their bundles."""
        found: set[int] = set()
        for key in self._fields:
            found.update(loud_at([None if value is ABSENT else value for value in columns[key]]))
        for at in found:
            bundle = bundles[at]
            own = [values.attribute(told) for key, values in self._fields.items() if (told := columns[key][at]) is not ABSENT]
            bundles[at] = Bundle.of((*filter(None, own), *bundle.attributes), bundle.sign)
            heads[at] = tuple([value if stays else ABSENT for value, stays in zip(heads[at], self._stays, strict=True)])
        return found

    def told(
        self, columns: Columns, bundles: Sequence[Bundle], kinds: Sequence[Kind | Literal[False]], apart: set[int]
    ) -> list[tuple[int, tuple[Any, ...]]]:
        """The positions of lines that may tell an error, each with what it says of ERRORS. apart: see set_apart."""
        special = {kind for kind in set(kinds) if kind and kind.may_fail}
        places = apart | set(compress(range(len(kinds)), map(special.__contains__, kinds))) if special else apart
        return [(at, self._of_line(columns, at, bundles[at].sign)) for at in sorted(places)]

    def _of_line(self, columns: Columns, at: int, sign: Any) -> tuple[Any, ...]:
        """The value of each of ERRORS. Of fields and members of objects, the one counts that is named in the best words."""
        best: dict[str, tuple[int, Any]] = {}
        own = [(concept, place, value) for key, concept, place in self._told if (value := columns[key][at]) is not ABSENT]
        for concept, place, value in (*own, *(sign.told if sign else ())):
            if concept not in best or place < best[concept][0]:
                best[concept] = place, value
        return tuple([best[concept][1] if concept in best else None for concept in ERRORS])
