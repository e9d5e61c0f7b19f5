"""What envelopes know, put on runs: on templates, each of them once for each envelope that lines of its kind come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from logtrace.ingest.envelopes import Outer, UnwrappedLines
from logtrace.ingest.objects.enveloped import with_outer
from logtrace.reconstruct.spans.runs import NONE, Numbers, Run, Template, numbers

_TEMPLATES = 8_000


class Enveloped:
    """Puts on runs what envelopes know. Remembers templates, so that those of one kind in one envelope stay one."""

    def __init__(self) -> None:
        self._templates: dict[tuple[int, Outer], Template] = {}

    def run(self, run: Run, wrapped: UnwrappedLines) -> Run:
        """The records of the texts of wrapped lines with what is known around each, at the places of the lines. Those that may
        have a value of their own for what an envelope knows are left out."""
        places = run.indexes.tolist()
        indexes, outers, times = (_at(column, places) for column in (wrapped.indexes, wrapped.known, wrapped.times))
        run = run._replace(
            indexes=np.array(indexes, np.int64),
            templates=self._under(run.templates, outers),
            times=_timed(run.times, times),
        )
        odd = _own_values(run, outers)
        if not odd:
            return run
        plain = np.ones(len(places), np.bool_)
        plain[odd] = False
        return run.only(plain)

    def _under(self, templates: Sequence[Template], outers: Sequence[Outer]) -> list[Template]:
        pairs: list[Any] = list(map(id, templates))
        if len(set(map(id, outers))) > 1:
            pairs = list(zip(pairs, map(id, outers), strict=True))
        distinct = dict(zip(pairs, zip(templates, outers, strict=True), strict=True))
        made = {pair: self._template(*each) for pair, each in distinct.items()}
        return list(map(made.__getitem__, pairs))

    def _template(self, template: Template, outer: Outer) -> Template:
        if not outer.layers:
            return template
        key = template.number, outer
        found = self._templates.get(key)
        if found is None:
            if len(self._templates) > _TEMPLATES:
                self._templates.clear()
            record = with_outer(template.record._replace(attributes=template.attributes), outer)
            found = self._templates[key] = Template(record, record.attributes)
        return found


def _at(column: Sequence[Any], places: list[int]) -> Sequence[Any]:
    return column if len(places) == len(column) else list(map(column.__getitem__, places))


def _timed(own: Numbers, times: Sequence[int | None]) -> Numbers:
    """Times of records, those around them where they have none."""
    untimed = own == NONE
    return np.where(untimed, numbers(times), own) if untimed.any() else own


def _own_values(run: Run, outers: Sequence[Outer]) -> list[int]:
    """Positions of records whose bundles may have a key that an envelope knows."""
    around = {key for outer in set(outers) for key, _ in outer.resource}
    if not around:
        return []
    clashing = {keys for keys in {bundle.keys for bundle in run.bundles} if keys is None or not around.isdisjoint(keys)}
    if not clashing:
        return []
    return [
        at
        for at, (bundle, outer) in enumerate(zip(run.bundles, outers, strict=True))
        if bundle.keys in clashing and outer.resource
    ]
