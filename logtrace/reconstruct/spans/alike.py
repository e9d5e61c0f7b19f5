"""Runs of records that were made one by one: what a format, a text or a dialect of one's own gives, as columns.

Rows are made of columns in a fraction of the time (see `runs`). Templates and bundles are remembered, as stores remember with
them how they write them down.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logtrace.ids import NO_SPAN, TraceId
from logtrace.model import Attribute, Record
from logtrace.reconstruct.spans.runs import Bundle, Run, Template, numbers

_TEMPLATES, _BUNDLES = 4_000, 4_000
_NO_TRACE = TraceId(0, 0)


def has_columns(record: Record) -> bool:
    """Whether a run has columns for all that a record says: of a span, without a link."""
    return record.trace is not None and record.span != NO_SPAN and not record.links


class Alike:
    """Makes runs. Remembers what records have in common."""

    def __init__(self) -> None:
        self._templates: dict[tuple[object, ...], Template] = {}
        self._bundles: dict[tuple[Attribute, ...], Bundle] = {}

    def run(self, records: Sequence[Record], indexes: Sequence[int]) -> Run:
        """The run of records without links, at least one; indexes: of the line of each."""
        (traces, spans, parents, roles, times, starts, ends, durations, services, service_ranks, names, name_ranks, kinds,
         severities, bodies, errors, types, messages, attributes, _, flags, hashes) = zip(*records, strict=True)  # fmt: skip
        keys = list(zip(roles, services, service_ranks, names, name_ranks, kinds, severities, flags, strict=True))
        traced = [trace is not None for trace in traces]
        lows, highs, texts = zip(*[trace or _NO_TRACE for trace in traces], strict=True)
        return Run(
            np.array(indexes, np.int64), self._templates_of(keys, records), self._bundles_of(attributes),
            np.array(traced, np.bool_), np.array(lows, np.int64), np.array(highs, np.int64), np.array(spans, np.int64),
            np.array([parent is not None for parent in parents], np.bool_),
            np.array([parent or NO_SPAN for parent in parents], np.int64), numbers(times), numbers(durations), numbers(starts),
            numbers(ends), list(bodies), np.array(hashes, np.int64), np.array(errors, np.int64),
            list(zip(types, messages, strict=True)),
            {(low, high): text for low, high, text in set(zip(lows, highs, texts, strict=True)) if text} if any(texts) else {},
        )  # fmt: skip

    def _templates_of(self, keys: Sequence[tuple[object, ...]], records: Sequence[Record]) -> list[Template]:
        known = self._templates
        if len(known) > _TEMPLATES:
            known.clear()
        for key, record in zip(keys, records, strict=True) if not known.keys() >= set(keys) else ():
            if key not in known:
                known[key] = Template(record, ())
        return [known[key] for key in keys]

    def _bundles_of(self, found: Sequence[tuple[Attribute, ...]]) -> list[Bundle]:
        known = self._bundles
        if len(known) > _BUNDLES:
            known.clear()
        for attributes in set(found).difference(known):
            known[attributes] = Bundle.of(attributes)
        return [known[attributes] for attributes in found]
