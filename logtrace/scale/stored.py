"""Shuffled rows → a store of their traces, assembled: what an ingest of the same lines would hold of them, but for the lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from logtrace.jobs.assembly.assemble import assemble
from logtrace.jobs.intake.handler import Handler
from logtrace.jobs.workers.pool import InProcess
from logtrace.parquet.meta import Model
from logtrace.scale.shuffled import FIELDS
from logtrace.store.file.database import writing
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.rows.of_fragments import Row
from logtrace.store.writing.writer import Writer

_AT = {name: place for place, name in enumerate(FIELDS)}
_ID, _NAMES, _REST = slice(_AT["trace_low"], _AT["service"]), slice(_AT["service"], _AT["start_ns"]), slice(
    _AT["start_ns"], _AT["trace_text"]
)  # fmt: skip

Place = tuple[str, int]
"""(path, number of its first line) of a split."""


@contextmanager
def stored(rows: Iterable[Sequence[Any]], model: Model | None) -> Iterator[SqliteReader]:
    """A store of shuffled rows for the length of a `with` block. model: what parents are inferred with, None: nothing is."""
    with TemporaryDirectory(prefix="logtrace-") as folder:
        path = Path(folder) / "part.db"
        with writing(path), closing(Writer(path)) as writer, closing(InProcess(Handler)) as pool:
            writer.begin()
            if model is not None:
                writer.save_model(*model)
            writer.add_rows(_kept(writer, rows))
            writer.commit()
            assemble(writer, pool, 0, frozen=True)
        with SqliteReader(path) as reader:
            yield reader


def _kept(writer: Writer, rows: Iterable[Sequence[Any]]) -> Iterator[Row]:
    for row in rows:
        (operation,) = writer.name_operations([tuple(row[_NAMES])])
        columns = (*row[_ID], operation, *row[_REST])
        *_, trace_text, span_text, parent_text = row
        if trace_text or span_text or parent_text:
            traces = [(columns[0], columns[1], trace_text)] if trace_text else []
            spans = [(key, text) for key, text in ((columns[2], span_text), (columns[3], parent_text)) if text]
            writer.add_opaque(traces, spans)
        yield columns
