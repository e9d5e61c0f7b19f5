"""What envelopes know, put on runs: on templates, each of them once for each envelope that lines of its kind come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import numpy as np

from logtrace.ingest.enveloped import with_outer
from logtrace.ingest.envelopes import Outer
from logtrace.reconstruct.runs import NONE, Numbers, Run, Template, numbers
from logtrace.units import instants_ns

_TEMPLATES = 8_000


class Enveloped:
    """Puts on runs what envelopes know. Remembers templates, so that those of one kind in one envelope stay one."""

    def __init__(self) -> None:
        self._templates: dict[tuple[int, Outer], Template] = {}

    def run(self, run: Run, outers: Sequence[Outer], times: Sequence[str | None], zone: tzinfo) -> tuple[Run | None, list[int]]:
        """(the records with what is known around each, positions of those that may have a value of their own for what an
        envelope knows, and are left out). outers and times: of each record, the latter to be read in `zone`."""
        run = run._replace(templates=self._under(run.templates, outers), times=_timed(run.times, times, zone))
        odd = _own_values(run, outers)
        if not odd:
            return run, []
        plain = np.ones(len(outers), np.bool_)
        plain[odd] = False
        return run.only(plain) if plain.any() else None, odd

    def _under(self, templates: Sequence[Template], outers: Sequence[Outer]) -> list[Template]:
        pairs = list(zip(map(id, templates), map(id, outers), strict=True))
        distinct = dict(zip(pairs, zip(templates, outers, strict=True), strict=True))
        made = {pair: self._template(*each) for pair, each in distinct.items()}
        return [made[pair] for pair in pairs]

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


def _timed(own: Numbers, times: Sequence[str | None], zone: tzinfo) -> Numbers:
    """Times of records, those around them where they have none."""
    untimed = np.flatnonzero(own == NONE)
    told = [at for at in untimed.tolist() if times[at] is not None]
    if not told:
        return own
    found = own.copy()
    found[told] = numbers(instants_ns([times[at] for at in told], zone))
    return found


def _own_values(run: Run, outers: Sequence[Outer]) -> list[int]:
    """Positions of records whose bundles may have a key that an envelope knows."""
    around = {key for outer in set(outers) for key, _ in outer.resource}
    if not around:
        return []
    clashing = {keys for keys in {bundle.keys for bundle in run.bundles} if keys is None or not around.isdisjoint(keys)}
    if not clashing:
        return []
    return [
        at for at, (bundle, outer) in enumerate(zip(run.bundles, outers, strict=True)) if bundle.keys in clashing and outer.resource
    ]
