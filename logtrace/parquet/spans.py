"""Columns of spans straight from Parquet: DuckDB reads what a question is about, numpy takes it; see protocol.SpanSource.

A row is told by the number of its file and its own in there, which is the same in each query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from logtrace.columns import MISSING, AttributeColumn, Operation, SpanColumns
from logtrace.model import OBSERVED_SOURCES, plain_key
from logtrace.parquet.dataset import Dataset
from logtrace.parquet.rows import Columns, attributes_of, halves, key_of
from logtrace.store.reading.arrays import Window
from logtrace.store.reading.errors import ErrorSpan, told_ns

if TYPE_CHECKING:
    from logtrace.columns import Ints
    from logtrace.store.reading.set_back import SetBack


class ParquetSpans:
    """The spans of a Dataset."""

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._texts: dict[tuple[int, int], str] = {}

    def span_columns(self, window: Window) -> SpanColumns:
        operations = dict.fromkeys(Operation(service, name) for service, name, _ in self._data.operations())
        found = self._data.arrays(f"{_SPANS}{_within(window)} ORDER BY row")
        trace, key, parent_key = (found[name].view("int64") for name in ("trace", "key", "parent_key"))
        return SpanColumns(
            tuple(operations), found["number"], found["start_ns"], found["duration_ns"], found["error"], found["flags"],
            found["inferred"], trace, key, parent_key, found["row"],
        )  # fmt: skip

    def attribute_column(self, key: str, window: Window) -> AttributeColumn:
        import numpy as np

        row, code, values = self._told(key, window)
        row, first = np.unique(row, return_index=True)
        return AttributeColumn(row, code[first], values)

    def _told(self, key: str, window: Window) -> tuple[Ints, Ints, list[Any]]:
        """(rows, the place of the value of each, values): a row comes once for each key that is meant."""
        import numpy as np

        rows, codes, known = [np.empty(0, np.int64)], [np.empty(0, np.int64)], dict[tuple[str, bool], int]()
        for column, name in self._keys(plain_key(key)):
            found = self._data.arrays(_OF_KEY.format(column=column, others=_MAPS[column], window=_within(window)), {"key": name})
            pairs = zip(found["text"].tolist(), found["is_json"].tolist(), strict=True)
            rows.append(found["row"])
            codes.append(np.fromiter((known.setdefault(pair, len(known)) for pair in pairs), np.int64))
        values = [orjson.loads(text) if is_json else text for text, is_json in known]
        return np.concatenate(rows), np.concatenate(codes), values

    def values(self, key: str) -> list[Any]:
        """The values that spans have under a key."""
        return self._told(key, Window())[2]

    def rows_with(self, key: str, test: Callable[[Any], bool]) -> Ints:
        """The rows that have a key with a value for which a test holds, and all that have several values of any key."""
        import numpy as np

        row, code, values = self._told(key, Window())
        right = np.array([test(value) for value in values] or [False])
        several: Ints = self._data.arrays("SELECT row FROM numbered WHERE contains(logtrace.extra, '\"others\"')")["row"]
        return np.concatenate([row[right[code]], several])

    def _keys(self, plain: str) -> list[tuple[str, str]]:
        """(column, key) of the keys that are meant, in their order."""
        meant = ((column, key) for column, key in self._data.run(_KEYS) if plain_key(key) == plain)
        return sorted(meant, key=lambda pair: pair[1])

    def row_ids(self, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
        sql = """SELECT row, coalesce(logtrace.trace_text, trace_id), coalesce(logtrace.span_text, span_id)
            FROM numbered WHERE row = ANY(?)"""
        return {row: (trace_id, span_id) for row, trace_id, span_id in self._data.run(sql, (list(rows),))}

    def newest_span_ns(self) -> int | None:
        return self._data.newest_ns

    def error_spans(self, keys: Sequence[str]) -> Iterator[ErrorSpan]:
        for columns in self._data.records(_ERRORS, {"keys": list(keys)}):
            own, name = columns["logtrace"], columns["name"] if columns["span_id"] else ""
            low, high = halves(columns["trace_id"])
            trace = low, 0 if own["is_short"] else high
            self._texts[trace] = own["trace_text"] or columns["trace_id"]
            start_ns = columns["start_time_unix_nano"]
            failure = orjson.loads(own["extra"]).get("failure") if own["extra"] else None
            _, time_ns, error_type, message = failure or (0, start_ns, "", "")
            yield ErrorSpan(
                trace, key_of(columns["span_id"]), key_of(columns["parent_span_id"]), columns["service_name"], name,
                own["error"], error_type, message, told_ns(time_ns, start_ns), _chosen(columns, keys),
            )  # fmt: skip

    def trace_id_text(self, trace: tuple[int, int]) -> str:
        """Of those alone that error_spans told of."""
        return self._texts[trace]

    def begins_ns(self) -> int | None:
        found: int | None = self._data.run("SELECT min(start_time_unix_nano) FROM spans")[0][0]
        return found

    def sample_text(self, since_ns: int | None = None, until_ns: int | None = None) -> str:  # noqa: ARG002 - it is none
        return ""

    def weights(self) -> dict[int, float]:
        return {}

    def is_unfinished(self) -> bool:
        return False

    def set_back(self) -> list[SetBack]:
        return []  # it keeps no lines


def _within(window: Window) -> str:
    limits = [(window.since_ns, ">="), (window.until_ns, "<")]
    return " AND ".join(["span_id IS NOT NULL", *(f"start_time_unix_nano {sign} {ns}" for ns, sign in limits if ns is not None)])


def _number(digits: str) -> str:
    """SQL: what 16 hexadecimal digits say."""
    return f"('0x' || {digits})::UBIGINT"


def _chosen(columns: Columns, keys: Sequence[str]) -> dict[str, Any]:
    if not columns["carries"]:
        return {}
    return {each.key: orjson.loads(each.value) for each, _ in attributes_of(columns) if each.key in keys}


_OBSERVED = ", ".join(f"'{source}'" for source in sorted(OBSERVED_SOURCES))

_OPERATIONS = """SELECT *, row_number() OVER (ORDER BY service_name, name) - 1 AS number
    FROM (SELECT DISTINCT service_name, name FROM spans)"""
"""As Dataset.operations has them."""

_SPANS = f"""SELECT row, number, coalesce(start_time_unix_nano, {MISSING}) AS start_ns,
    coalesce(duration_nano, {MISSING}) AS duration_ns, logtrace.error::BIGINT AS error, logtrace.flags AS flags,
    (parent_source NOT IN ({_OBSERVED}))::BIGINT AS inferred, {_number("trace_id[17:]")} AS trace,
    {_number("span_id")} AS key, coalesce({_number("parent_span_id")}, 0::UBIGINT) AS parent_key
    FROM numbered JOIN ({_OPERATIONS}) USING (service_name, name) WHERE """

_MAPS = {"resource_attributes": "[0-7]", "attributes": "[89a-f]"}
"""The columns with attributes, and what of `attribute_kinds` (see `rows`) is about the others."""

_KEYS = " UNION ALL ".join(f"SELECT DISTINCT '{column}', unnest(map_keys({column})) AS key FROM spans" for column in _MAPS)

_OF_KEY = """SELECT row, map_values({column})[place] AS text,
    regexp_replace(logtrace.attribute_kinds, '{others}', '', 'g')[place] SIMILAR TO '[4-7c-f]' AS is_json
    FROM (SELECT *, list_position(map_keys({column}), $key) AS place FROM numbered WHERE {window}) WHERE place > 0 ORDER BY row"""

_ERRORS = """SELECT * EXCLUDE (links),
    list_has_any(map_keys(resource_attributes), $keys) OR list_has_any(map_keys(attributes), $keys) AS carries
    FROM numbered WHERE logtrace.error > 0 ORDER BY row"""
