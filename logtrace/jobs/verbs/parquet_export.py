"""Traces of a store → Parquet: one file, or a folder with one file for each day."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp

from logtrace.errors import LogtraceError
from logtrace.parquet.meta import Meta
from logtrace.parquet.rows import Columns, Names, told
from logtrace.parquet.schema import META, SPANS, date_of
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.whole import Spelling, WholeRow, model_text, whole_rows

Key = tuple[int, int]


def parquet_pieces(reader: FragmentReader, traces: Iterable[Key]) -> Iterator[bytes]:
    """The bytes of a file with some traces, as they come about."""
    from logtrace.parquet.files import pieces

    return pieces(_rows(reader, whole_rows(reader, traces)), _meta(reader).text())


def parquet_folder(reader: FragmentReader, traces: Iterable[Key], folder: Path) -> None:
    """A folder, which must not be there, with a file for each day (UTC) that some traces, best given oldest first, start on.

    It is made aside and moved into place when it is whole.
    """
    from logtrace.parquet.files import pieces

    aside = Path(mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        meta = _meta(reader)
        by_day = groupby(whole_rows(reader, traces), lambda row: date_of(row.start_ns))
        for number, (day, rows) in enumerate(by_day):
            place = aside / SPANS / f"date={day}"
            place.mkdir(parents=True, exist_ok=True)
            with (place / f"part-{number}.parquet").open("wb") as file:
                file.writelines(pieces(_rows(reader, rows), meta.text()))
        (aside / f"_{META}.json").write_text(meta.text())
        aside.chmod(0o755)
        aside.rename(folder)
    except OSError as error:
        raise LogtraceError(
            f"{folder} can't be written: {(error.strerror or str(error)).lower()}", "make room, or name another"
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _rows(reader: FragmentReader, rows: Iterable[WholeRow]) -> Iterator[Columns]:
    spelling = Spelling(reader)
    names = Names(reader.operation, reader.attribute_pair, spelling.place, spelling.span_text, reader.body)
    return (told(each.row, each.trace, names) for each in rows)


def _meta(reader: FragmentReader) -> Meta:
    return Meta(model_text(reader))
