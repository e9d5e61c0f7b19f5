"""Statistics against DuckDB over the same raw logs, and what odd logs give."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from make_logs import tell_even, write_logs

from logtrace import api
from logtrace.columns import MISSING
from logtrace.errors import UsageError
from logtrace.store.reading.arrays import Window, span_columns
from logtrace.store.reading.attribute_arrays import attribute_column, codes_of
from tests.builders import MS, T0
from tests.jobs.stores import TRACES, line, write

ENDS = "SELECT operation, duration_ms, status, tags FROM read_json('{}', format = 'newline_delimited') WHERE event = 'span_end'"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stats")
    write_logs(folder, 20_000, 3, tell_even)
    api.ingest([str(path) for path in folder.glob("*.log")], folder / "s.db")
    return folder


def test_counts_rates_and_percentiles_are_those_of_the_raw_logs(logs: Path):
    truth = duckdb.sql(
        "SELECT operation, count(*), sum((status = 'error')::int), quantile_disc(duration_ms, 0.5),"
        f" quantile_disc(duration_ms, 0.95), quantile_disc(duration_ms, 0.99), max(duration_ms)"
        f" FROM ({ENDS.format(logs / '*.log')}) GROUP BY operation"
    ).fetchall()
    with api.open(logs / "s.db") as store:
        found = store.stats()
    assert {each.operation: (each.spans, each.errors) for each in found.operations} == {row[0]: row[1:3] for row in truth}
    seconds = (found.until_ns - found.since_ns) / 1e9
    for name, spans, _, *percentiles in truth:
        each = next(each for each in found.operations if each.operation == name)
        assert each.rate_per_s == pytest.approx(spans / seconds)
        for ns, ms in zip((each.p50_ns, each.p95_ns, each.p99_ns, each.max_ns), percentiles, strict=True):
            assert ns == pytest.approx(ms * MS, rel=0.011, abs=1)
    assert sum(each.share for each in found.operations) == pytest.approx(1)


def test_values_and_sums_are_those_of_the_raw_logs(logs: Path):
    ends = ENDS.format(logs / "*.log")
    truth = duckdb.sql(f'SELECT operation, tags."task.type", count(*), max(duration_ms) FROM ({ends}) GROUP BY 1, 2').fetchall()
    costs = duckdb.sql(f"SELECT tags.\"cost.estimated\" FROM ({ends}) WHERE operation = 'ExecuteTask'").fetchall()
    with api.open(logs / "s.db") as store:
        by = store.stats(by="task_type")
        sums = store.sums("cost.estimated")
    assert {(each.operation, each.value, each.spans, each.max_ns) for each in by.operations} == {
        (name, value, spans, round(ms * MS)) for name, value, spans, ms in truth
    }
    assert (sums.spans, sums.total) == (len(costs), float(sum(Decimal(repr(cost)) for (cost,) in costs)))


def test_an_attribute_column_is_what_the_view_says(logs: Path):
    with api.open(logs / "s.db") as store:
        spans = span_columns(store.reader, Window())
        for key in ("user.id", "ws.connection_id", "host"):
            column = attribute_column(store.reader, key, Window())
            codes = codes_of(column, spans.row)
            found = sorted(column.values[code] for code in codes.tolist() if code >= 0)
            wanted = store.sql(f"SELECT attributes ->> '$.\"{key}\"' AS v FROM spans WHERE v IS NOT NULL ORDER BY 1")[1]
            assert found == [value for (value,) in wanted]


def test_windows_and_the_window_before(logs: Path):
    with api.open(logs / "s.db") as store:
        everything = store.stats()
        middle = (everything.since_ns + everything.until_ns) // 2
        late, early = store.stats(since_ns=middle), store.stats(until_ns=middle)
    assert late.spans + early.spans == everything.spans
    trends = {each.operation: each.trend.spans for each in late.operations}
    assert sum(trends.values()) == pytest.approx(early.spans, abs=12)


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Mixed types under a key, a value of each kind, durations that are not known, a clock of 1970."""
    sizes = [1, "2", 2.5, True, None, "big", [3], float(10**40)]
    lines = [
        line(TRACES[0], f"{number:016x}", 10 * number, "x", duration_ms=5, operation="Load", size=size)
        for number, size in enumerate(sizes, 1)
    ]
    lines += [line(TRACES[1], "ab" * 8, 50, "open", event="span_start", operation="Load", size=7)]
    lines += [
        line(TRACES[1], f"{number:016x}", 20 + number, "y", duration_ms=1, operation="Save", user=f"u{number}")
        for number in range(500)
    ]
    lines += [line(TRACES[1], "cd" * 8, -MS * 1700, "old", duration_ms=2, operation="Save")]
    path = tmp_path / "odd.db"
    api.ingest([str(write(tmp_path / "odd.log", lines))], path)
    return path


def test_mixed_types_are_counted_as_what_they_are(odd: Path):
    with api.open(odd) as store:
        sums = store.sums("size")
        series = store.series("size", operation="Load")
    assert (sums.total, sums.spans, sums.no_number) == (float(10**40 + 12), 5, 3)
    assert math.isclose(sum(step.values for step in series.steps), 5)


def test_whole_numbers_of_any_size_are_added_up_exactly(tmp_path: Path):
    sizes = [2**53 + 1, 2**53 + 1, 2**62 + 1, 2**63 - 1, 2**64 - 1, str(10**30 + 1)]
    lines = [
        line(f"{number:032x}", f"{number:016x}", number, "x", duration_ms=1, operation="Load", size=size)
        for number, size in enumerate(sizes, 1)
    ]
    api.ingest([str(write(tmp_path / "a.log", lines))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        found = store.sums("size")
        early = store.series("size", until_ns=T0 + 2 * MS, step_ns=10**9)
    assert (found.total, found.operations[0].largest) == (sum(map(int, sizes)), 10**30 + 1)
    assert [step.largest for step in early.steps] == [2**53 + 1]


def test_whole_numbers_beyond_64_bits_are_as_exact_as_json_readers_are(tmp_path: Path):
    text = line(TRACES[0], "ab" * 8, 1, "x", duration_ms=1, operation="Load", size=0).replace('"size":0', f'"size":{2**64}')
    api.ingest([str(write(tmp_path / "a.log", [text]))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        assert store.sums("size").notes[-1].startswith("1 value beyond 64 bits came as JSON numbers")


def test_sums_series_and_comparisons_mean_the_same_numbers(tmp_path: Path):
    values = [1, 2.5, "3", "1e+02", 1e308, -1e308, "1e5", "inf", "nan", True, "12ms", None]
    lines = [
        line(f"{number:032x}", f"{number:016x}", number, "x", duration_ms=1, operation="Load", load=value)
        for number, value in enumerate([*values, *values], 1)
    ]
    api.ingest([str(write(tmp_path / "a.log", lines))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        sums, series = store.sums("load"), store.series("load")
        compared = store.compare_deploy(T0 + 11 * MS + MS // 2)
    assert (sums.spans, sums.total, sums.no_number, sums.without, sums.odd) == (8, 213, 14, 2, (1e308, -1e308, "1e5"))
    assert sum(step.values for step in series.steps) == sums.spans
    assert (series.left_out, series.no_number, series.odd) == (16, 14, sums.odd)
    assert any("load is a number in 8 spans and something else in 14, such as" in note for note in compared.notes)


def test_what_is_open_is_left_out_and_counted(odd: Path):
    with api.open(odd) as store:
        found = store.stats(operation="Load")
    assert (found.operations[0].spans, found.operations[0].samples, found.spans - found.samples) == (9, 8, 1)


def test_a_clock_that_jumped_is_told_and_does_not_blow_up_a_series(odd: Path):
    with api.open(odd) as store:
        found = store.stats()
        series = store.series(operation="Save")
    assert "a clock that jumped" in found.notes[0]
    assert len(series.steps) < 10


def test_names_that_are_not_there_are_refused(odd: Path):
    with api.open(odd) as store:
        for asked in ({"service": "edgy"}, {"operation": "Sav"}, {"by": "tier"}):
            with pytest.raises(UsageError):
                store.stats(**asked)
        with pytest.raises(UsageError, match="no value of user is a number"):
            store.sums("user")


def test_an_empty_store_gives_nothing(tmp_path: Path):
    path = tmp_path / "lines.db"
    api.ingest([str(write(tmp_path / "l.log", [line(TRACES[0], "", 1, "no span")]))], path)
    with api.open(path) as store:
        found = store.stats()
        spans = span_columns(store.reader, Window())
    assert (found.operations, found.since_ns, len(spans), MISSING in spans.start_ns) == ((), None, 0, False)


def test_very_many_values_are_cut_to_those_with_most_of_the_time(tmp_path: Path):
    lines = [
        line(f"{number:032x}", f"{number:016x}", number, "x", duration_ms=number, operation="Load", request=f"r{number}")
        for number in range(1, 3001)
    ]
    api.ingest([str(write(tmp_path / "a.log", lines))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        found = store.stats(by="request")
    assert (len(found.operations), found.row_count, found.spans) == (1000, 3000, 3000)
    assert found.operations[0].value == "r3000"
    shown = sum(each.share for each in found.operations)
    assert found.cut_share == pytest.approx(1 - shown)
    assert 0.4 < found.cut_share < 0.5  # 1 to 2,000 of 1 to 3,000
    assert found.notes == ("of 3,000 rows the 1,000 with most of the time are told apart",)


def test_rates_are_not_told_where_a_clock_jumped(odd: Path):
    with api.open(odd) as store:
        assert {each.rate_per_s for each in store.stats().operations} == {None}
        assert None not in {each.rate_per_s for each in store.stats(since_ns=T0).operations}


def test_nothing_before_is_no_trend(logs: Path):
    with api.open(logs / "s.db") as store:
        found = store.stats(since_ns=store.stats().since_ns)
    assert found.before_ns is None and not any(each.trend for each in found.operations)
    assert "the store holds no span of the window before: there are no trends" in found.notes
