"""Texts of known formats, many at once: each becomes the line of JSON that it means, and those are read as such lines are.

    2025-11-10T19:36:18.123Z [INFO] [edge-mcp] Task created trace_id=4bf9… span_id=a3ce…
    {"timestamp":"2025-11-10T19:36:18.123Z","level":"INFO","component":"edge-mcp","msg":"Task created","trace_id":"4bf9…",…}

A text is taken where its beginning tells that it is of one format and under no envelope (see `formats.texts`). It gives the
records that the general way gives, or leaves the line to it. A property test holds that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import compress
from types import ModuleType
from typing import Any

import numpy as np
import orjson
import re2

from logtrace.ids import Ids
from logtrace.ingest.columns.paths import format_of
from logtrace.ingest.columns.plans import Plans
from logtrace.ingest.columns.source import Around
from logtrace.ingest.formats.of_heads import OF_HEADS
from logtrace.ingest.formats.texts import TOGETHER
from logtrace.ingest.objects.shaped import Shaped
from logtrace.ingest.texts.plain_lines import places_of
from logtrace.ingest.uniform.reading import Uniform
from logtrace.reconstruct.spans.runs import Run, left_out

_APART = re2.compile(rb"resource\.service\.name=|NR-LINKING\||d[dt]\.trace_id=| \[tracer: |[ :|\]]\{\"[^\n]*\}(?:\n|\z)")
"""What a text has that may be of more than its format: marks of others, an object at its end (see `text_prefix`)."""

_LOOKED_AT = 32
"""Texts of a block that are looked at for which formats there are."""

_SHAPES, _GIVE_UP = 1_000, 8


class KnownTexts:
    """Makes runs of texts. Remembers how the objects of each format are read. trace_key: as in Uniform."""

    def __init__(self, plans: Plans, ids: Ids, zone: tzinfo, trace_key: str = "") -> None:
        shaped = Shaped(plans, ids, zone)
        self._readers = [
            (member.BEGINS, _Reader(member, Uniform(plans.values, ids, zone, trace_key), shaped)) for member in TOGETHER
        ]

    def read(self, texts: Sequence[bytes], around: Around) -> Iterator[Run]:
        """The records of those texts that are like this, by their positions. texts: `plain_lines`."""
        some = [text.decode() for text in texts[:: len(texts) // _LOOKED_AT + 1]]
        readers = [(begins, reader) for begins, reader in self._readers if any(map(begins.match, some))]
        if not readers:
            return
        lines = b"\n".join(texts).decode().split("\n")
        _, apart = places_of(_APART, texts)
        left = [at for at in range(len(texts)) if at not in apart]
        for begins, reader in readers:
            found = [begins.match(lines[at]) is not None for at in left]
            yield from reader.read(list(compress(left, found)), lines, texts, around)
            left = [at for at, is_own in zip(left, found, strict=True) if not is_own]


class _Reader:
    """Reads the texts of one format."""

    def __init__(self, member: ModuleType, uniform: Uniform, shaped: Shaped) -> None:
        self._record_of = member.read
        self._uniform = uniform
        self._shaped = shaped
        self._shapes: set[frozenset[tuple[str, type]]] = set()
        self._vain = 0  # blocks in a row of which no line could be read in columns

    def read(self, places: Sequence[int], lines: Sequence[str], texts: Sequence[bytes], around: Around) -> Iterator[Run]:
        """The records of the texts at some places, by their places."""
        told = [
            (at, record, line)
            for at in places
            if (record := self._record_of(lines[at])) is not None and (line := _json_of(record)) is not None
        ]
        if not told:
            return
        places, records, objects = zip(*told, strict=True)
        own = [texts[at] for at in places]
        runs: list[Run] = []
        if self._vain < _GIVE_UP:
            meant = dict(zip(objects, own, strict=True))
            runs = self._runs(objects, own, records, Around(around.service, lambda line: around.read(meant[line])))
            self._vain = 0 if runs else self._vain + 1
        left = left_out(runs, len(own))
        rest = self._shaped.run([records[at] for at in left], [own[at] for at in left], around.service) if left else None
        if rest is not None:
            runs.append(rest._replace(indexes=np.array(left, np.int64)[rest.indexes]))
        for run in runs:
            yield run._replace(indexes=np.array(places, np.int64)[run.indexes])

    def _runs(
        self, objects: Sequence[bytes], texts: Sequence[bytes], records: Sequence[dict[str, Any]], around: Around
    ) -> list[Run]:
        """The records of texts, of which these are the lines of JSON, by their positions."""
        data = b"\n".join(objects)
        runs, left = self._uniform.read(data, objects, around, texts)
        learned = [self._learn(records[at]) for at in left]
        return self._uniform.read(data, objects, around, texts)[0] if any(learned) else runs

    def _learn(self, record: dict[str, Any]) -> bool:
        """Takes note of the keys of a record that could not be read; whether it may be read now."""
        shape = frozenset(zip(record, map(type, record.values()), strict=True))
        if shape in self._shapes:
            return False
        if len(self._shapes) > _SHAPES:
            self._shapes.clear()
        self._shapes.add(shape)
        return "span" not in record and format_of(record) in OF_HEADS and self._uniform.learn(record)


def _json_of(record: dict[str, Any]) -> bytes | None:
    """The line of JSON; None where there is none (see `mend.as_json`)."""
    try:
        return orjson.dumps(record)
    except TypeError:
        return None
