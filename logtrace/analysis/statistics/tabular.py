"""Findings as tables, for notebooks: rows, a pandas DataFrame, an Arrow table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from logtrace.columns import Operation
from logtrace.errors import UsageError
from logtrace.query.values import canonical

if TYPE_CHECKING:
    import pandas
    import pyarrow

_TIME = "start_ns"


_DTYPES = {"int": "int64", "float": "float64", "bool": "bool", "str": "str", "": "object"}
_ARROW = {"int": "int64", "float": "double", "bool": "bool", "str": "string", "": "string"}
"""What columns are in pandas and in Arrow, by the Python type of their values."""

_FLOAT_WHOLE, _MOST_WHOLE, _MOST_DECIMAL = 1 << 53, (1 << 63) - 1, 10**50
"""Up to where floats, 64 bits and decimals of Arrow hold whole numbers (decimals: beside as many digits again of others)."""

Tables = Mapping[str, type[tuple[Any, ...]]]
"""Field that holds named tuples → their type."""


class Tabular:
    """A finding with TABLES, the one that is meant first."""

    TABLES: ClassVar[Tables] = {}

    def rows(self, table: str | None = None) -> list[dict[str, Any]]:
        """The rows of a table (None: the first), flat: what a row holds in a tuple has names like trend_p50_ratio.

        Raises UsageError where there is no such table.
        """
        name = self._name(table)
        found: Sequence[Any] = getattr(self, name)
        nested = {field for row in found for field, value in row._asdict().items() if hasattr(value, "_asdict")}
        return [{key: value for key, value in _flat("", row) if value is not None or key not in nested} for row in found]

    def _name(self, table: str | None) -> str:
        name = next(iter(self.TABLES)) if table is None else table
        if name not in self.TABLES:
            raise UsageError(f"there is no table {name!r}", f"there are {', '.join(self.TABLES)}")
        return name

    def _columns(self, table: str | None) -> dict[str, list[Any]]:
        """The table by column; one without rows has none."""
        rows = self.rows(table)
        return {key: [row.get(key) for row in rows] for key in dict.fromkeys(key for row in rows for key in row)}

    def _types(self, table: str | None) -> dict[str, str]:
        """Column → its type ("int", "float", "bool", "str", "" for anything), as the type of its rows tells: a table without
        rows has the columns of others, of their types."""
        return dict(_typed("", self.TABLES[self._name(table)]))

    def to_pandas(self, table: str | None = None) -> pandas.DataFrame:
        """The table as a DataFrame; `start` is start_ns as a time. Raises UsageError where pandas is not installed."""
        try:
            import pandas as pd
        except ImportError as error:
            raise UsageError("pandas is not installed", "pip install 'logtrace[frames]'") from error
        frame = pd.DataFrame({key: _exact(values) for key, values in self._columns(table).items()})
        if frame.empty:
            frame = pd.DataFrame({key: pd.Series(dtype=_DTYPES[kind]) for key, kind in self._types(table).items()})
        if _TIME in frame:
            frame.insert(0, "start", pd.to_datetime(frame[_TIME], unit="ns", utc=True))
        return frame

    def to_arrow(self, table: str | None = None) -> pyarrow.Table:
        """The same as an Arrow table. Raises UsageError where pyarrow is not installed."""
        try:
            import pyarrow as pa
        except ImportError as error:
            raise UsageError("pyarrow is not installed", "pip install 'logtrace[frames]'") from error
        columns = self._columns(table)
        found = pa.table({key: pa.array(_exact([_plain(key, value) for value in values])) for key, values in columns.items()})
        if not columns:
            found = pa.table({key: pa.array([], _ARROW[kind]) for key, kind in self._types(table).items()})
        if _TIME in found.column_names:
            found = found.add_column(0, "start", found[_TIME].cast(pa.timestamp("ns", "UTC")))
        return found


def _flat(prefix: str, row: Any) -> Iterator[tuple[str, Any]]:
    for name, value in row._asdict().items():
        if isinstance(value, Operation):
            part = f"{prefix}{name}_" if name != "operation" else prefix
            yield from ((f"{part}service", value.service), (f"{part}operation", value.name))
        elif hasattr(value, "_asdict"):
            yield from _flat(f"{prefix}{name}_", value)
        elif not _is_table(value):
            yield f"{prefix}{name}", value


def _typed(prefix: str, row: type[Any]) -> Iterator[tuple[str, str]]:
    """(column, type) of the rows of a type, as _flat lays them out; what may be None or a row of its own is left out where a
    table without values would leave it out."""
    for name, annotation in row.__annotations__.items():
        told = str(getattr(annotation, "__forward_arg__", annotation)).removesuffix(" | None")
        if told == "Operation":
            part = f"{prefix}{name}_" if name != "operation" else prefix
            yield from ((f"{part}service", "str"), (f"{part}operation", "str"))
        elif told in _DTYPES or told == "Any":
            yield f"{prefix}{name}", "" if told == "Any" else told


def _is_table(value: Any) -> bool:
    """Whether a value is made of rows of its own, which have no place in a row."""
    return isinstance(value, tuple) and all(isinstance(each, tuple) for each in value)


def _exact(values: list[Any]) -> list[Any]:
    """The values of a column; where neither 64 bits nor floats hold its numbers, as decimals; floats where these do not."""
    whole = [value for value in values if type(value) is int]
    numbers = [value for value in values if type(value) in (int, float)]
    most = max(map(abs, whole), default=0)
    if most <= (_MOST_WHOLE if len(whole) == len(numbers) else _FLOAT_WHOLE):
        return values
    kept = float if max(map(abs, numbers)) >= _MOST_DECIMAL else _decimal
    return [kept(value) if type(value) in (int, float) else value for value in values]


def _decimal(value: int | float) -> Decimal:
    return Decimal(repr(value))


def _plain(key: str, value: Any) -> Any:
    """A value for a column of one type: those of attributes, which may be anything, as the text that `=` compares."""
    return canonical(value) if key == "value" and value is not None else value
