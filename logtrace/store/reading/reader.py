"""Reading a store: its queries, and the fragments that assembly and all reading of traces begin with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from weakref import proxy

import orjson

from logtrace.errors import StoreError
from logtrace.ids import TraceId, span_id_text
from logtrace.model import Attribute
from logtrace.reconstruct.spans.clocks import HOST_KEYS, Clocks, clocks_of, domain_of
from logtrace.reconstruct.spans.fragments import Fragment
from logtrace.store.file.database import connect_reader
from logtrace.store.file.functions import Functions
from logtrace.store.file.kinds import kinds_of
from logtrace.store.file.trouble import damage_told, explained
from logtrace.store.rows.of_fragments import COLUMNS, Names, OperationKey, Row, references

REMEMBERED = 500_000
_ROWS = 20_000
_AT_ONCE = 2_000
_CHUNKS = 100
"""Chunks of which the messages are remembered."""

_LONG = 1_000
"""Characters of a row's attributes, for more of which all are fetched at once that are not known yet."""

_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What comes of JSON in a row that is none, or says other things than it should."""

_STEPS = 100_000
"""Instructions of SQLite, some milliseconds, after which a query looks whether it should stop."""

if TYPE_CHECKING:
    from logtrace.reconstruct.evidence.priors import Model
    from logtrace.store.rows.spanrows import SpanRows


class RowAttributes(NamedTuple):
    """Attributes of rows: which of `pairs`, tuples of (key, JSON text), each row has."""

    numbers: list[int]
    pairs: list[tuple[tuple[str, str], ...]]


def _json(values: Iterable[Any]) -> str:
    return orjson.dumps(list(values)).decode()


class _Lazy(dict[int, Any]):
    """Rows of a small table by id, fetched when first asked for. It does not keep its reader alive, so that both are gone as
    soon as nobody needs the reader."""

    def __init__(self, reader: FragmentReader, table: str, columns: str, most: int) -> None:
        super().__init__()
        self._reader = proxy(reader)
        self._table = table
        self._sql = f"SELECT {columns} FROM {table} WHERE id = ?"
        self._together = f"SELECT id, {columns} FROM {table} WHERE id IN (SELECT value FROM json_each(?))"
        self._most = most

    def __missing__(self, key: int) -> Any:
        if len(self) >= self._most:
            self.clear()
        found = self._reader.run(self._sql, (key,))
        if not found or None in found[0]:
            raise self._reader.damaged(f"row {key} of {self._table} is {'not whole' if found else 'missing'}")
        value = self[key] = self._value(found[0])
        return value

    def fetch(self, keys: Iterable[int]) -> None:
        """Those that are not known yet, in one question for all; what is missing or not whole is told when it is asked for."""
        wanted = [key for key in keys if key not in self]
        if wanted and len(self) < self._most:
            found = self._reader.stream(self._together, (_json(wanted),))
            self.update((key, self._value(row)) for key, *row in found if None not in row)

    def _value(self, row: Any) -> Any:
        return row


class _LazyAttributes(_Lazy):
    def _value(self, row: Any) -> Attribute:
        return Attribute(*row)


class FragmentReader:
    """Fragments of a store, by trace. Each holds its own read-only connection."""

    def __init__(self, path: Path, *, mapped: bool = True, remembered: int = REMEMBERED) -> None:
        """remembered: how many names and how many attributes are kept to be quick."""
        self.path = path
        self._remembered = remembered
        self.connection = connect_reader(path, mapped)
        self.functions = Functions(self.connection)
        self._operations = _Lazy(self, "operation", "service, name, kind", remembered)
        self._attributes = _LazyAttributes(self, "attribute", "key, value", remembered)
        self._attribute_ids: dict[Attribute, int] = {}
        self._bodies: dict[int, dict[int, str]] = {}
        self._texts_of: int | None = None
        self._texts: dict[tuple[int, int], str] = {}
        self._model: Model | None = None
        self._clocks = "[]", Clocks(())
        self._stop: Callable[[], bool] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()

    def stop_when(self, stop: Callable[[], bool]) -> None:
        """From now on a query ends, or does not begin, with a StoreError, once `stop` says so."""
        self._stop = stop
        self.connection.set_progress_handler(stop, _STEPS)

    def unmap(self) -> None:
        """From now on pages are read instead of mapped: whoever goes through all of a store does not hold it in memory."""
        self.connection.execute("PRAGMA mmap_size = 0")

    def keep_few_pages(self) -> None:
        """From now on at most half a megabyte of pages is kept: the system has them all, and gives them nearly as quickly."""
        self.connection.execute("PRAGMA cache_size = -512")

    def keep_many_pages(self) -> None:
        """From now on eight megabytes of pages are kept: rows of one trace lie near those of the next in each of many files."""
        self.connection.execute("PRAGMA cache_size = -8192")

    def run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """All rows of a query; SQLite's errors come out as StoreError."""
        return list(self.stream(sql, values))

    def stream(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Iterator[Any]:
        """The rows of a query one by one, for results that may be large. Raises StoreError for values of the wrong kind."""
        try:
            if self._stop is not None and self._stop():
                raise sqlite3.OperationalError("interrupted")
            cursor = self.connection.execute(sql, values)
            kinds = kinds_of(tuple([column[0] for column in cursor.description or ()]))
            for row in cursor:
                found = tuple(map(type, row))
                if found not in kinds.fitting and (wrong := kinds.wrong(found, sql)):
                    raise self.damaged(wrong)
                yield row
        except sqlite3.Error as error:
            raise StoreError(*explained(error, self.path)) from error

    def span_rows(self, lows: list[int]) -> Iterator[SpanRows]:
        """The numbers of the rows of traces by low half, in the order of these, the oldest of each first: in parts of many
        whole traces."""
        from logtrace.reconstruct.spans.runs import NONE
        from logtrace.store.rows.spanrows import SpanRows

        stream = self.stream(
            "SELECT s.id, s.trace_low, s.trace_high, s.span_key, ifnull(s.parent_key, 0), s.operation_id,"
            " ifnull(s.start_ns, :none), ifnull(s.duration_ns, :none), s.facts, s.error, s.flags, s.n_lines,"
            " ifnull(s.confidence, :none) FROM json_each(:lows) j CROSS JOIN span s ON s.trace_low = j.value",
            {"lows": orjson.dumps(lows).decode(), "none": NONE},
        )
        rows: list[Any] = []
        while more := list(islice(stream, _ROWS)):
            rows += more
            cut = next((at for at in range(len(rows) - 1, 0, -1) if rows[at - 1][1] != rows[at][1]), 0)
            if cut:
                yield SpanRows.of_numbers(rows[:cut])
                del rows[:cut]
        yield SpanRows.of_numbers(rows)

    def rows_by_id(self, row_ids: list[int]) -> dict[int, Row]:
        """The columns of rows by id."""
        wanted = (orjson.dumps(sorted(row_ids)).decode(),)
        found = self.stream(f"SELECT s.id, {COLUMNS} FROM json_each(?) j CROSS JOIN span s ON s.id = j.value", wanted)
        return {row[0]: row[1:] for row in found}

    def attribute_numbers(self, key: str) -> set[int]:
        """What stands in rows for the attributes of a key, as far as they are interned."""
        return {ref for (number,) in self.run("SELECT id FROM attribute WHERE key = ?", (key,)) for ref in references(number)}

    def attribute_refs(self, row_ids: list[int]) -> Iterator[set[int]]:
        """What stands in rows for their interned attributes, in the order of the ids."""
        sql = "SELECT s.attributes FROM json_each(?) j CROSS JOIN span s ON s.id = j.value"
        for (refs,) in self.stream(sql, (orjson.dumps(row_ids).decode(),)):
            yield {ref for ref in orjson.loads(refs) if ref.__class__ is int}

    def operation(self, operation_id: int) -> OperationKey:
        """An operation by its id."""
        key: OperationKey = self._operations[operation_id]
        return key

    def service(self, operation_id: int) -> str:
        """The service of an operation."""
        return str(self._operations[operation_id][0])

    def rows(self, low: int) -> list[tuple[int, Row, Fragment]]:
        """(row id, columns, fragment) of all rows with a low half, oldest first."""
        found = self.run(f"SELECT id, {COLUMNS} FROM span WHERE trace_low = ? ORDER BY id", (low,))
        return [(row[0], row[1:], self.fragment_of(row[1:])) for row in found]

    def rows_of_span(self, low: int, key: int) -> list[tuple[int, Row, Fragment]]:
        """The same, of those rows that are shown as one span."""
        found = self.run(f"SELECT id, {COLUMNS} FROM span WHERE trace_low = ? AND span_key = ? ORDER BY id", (low, key))
        return [(row[0], row[1:], self.fragment_of(row[1:])) for row in found]

    def fragment(self, row_id: int) -> Fragment:
        """The fragment of one row."""
        return self.fragment_of(self.run(f"SELECT {COLUMNS} FROM span WHERE id = ?", (row_id,))[0])

    def fragment_of(self, columns: Row) -> Fragment:
        """The fragment of a row's columns. Raises StoreError where they make none."""
        return self._fragment(columns, self.names(columns[0]))

    def _fragment(self, columns: Row, names: Names) -> Fragment:
        from logtrace.store.rows.fragments import fragment_of  # lists and texts need none

        try:
            if len(columns[12]) > _LONG:
                self._attributes.fetch(ref >> 2 for ref in orjson.loads(columns[12]) if ref.__class__ is int)
            return fragment_of(columns, names)
        except _UNREADABLE as error:
            low, high, key = (number or 0 for number in columns[:3])
            place = f"span {span_id_text(key)} in trace {TraceId(low, high)}"
            raise self.damaged(f"a row of the table span can't be read ({place})") from error

    def attribute_pair(self, number: int) -> tuple[str, str]:
        """Key and JSON text of an interned attribute."""
        return self._attributes[number].pair  # type: ignore[no-any-return]

    def attribute_key(self, number: int) -> str:
        """The key of an interned attribute."""
        key: str = self._attributes[number].key
        return key

    def body(self, chunk_id: int, number: int) -> str:
        """A message that packed lines refer to, by its chunk and its number there."""
        known = self._bodies.get(chunk_id)
        if known is None:
            if len(self._bodies) >= _CHUNKS:
                self._bodies.clear()
            known = self._bodies[chunk_id] = dict(self.run("SELECT number, text FROM body WHERE chunk_id = ?", (chunk_id,)))
        if number not in known:
            raise self.damaged(f"message {number} of chunk {chunk_id} is missing")
        return known[number]

    def damaged(self, what: str) -> StoreError:
        """The error of a store in which something is as it can't be: a sentence without its end."""
        return StoreError(*damage_told(what, self.path))

    def names(self, low: int) -> Names:
        """What rows with a low half refer to."""
        if self._texts_of != low:
            found = self.run("SELECT low, high, text FROM opaque_trace WHERE low = ?", (low,))
            self._texts_of, self._texts = low, {(row[0], row[1]): row[2] for row in found}
        return Names(self._operations, self._attributes, self._texts, self.body)

    def opaque_spans(self, keys: Iterable[int]) -> dict[int, str]:
        """The texts of those of these span ids that are not hexadecimal, by key."""
        if not self.run("SELECT 1 FROM opaque_span LIMIT 1"):
            return {}
        sql = "SELECT o.key, o.text FROM json_each(?) j CROSS JOIN opaque_span o ON o.key = j.value"
        return dict(self.run(sql, (_json(keys),)))

    def fragments(self, low: int) -> list[Fragment]:
        """All fragments with a low half."""
        return [fragment for _, _, fragment in self.rows(low)]

    def fragments_of(self, lows: Sequence[int]) -> dict[int, list[Fragment]]:
        """All fragments with these low halves, by low half, in a few questions for all of them."""
        wanted = (orjson.dumps(list(dict.fromkeys(lows))).decode(),)
        opaque = self.run("SELECT low, high, text FROM json_each(?) j CROSS JOIN opaque_trace o ON o.low = j.value", wanted)
        names = Names(self._operations, self._attributes, {(low, high): text for low, high, text in opaque}, self.body)
        found: dict[int, list[Fragment]] = {}
        for row in self.stream(f"SELECT {COLUMNS} FROM json_each(?) j CROSS JOIN span s ON s.trace_low = j.value", wanted):
            found.setdefault(row[0], []).append(self._fragment(row, names))
        return found

    def model(self) -> Model:
        """What is known of who calls whom."""
        from logtrace.reconstruct.evidence.priors import NOTHING, Model

        found = self.run("SELECT version, pairs FROM model")
        if found and (self._model is None or self._model.version != found[0][0]):
            try:
                self._model = Model.of_text(found[0][1], self.clocks().all)._replace(version=found[0][0])
            except _UNREADABLE as error:
                raise self.damaged("the row of the table model can't be read") from error
        return self._model if found and self._model is not None else NOTHING

    def clocks(self) -> Clocks:
        """The clocks that need a correction."""
        text = next((text for (text,) in self.run("SELECT clocks FROM model")), "[]")
        if text != self._clocks[0]:
            try:
                self._clocks = text, Clocks(clocks_of(text))
            except _UNREADABLE as error:
                raise self.damaged("clocks of the table model can't be read") from error
        return self._clocks[1]

    def domains(self, row_ids: Sequence[int], operation_ids: Sequence[int]) -> list[str]:
        """The clock domains of rows with these ids and operations; see reconstruct.spans.clocks."""
        services = [self.service(operation_id) for operation_id in operation_ids]
        told = self.attributes_among(row_ids, HOST_KEYS, HOST_KEYS)
        if told is None:
            return services
        return [domain_of(told.pairs[number], service) for number, service in zip(told.numbers, services, strict=True)]

    def attributes_among(self, row_ids: Sequence[int], keys: Collection[str], needed: Collection[str]) -> RowAttributes | None:
        """The attributes of rows that have one of these keys; None where no row has one that is needed."""
        found = self.run("SELECT id, key, value FROM attribute WHERE key IN (SELECT value FROM json_each(?))", (_json(keys),))
        rows = "FROM json_each(?) j CROSS JOIN span s ON s.id = j.value"
        interned = any(key in needed for _, key, _ in found)
        if not interned and not self.run(f"SELECT 1 {rows} WHERE s.attributes LIKE '%[\"%' LIMIT 1", (_json(row_ids),)):
            return None
        known = {number << 2 | rank: (key, value) for number, key, value in found for rank in range(4)}
        numbers: dict[tuple[tuple[str, str], ...], int] = {}
        of = {row_id: numbers.setdefault(told, len(numbers)) for row_id, told in self._told_by(sorted(row_ids), known, keys)}
        if not interned and not any(key in needed for pairs in numbers for key, _ in pairs):
            return None
        return RowAttributes([of[row_id] for row_id in row_ids], list(numbers))

    def _told_by(
        self, row_ids: list[int], known: Mapping[int, tuple[str, str]], keys: Collection[str]
    ) -> Iterator[tuple[int, tuple[tuple[str, str], ...]]]:
        """Rows, and their attributes among those known by what stands for them in a row, or of these keys. Some thousand rows
        come in one: a row each takes twice as long. row_ids: ascending, so that each page is read once."""
        sql = "SELECT group_concat(s.id), group_concat(s.attributes) FROM json_each(?) j CROSS JOIN span s ON s.id = j.value"
        for at in range(0, len(row_ids), _AT_ONCE):
            ids, refs = (orjson.loads(f"[{text or ''}]") for text in self.run(sql, (_json(row_ids[at : at + _AT_ONCE]),))[0])
            for row_id, own in zip(ids, refs, strict=True):
                yield row_id, tuple([
                    known[ref] if ref.__class__ is int else (ref[0], orjson.dumps(ref[1]).decode())
                    for ref in own
                    if (ref in known if ref.__class__ is int else ref[0] in keys)
                ])  # fmt: skip

    def lows(self) -> Iterator[int]:
        """The low halves of all assembled traces, ascending. They come as JSON, thousands in a row: a row each takes four
        times as long, and of ten million lines' traces that is a tenth of what a few new lines cost."""
        sql = "SELECT json_group_array(low) AS found FROM (SELECT low FROM trace WHERE low >= ? ORDER BY low LIMIT ?)"
        low: Any = -(1 << 63)
        while low < 1 << 63:
            found = orjson.loads(self.run(sql, (low, _ROWS))[0][0])
            if wrong := set(map(type, found)) - {int}:
                raise self.damaged(f"low of trace is of the kind {wrong.pop().__name__}")
            yield from found
            low = found[-1] + 1 if len(found) == _ROWS else 1 << 63

    def learned(self) -> list[tuple[Any, ...]]:
        """All rows of `learned`."""
        return self.run("SELECT * FROM learned ORDER BY low, high, span_key")

    def operation_id(self, key: OperationKey) -> int:
        """The id of an operation, 0 where the store has none such."""
        found = self.run("SELECT id FROM operation WHERE service = ? AND name = ? AND kind = ?", key)
        return int(found[0][0]) if found else 0

    def attribute_id(self, attribute: Attribute) -> int | None:
        """The id of an interned attribute, None where it is not interned."""
        known = self._attribute_ids.get(attribute)
        if known is None:
            found = self.run("SELECT id FROM attribute WHERE key = ? AND value = ?", attribute.pair)
            if not found:
                return None
            if len(self._attribute_ids) >= self._remembered:
                self._attribute_ids.clear()
            known = self._attribute_ids[attribute] = int(found[0][0])
        return known
