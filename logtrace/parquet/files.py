"""Rows of Parquet → files: written in groups of rows, so that memory does not grow with them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from logtrace.parquet.rows import Columns
from logtrace.parquet.schema import DELTA, META, PLAIN, schema

if TYPE_CHECKING:
    import pyarrow

AT_ONCE = 500
"""Rows that are Python values at a time: some five kilobytes each."""

GROUP = 10_000
"""Rows of a row group: enough for dictionaries to pay (groups of 50,000 make the file a sixtieth smaller, and take 60 MB)."""

LEVEL = 9
"""Of zstd. It is a small part of the time."""


def table(rows: Iterable[Columns]) -> pyarrow.Table:
    """Rows as an Arrow table."""
    import pyarrow as pa

    found = list(rows)
    pool = _pool()
    arrays = [pa.array([row[field.name] for row in found], field.type, memory_pool=pool) for field in schema()]
    return pa.Table.from_arrays(arrays, schema=schema())


def pieces(rows: Iterable[Columns], meta: str) -> Iterator[bytes]:
    """The bytes of a file, as they come about. meta: what goes with all rows, as JSON; it stands in the footer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = _Sink()
    with pq.ParquetWriter(
        sink,
        schema().with_metadata({META: meta}),
        compression="zstd",
        compression_level=LEVEL,
        memory_pool=_pool(),
        **_encodings(),
    ) as writer:
        for group in _groups(map(table, _parts(iter(rows)))):
            writer.write_table(pa.concat_tables(group), row_group_size=GROUP)
            yield sink.taken()
    yield sink.taken()


def _pool() -> pyarrow.MemoryPool:
    """The allocator of the system, which Python has too: that of Arrow keeps what is free for itself."""
    import pyarrow as pa

    return pa.system_memory_pool()


def _parts(rows: Iterator[Columns]) -> Iterator[list[Columns]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _groups(tables: Iterator[pyarrow.Table]) -> Iterator[list[pyarrow.Table]]:
    while group := list(islice(tables, GROUP // AT_ONCE)):
        yield group


class _Sink(io.RawIOBase):
    """What a writer wrote since it was last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._parts.append(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        """The bytes that came since."""
        found, self._parts = b"".join(self._parts), []
        return found


def _encodings() -> dict[str, Any]:
    """How columns are encoded: numbers that follow one another by their differences, ids as they are, all else by dictionary."""
    leaves = [path for field in schema() for path in _leaves(field.name, field.type)]
    return {
        "use_dictionary": [path for path in leaves if path not in (*DELTA, *PLAIN)],
        "column_encoding": dict.fromkeys(DELTA, "DELTA_BINARY_PACKED"),
    }


def _leaves(path: str, kind: pyarrow.DataType) -> list[str]:
    """The columns that Parquet makes of a column."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in _leaves(f"{path}.{field.name}", field.type)]
    if pa.types.is_map(kind):
        return [f"{path}.key_value.key", *_leaves(f"{path}.key_value.value", kind.item_type)]
    if pa.types.is_list(kind):
        return _leaves(f"{path}.list.element", kind.value_type)
    return [path]
