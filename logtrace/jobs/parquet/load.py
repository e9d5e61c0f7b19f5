"""Rows of Parquet → a store as it was when they were written: same rows, same model, no line read and no parent inferred anew."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from logtrace.ingest.settings import Settings
from logtrace.jobs.assembly.assemble import assemble
from logtrace.jobs.intake.handler import Handler
from logtrace.jobs.workers.pool import make_pool
from logtrace.model import Attribute
from logtrace.parquet.meta import Meta
from logtrace.parquet.rows import Columns, restored
from logtrace.store.file.database import writing
from logtrace.store.rows.of_fragments import OperationKey, Row
from logtrace.store.writing.writer import Writer

_BYTES = 200
"""Of work in a row, about: tells whether processes pay."""

_DISTINCT, _LONG = 20_000, 2_000
"""Of a key with more values than so many, and of longer values, no more are numbered; see jobs.work."""


def load(
    path: Path,
    rows: Iterable[Sequence[Columns]],
    many: int,
    meta: Meta,
    operations: Iterable[OperationKey],
    paths: dict[str, int],
) -> None:
    """Makes a store of rows, so many of them in all. operations: those that are known beyond them; paths: the files that lines
    were read from, by the number that stands for each in LineRef.chunk; new ones are added."""
    with writing(path), _without_collection():
        writer, pool = Writer(path), make_pool(Handler, many * _BYTES)
        try:
            writer.begin()
            writer.name_operations(operations)
            if meta.model is not None:
                writer.save_model(*meta.model)
            into = _Into(writer, paths)
            for batch in rows:
                into.add(batch)
            into.keep_paths()
            writer.commit()
            assemble(writer, pool, 0, frozen=True)
        finally:
            pool.close()
            writer.close()


@contextmanager
def _without_collection() -> Iterator[None]:
    """Meanwhile no cycles are looked for: values of rows have none, and there are so many that it would take half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Into:
    """A store that takes rows."""

    def __init__(self, writer: Writer, paths: dict[str, int]) -> None:
        self._writer = writer
        self._paths = paths
        self._distinct: dict[str, int] = {}
        self._numbers: dict[Attribute, int | None] = {}

    def add(self, batch: Sequence[Columns]) -> None:
        """Takes rows."""
        found: list[Row] = []
        for columns in batch:
            one = restored(columns, self._attribute, self._chunk)
            (number,) = self._writer.name_operations([one.operation])
            found.append((*one.row[:5], number, *one.row[6:]))
            self._writer.add_opaque(filter(None, [one.opaque_trace]), one.opaque_spans)
        self._writer.add_rows(found)

    def _attribute(self, attribute: Attribute) -> int | None:
        if attribute not in self._numbers:
            self._numbers[attribute] = self._number(attribute)
        return self._numbers[attribute]

    def _number(self, attribute: Attribute) -> int | None:
        many = self._distinct[attribute.key] = self._distinct.get(attribute.key, 0) + 1
        if many > _DISTINCT or len(attribute.value) > _LONG:
            return None
        return self._writer.name_attributes([attribute.pair])[0]

    def _chunk(self, path: str) -> int:
        return self._paths.setdefault(path, len(self._paths) + 1)

    def keep_paths(self) -> None:
        """Notes which files lines were read from; the lines themselves are not there."""
        for path, chunk in self._paths.items():
            source = self._writer.add_source(path, "parquet", Settings().text())
            self._writer.add_chunks(source, 0, [(chunk, 0, 0, 0, None, None, 0, 0, None)])
