from __future__ import annotations

import builtins
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from logtrace.analysis.cohorts.attributes import ValueFinding
from logtrace.analysis.cohorts.finding import Finding
from logtrace.analysis.cohorts.findings import Found
from logtrace.analysis.cohorts.significance import Interval
from logtrace.analysis.cohorts.windows import CohortComparison, Side
from logtrace.analysis.statistics.series import Series, Step
from logtrace.analysis.statistics.stats import Outlier, Stats
from logtrace.analysis.statistics.sums import Sum, Sums
from logtrace.columns import Operation
from logtrace.errors import UsageError
from tests.builders import T0

LOAD = Operation("worker", "Load")
SIDE = Side("", None, None, 1, 1, 0.0)


def series() -> Series:
    return Series("n", 10, (Step(T0, 2, 0, 2, 1.0, 2.0, 2.0, 2.0), Step(T0 + 10, 0, 0, 0, None, None, None, None)), None, 0)


def comparison() -> CohortComparison:
    finding = Finding("time", LOAD, LOAD, None, "", 1, 2, 20, 20, 2.0, Interval(1.5, 2.5), 1, 0.0, 0.0)
    without = finding._replace(interval=None, related=(finding,))
    values = [ValueFinding(LOAD, "k", value, LOAD, 0, 1, 0, 9, None, Interval(0, 1), 0.0, 1.0) for value in (False, 3, "x", None)]
    return CohortComparison(SIDE, SIDE, Found((), (finding, without), (), 2, None), tuple(values), (), True, ())


def test_a_row_is_flat_and_times_are_times():
    frame = series().to_pandas()
    assert frame["start"][0] == pd.Timestamp("2024-01-10T14:30:00Z")
    assert frame["p50"].isna().tolist() == [False, True]
    table = series().to_arrow()
    assert table["start"].type == pa.timestamp("ns", "UTC")
    assert table.num_rows == 2


def test_nested_values_have_columns_of_their_own():
    rows = comparison().rows()
    assert (rows[0]["root_service"], rows[0]["operation"], rows[0]["interval_low"]) == ("worker", "Load", 1.5)
    assert "interval" not in rows[1]
    assert "related" not in rows[1]
    assert comparison().to_pandas()["interval_high"].tolist()[0] == 2.5
    assert comparison().to_arrow()["interval_high"].to_pylist() == [2.5, None]


def test_values_of_any_type_share_a_column():
    assert comparison().to_arrow("values")["value"].to_pylist() == ["false", "3", "x", None]


def test_tables_are_named():
    outlier = Outlier("t", "s", "worker", "Load", T0, 10, 2.5)
    found = Stats(None, None, None, (), 0, 0.0, 0, 0, 0, None, (outlier,), 1, ())
    assert found.to_pandas("outliers")["times"].tolist() == [2.5]
    assert found.to_arrow().num_rows == len(found.to_pandas()) == 0
    assert found.to_pandas()["p99_ns"].tolist() == []
    with pytest.raises(UsageError, match="no table 'outlier'"):
        found.rows("outlier")


def test_a_table_without_rows_has_the_types_of_others():
    none = Stats(None, None, None, (), 0, 0.0, 0, 0, 0, None, (), 0, ())
    some = replace(none, outliers=(Outlier("t", "s", "worker", "Load", T0, 10, 2.5),), outlier_count=1)
    assert none.to_pandas("outliers").dtypes.to_dict() == some.to_pandas("outliers").dtypes.to_dict()
    assert none.to_arrow("outliers").schema == some.to_arrow("outliers").schema
    empty = replace(comparison(), found=Found((), (), (), 0, None))
    assert {"root_service", "operation", "key", "before", "q"} <= set(empty.to_pandas().columns)
    assert (empty.to_pandas()["before"] > 1).sum() == 0


@pytest.mark.parametrize(("library", "method"), [("pandas", "to_pandas"), ("pyarrow", "to_arrow")])
def test_what_is_not_installed_is_told(library: str, method: str, monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == library:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError) as caught:
        getattr(series(), method)()
    assert caught.value.hint == "pip install 'logtrace[frames]'"


def test_whole_numbers_of_any_size_stay_as_they_are():
    sums = [Sum("a", "x", 1, 10**30 + 1, 10**30 + 1), Sum("a", "y", 2, 2.5, 2), Sum("a", "z", 1, 2**53 + 1, 1)]
    found = Sums("n", tuple(sums), 0, 4, 4, 0, 0, (), 0)
    assert [int(each) for each in found.to_arrow()["total"].to_pylist()] == [10**30 + 1, 2, 2**53 + 1]
    assert [int(each) for each in found.to_pandas()["total"]] == [10**30 + 1, 2, 2**53 + 1]
    whole = replace(found, operations=(sums[2]._replace(total=2**62), sums[2]))
    assert whole.to_arrow()["total"].type == pa.int64()
    assert whole.to_pandas()["total"].tolist() == [2**62, 2**53 + 1]
    assert replace(found, operations=(sums[1], sums[1]._replace(total=1e300))).to_arrow()["total"].to_pylist() == [2.5, 1e300]
    vast = replace(found, operations=(sums[0]._replace(total=10**90), sums[1]))
    assert [float(each) for each in vast.to_arrow()["total"].to_pylist()] == [1e90, 2.5]
