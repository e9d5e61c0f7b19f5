"""Parquet that logtrace wrote, read through DuckDB: one file, or a folder of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logtrace.errors import LogtraceError, StoreError
from logtrace.exporters.names import trace_hex
from logtrace.ids import TraceId, parse_span_id, parse_trace_id, span_id_text
from logtrace.parquet.meta import Meta
from logtrace.parquet.rows import Columns, halves
from logtrace.parquet.schema import META, SPANS
from logtrace.parquet.sql import AS_JSON, MEANT, MOST_NEAR, NEAR, OBSERVED, ROW, SERVICES, TRACES
from logtrace.store.search.shortest import typed
from logtrace.store.search.wanted import wanted

if TYPE_CHECKING:
    import duckdb

    from logtrace.columns import Bools, Ints

_BATCH = 2_000


class Part(NamedTuple):
    """Which traces: those with a span that starts in a window, or with these ids; None: all."""

    since_ns: int | None = None
    until_ns: int | None = None
    trace_ids: tuple[str, ...] | None = None


ALL = Part()


class Traces(NamedTuple):
    """All traces, as arrays: ids (as `trace_id` has them), when they start (MISSING: not known), low halves of the ids."""

    ids: Any
    start_ns: Ints
    low: Ints

    def where(self, chosen: Bools) -> Traces:
        """Some of them."""
        return Traces(*(column[chosen] for column in self))


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
            connection.execute(f"CREATE VIEW numbered AS SELECT *, {ROW} AS row FROM {relation}")
        except duckdb.Error as error:
            raise self._damaged(error) from error
        return connection

    def _damaged(self, error: Exception) -> StoreError:
        return StoreError(f"{self.place} can't be read: {str(error).splitlines()[0]}", "write it again, or name another")

    def run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            found: list[tuple[Any, ...]] = self._duck.execute(sql, values).fetchall()
        except duckdb.Error as error:
            raise self._damaged(error) from error
        return found

    def arrays(self, sql: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The columns of a query as arrays of numpy, by name."""
        import duckdb

        try:
            return self._duck.execute(sql, values).fetchnumpy()  # type: ignore[no-any-return]
        except duckdb.Error as error:
            raise self._damaged(error) from error

    def records(self, sql: str, values: Mapping[str, Any]) -> Iterator[Columns]:
        """The rows of a query by column, as `rows` takes them."""
        for batch in self._batches(sql, values):
            yield from batch

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
        found = self.run("SELECT value FROM parquet_kv_metadata(?) WHERE key = ?", (self.place, META.encode()))
        return Meta.of_text(found[0][0] if found else "", self.place)

    @cached_property
    def newest_ns(self) -> int | None:
        """When the last span starts; None where none has a time."""
        found: int | None = self.run("SELECT max(start_time_unix_nano) FROM spans WHERE span_id IS NOT NULL")[0][0]
        return found

    def operations(self) -> list[tuple[str, str, str]]:
        """(service, name, kind) of all operations, sorted."""
        rows: list[Any] = self.run("SELECT DISTINCT service_name, name, kind FROM spans ORDER BY ALL")
        return rows

    @cached_property
    def trace_count(self) -> int:
        """How many traces there are."""
        return int(self.run("SELECT count(DISTINCT trace_id) FROM spans")[0][0])

    def services(self, since_ns: int | None, until_ns: int | None) -> list[tuple[str, int, int, int, int | None, int | None]]:
        """See store.reading.lists.services: (service, spans, operations, errors, first and last start)."""
        rows: list[Any] = self.run(SERVICES, {"since": since_ns, "until": until_ns})
        return rows

    def traces(
        self, since_ns: int | None = None, until_ns: int | None = None, service: str = "", *, failed: bool = False
    ) -> Traces:  # fmt: skip
        """The traces that start in a window and have a service ("": any). failed: those alone that have an error."""
        found = self.arrays(TRACES, {"since": since_ns, "until": until_ns, "service": service, "failed": failed})
        return Traces(found["trace_id"], found["start_ns"], found["low"].view("int64"))

    def samples(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
        """See store.reading.history."""
        sql = (
            "SELECT service_name, name, len(d), d[len(d) // 100 + 1] FROM (SELECT service_name, name,"
            " list_reverse_sort(list(duration_nano)) AS d FROM spans WHERE duration_nano IS NOT NULL AND span_id IS NOT NULL"
            f" AND logtrace.facts & {OBSERVED} = {OBSERVED} AND service_name = ANY(?) AND name = ANY(?) GROUP BY ALL)"
        )
        wanted = set(pairs)
        asked = (list({service for service, _ in wanted}), list({name for _, name in wanted}))
        found = {(service, name): (many, p99) for service, name, many, p99 in self.run(sql, asked)}
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
        found = self.run(f"SELECT DISTINCT trace_id FROM spans WHERE {MEANT}", values)
        if not found and asked.digits:
            near = {"head": asked.digits[:4], "tail": asked.digits[-6:]}
            found = self.run(f"SELECT DISTINCT trace_id FROM spans WHERE {NEAR} LIMIT {MOST_NEAR}", near)
        return [trace_id for (trace_id,) in found]

    def alike(self, heads: set[str], most: int) -> set[str]:
        """Ids, as people type them, that begin with any of some digits; one more than `most` of them at most."""
        short = f"starts_with(trace_id, '{'0' * 16}') AND trace_id[17:24] = ANY($heads)"
        sql = f"""SELECT DISTINCT trace_id, logtrace.trace_text FROM spans
            WHERE trace_id[:8] = ANY($heads) OR {short} OR lower(logtrace.trace_text[:8]) = ANY($heads) LIMIT {most + 1}"""
        return {typed(TraceId(*halves(trace_id), text or "")) for trace_id, text in self.run(sql, {"heads": sorted(heads)})}

    def rows(self, part: Part) -> Iterator[list[Columns]]:
        """The rows of some whole traces, in parts."""
        where, values = _where(part)
        return self._batches(f"SELECT * FROM spans{where}", values)  # of events, what a store keeps

    def _batches(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> Iterator[list[Columns]]:
        import duckdb

        try:
            found = self._duck.cursor().execute(AS_JSON.format(rows=sql), values)
            while batch := found.fetchmany(_BATCH):
                yield [orjson.loads(row) for (row,) in batch]
        except duckdb.Error as error:
            raise self._damaged(error) from error

    def count(self, part: Part) -> int:
        """How many rows that is."""
        where, values = _where(part)
        return int(self.run(f"SELECT count(*) FROM spans{where}", values)[0][0])


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
