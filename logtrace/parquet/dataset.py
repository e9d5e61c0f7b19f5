"""Parquet that logtrace wrote, read through DuckDB: one file, or a folder of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from logtrace.errors import LogtraceError, StoreError
from logtrace.exporters.names import trace_hex
from logtrace.ids import parse_span_id, parse_trace_id, span_id_text
from logtrace.parquet.meta import Meta
from logtrace.parquet.rows import Columns
from logtrace.parquet.schema import META, SPANS
from logtrace.store.wanted import wanted

if TYPE_CHECKING:
    import duckdb

_BATCH = 2_000
_OBSERVED = 4 << 20 | 4 << 24
"""In `facts`: lines state both ends of a span; see store.history."""


_MOST_NEAR = 1_000
_MEANT = """trace_id[17:] = $low OR starts_with(trace_id, $digits) OR starts_with(ltrim(trace_id, '0'), $bare)
    OR starts_with(lower(logtrace.trace_text), $lower) OR starts_with(logtrace.trace_text, $digits)
    OR span_id = $span OR parent_span_id = $span
    OR list_contains(map_values(attributes), $text) OR list_contains(map_values(resource_attributes), $text)"""
_NEAR = "starts_with(trace_id, $head) OR starts_with(trace_id[17:], $head) OR ends_with(trace_id, $tail)"


class Part(NamedTuple):
    """Which traces: those with a span that starts in a window, or with these ids; None: all."""

    since_ns: int | None = None
    until_ns: int | None = None
    trace_ids: tuple[str, ...] | None = None


ALL = Part()


class Dataset:
    """A file or a folder at a place. Raises StoreError where there is none of ours."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._is_folder = os.path.isdir(place)
        if not os.path.exists(place):
            raise StoreError(f"there is no Parquet at {place}", "logtrace export --format parquet -o FILE writes some")
        if self._is_folder:
            self.meta  # noqa: B018 - raises where the folder is not whole

    @cached_property
    def _duck(self) -> duckdb.DuckDBPyConnection:
        try:
            import duckdb
        except ImportError as error:
            raise LogtraceError("reading Parquet needs DuckDB", "pip install 'logtrace[parquet]'") from error
        connection = duckdb.connect()
        connection.execute("SET enable_progress_bar = false")
        files = os.path.join(self.place, SPANS, "**", "*.parquet") if self._is_folder else self.place
        relation = f"read_parquet({_quoted(files)}, hive_partitioning = {str(self._is_folder).lower()}, union_by_name = false)"
        try:
            connection.execute(f"CREATE VIEW spans AS SELECT * FROM {relation}")
        except duckdb.Error as error:
            raise self._damaged(error) from error
        return connection

    def _damaged(self, error: Exception) -> StoreError:
        return StoreError(f"{self.place} can't be read: {str(error).splitlines()[0]}", "write it again, or name another")

    def _run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            found: list[tuple[Any, ...]] = self._duck.execute(sql, values).fetchall()
        except duckdb.Error as error:
            raise self._damaged(error) from error
        return found

    @cached_property
    def meta(self) -> Meta:
        """What goes with all rows."""
        if self._is_folder:
            path = os.path.join(self.place, f"_{META}.json")
            try:
                with open(path, "rb") as file:
                    return Meta.of_text(file.read(), path)
            except OSError as error:
                raise StoreError(
                    f"{self.place} holds no Parquet of logtrace: there is no _{META}.json",
                    "it was not written whole, or not by logtrace",
                ) from error
        found = self._run("SELECT value FROM parquet_kv_metadata(?) WHERE key = ?", (self.place, META.encode()))
        return Meta.of_text(found[0][0] if found else "", self.place)

    @cached_property
    def newest_ns(self) -> int | None:
        """When the last span starts; None where none has a time."""
        found: int | None = self._run("SELECT max(start_time_unix_nano) FROM spans WHERE span_id IS NOT NULL")[0][0]
        return found

    def operations(self) -> list[tuple[str, str, str]]:
        """(service, name, kind) of all operations, sorted."""
        rows: list[Any] = self._run("SELECT DISTINCT service_name, name, kind FROM spans ORDER BY ALL")
        return rows

    def samples(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
        """See store.history."""
        sql = (
            "SELECT service_name, name, len(d), d[len(d) // 100 + 1] FROM (SELECT service_name, name,"
            " list_reverse_sort(list(duration_nano)) AS d FROM spans WHERE duration_nano IS NOT NULL AND span_id IS NOT NULL"
            f" AND logtrace.facts & {_OBSERVED} = {_OBSERVED} AND service_name = ANY(?) AND name = ANY(?) GROUP BY ALL)"
        )
        wanted = set(pairs)
        asked = (list({service for service, _ in wanted}), list({name for _, name in wanted}))
        found = {(service, name): (many, p99) for service, name, many, p99 in self._run(sql, asked)}
        return {pair: each for pair, each in found.items() if pair in wanted}

    def ids(self, text: str) -> list[str]:
        """The traces (as `trace_id` has them) that a text may mean: never without one that it does mean. Where there is none,
        those whose ids look like it."""
        asked = wanted(text)
        known = parse_trace_id(asked.text)
        values = {
            "text": asked.text, "lower": asked.text.lower(), "digits": asked.digits or asked.text.lower(),
            "bare": asked.digits.lstrip("0") or "-", "low": trace_hex(known)[16:] if known else "",
            "span": span_id_text(parse_span_id(asked.text)[0]),
        }  # fmt: skip
        found = self._run(f"SELECT DISTINCT trace_id FROM spans WHERE {_MEANT}", values)
        if not found and asked.digits:
            near = {"head": asked.digits[:4], "tail": asked.digits[-6:]}
            found = self._run(f"SELECT DISTINCT trace_id FROM spans WHERE {_NEAR} LIMIT {_MOST_NEAR}", near)
        return [trace_id for (trace_id,) in found]

    def rows(self, part: Part) -> Iterator[list[Columns]]:
        """The rows of some whole traces, in parts."""
        import duckdb

        where, values = _where(part)
        try:
            for batch in self._duck.sql(f"SELECT * FROM spans{where}", params=values).to_arrow_reader(_BATCH):
                yield batch.to_pylist()
        except duckdb.Error as error:
            raise self._damaged(error) from error

    def count(self, part: Part) -> int:
        """How many rows that is."""
        where, values = _where(part)
        return int(self._run(f"SELECT count(*) FROM spans{where}", values)[0][0])


def _where(part: Part) -> tuple[str, list[Any]]:
    if part.trace_ids is not None:
        return " WHERE trace_id = ANY(?)", [list(part.trace_ids)]
    if part == ALL:
        return "", []
    conditions = [(part.since_ns, "start_time_unix_nano >= ?"), (part.until_ns, "start_time_unix_nano < ?")]
    given = [(limit, sql) for limit, sql in conditions if limit is not None]
    window = " AND ".join(sql for _, sql in given)
    return f" WHERE trace_id IN (SELECT trace_id FROM spans WHERE {window})", [limit for limit, _ in given]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
