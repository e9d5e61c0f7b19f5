from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import logtrace
from logtrace import api
from logtrace.errors import NotFoundError, StoreError, UsageError
from tests.builders import MS, T0
from tests.jobs.stores import TRACES, line, story, write

FIRST, SECOND = TRACES
OPAQUE = "order/7:Ünï"
MORE = [
    line(FIRST, "c0" * 8, 40, "again", duration_ms=3, operation="Retry", request_id="req-77", parent_span_id="a0" * 8),
    line("beef000000000001", "d0" * 8, 500, "short", duration_ms=900, operation="Short", service="mail"),
    line("00000000000000000abc000000000000", "e0" * 8, 600, "zeros", duration_ms=1, operation="Zeros", parent_span_id="f0" * 8),
    line(OPAQUE, "step-1", 700, "text ids", duration_ms=1, operation="Text"),
    line("", "", 15, "out of memory", level="error"),
    line("", "", 900_000, "much later"),
    "panic: runtime error",
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("api") / "edge.log", story()[:4] + MORE[-1:] + story()[4:] + MORE[:-1])


@pytest.fixture(scope="module")
def store(log: Path) -> Iterator[api.Store]:
    api.ingest([str(log)], log.with_name("s.db"))
    with api.open(log.with_name("s.db")) as opened:
        yield opened


def found(store: api.Store, text: str) -> list[str]:
    return [summary.trace_id for summary in store.find(text)]


@pytest.mark.parametrize(
    "text",
    [
        FIRST,
        FIRST.upper(),
        f" {FIRST}\n",
        "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
        "0x" + FIRST,
        FIRST[:4],
        FIRST[:17],
        FIRST[:8].upper(),
        "4bf92f35-77b3",
        FIRST[16:],
        f"00-{FIRST}-{'a0' * 8}-01",
        f"traceparent: 00-{FIRST}-{'a0' * 8}-01",
        f"http://jaeger.example:16686/trace/{FIRST}?uiFind=1",
        "b0" * 8,
        "req-77",
    ],
)
def test_all_ways_to_name_a_trace(store: api.Store, text: str) -> None:
    assert found(store, text) == [FIRST]
    assert store.trace(text).trace_id == FIRST


@pytest.mark.parametrize(
    ("text", "trace"),
    [
        ("af7651916cd43dd8448eb211c80319c", SECOND),
        ("af7651", SECOND),
        ("beef000000000001", "0000000000000000beef000000000001"),
        ("beef", "0000000000000000beef000000000001"),
        ("abc000000000000", "00000000000000000abc000000000000"),
        ("f0" * 8, "00000000000000000abc000000000000"),
        (OPAQUE, OPAQUE),
        ("ORDER/7", OPAQUE),
        ("step-1", OPAQUE),
        ("@last", OPAQUE),
        ("@slowest", "0000000000000000beef000000000001"),
        ("@error", SECOND),
    ],
)
def test_odd_ids_are_found(store: api.Store, text: str, trace: str) -> None:
    assert found(store, text) == [trace]
    assert store.trace(text).trace_id == trace


@pytest.mark.parametrize("text", ["", "4bf", "a", "%", "4bf92f3577b34da6a3ce929d0e0e4737", "0" * 32, "req-7"])
def test_what_means_no_trace(store: api.Store, text: str) -> None:
    assert found(store, text) == []
    with pytest.raises(NotFoundError):
        store.trace(text)


def test_the_nearest_ids_are_offered(store: api.Store) -> None:
    with pytest.raises(NotFoundError) as caught:
        store.trace("4bf92f3577b34da6a3ce929d0e0e4737")
    assert FIRST in caught.value.hint
    assert store.nearest("99992f3577b34da6a3ce929d0e0e4736")[0] == FIRST
    assert store.nearest("99999999999999999999999999999999") == []


def test_several_matches_are_listed(store: api.Store) -> None:
    assert len(found(store, "0000")) == 2
    with pytest.raises(UsageError, match="means 2 traces"):
        store.trace("0000")


def test_a_trace_is_whole(store: api.Store) -> None:
    trace = store.trace(FIRST)
    assert [(depth, span.service, span.name, span.duration_ns) for depth, span in trace.walk()] == [
        (0, "edge", "POST /tasks", 30 * MS),
        (1, "db", "Insert", 15 * MS),
        (1, "edge", "Retry", 3 * MS),
    ]
    assert trace.roots[0].attributes == {"user": "ada", "status": 500}
    assert store.trace(OPAQUE).spans[0].span_id == "step-1"


def test_the_list_of_traces(store: api.Store) -> None:
    newest = store.traces()
    assert [summary.start_ns for summary in newest] == sorted((s.start_ns for s in newest), reverse=True)
    assert store.traces(newest=False) == newest[::-1]
    assert store.traces(limit=2) == newest[:2]
    assert [s.trace_id for s in store.traces(service="db")] == [SECOND, FIRST]
    assert [s.trace_id for s in store.traces(since_ns=T0, until_ns=T0 + 100 * MS)] == [FIRST]
    assert store.newest_ns() == newest[0].start_ns
    with pytest.raises(UsageError) as caught:
        store.traces(service="dbb")
    assert "db, edge, mail" in caught.value.hint


def test_services(store: api.Store) -> None:
    rows = {row.service: row for row in store.services()}
    assert (rows["db"].spans, rows["db"].operations, rows["db"].errors) == (2, 1, 2)
    assert rows["edge"].spans == 5
    assert [row.service for row in store.services(since_ns=T0 - 500 * MS, until_ns=T0 - 300 * MS)] == ["mail"]


def test_the_status_accounts_for_every_line(store: api.Store, log: Path) -> None:
    status = store.status()
    assert (status.lines_read, status.lines_used, status.lines_without_trace, status.lines_rejected) == (19, 16, 2, 1)
    assert (status.traces, status.spans, status.rejected_by_reason) == (5, 8, {"not_json": 1})
    assert [(source.path, source.bytes_read, source.lines_read) for source in status.sources] == [
        (str(log), log.stat().st_size, 19)
    ]
    assert [tuple(line) for line in store.rejected()] == [("not_json", str(log), 5)]


def test_the_raw_lines_of_a_trace(store: api.Store, log: Path) -> None:
    text = log.read_text(encoding="utf-8").splitlines()
    logs = store.logs(store.trace(FIRST))
    assert [found.text for found in logs] == [text[found.line - 1] for found in logs]
    assert [found.line for found in logs] == [1, 2, 3, 4, 6, 7, 14]
    assert [(found.service, found.span_id) for found in logs][1:3] == [("db", "b0" * 8)] * 2
    assert (logs[5].service, logs[5].span_id, logs[5].body) == ("edge", "", "goodbye")
    trace = store.trace(FIRST)
    assert [found.body for found in store.span_logs(trace, trace.spans[1])] == ["started", "inserting", "failed"]


def test_lines_around_a_trace_are_those_without_one(store: api.Store) -> None:
    trace = store.trace(FIRST)
    around = [found for found in store.logs(trace, around_ns=2 * MS) if not found.trace_id]
    assert [(found.text[:5], found.body) for found in around] == [('{"tim', "out of memory"), ("panic", "panic: runtime error")]
    assert len([found for found in store.logs(trace, around_ns=10**13) if not found.trace_id]) == 3


def test_history_counts_closed_spans(tmp_path: Path) -> None:
    lines = [line(f"{n:032x}", f"{n:016x}", n, "done", duration_ms=n, operation="A") for n in range(1, 201)]
    api.ingest([str(write(tmp_path / "edge.log", lines))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        assert store.history([("edge", "A"), ("edge", "B")]) == {("edge", "A"): (200, 198 * MS)}


def test_columns(store: api.Store) -> None:
    columns = store.columns(["service", "duration_ns"], since_ns=T0, until_ns=T0 + 50 * MS)
    assert sorted(zip(columns["service"], columns["duration_ns"], strict=True)) == [
        ("db", 15 * MS),
        ("edge", 3 * MS),
        ("edge", 30 * MS),
    ]
    assert store.columns(["service"], since_ns=T0 * 2) == {"service": []}
    with pytest.raises(UsageError, match="colour"):
        store.columns(["colour"])


def test_sql_reads_and_cannot_write(store: api.Store) -> None:
    columns, rows = store.sql("SELECT trace_id, span_count FROM traces WHERE root_service = 'mail'")
    assert (columns, list(rows)) == (["trace_id", "span_count"], [("0000000000000000beef000000000001", 1)])
    for query in ("DELETE FROM trace", "SELEC", "SELECT 1; SELECT 2", "SELECT nothing FROM traces"):
        with pytest.raises(UsageError):
            store.sql(query)
    assert store.status().traces == 5


def test_an_ingest_names_the_slowest_and_the_failing_of_what_is_new(tmp_path: Path, log: Path) -> None:
    account = api.ingest([str(log)], tmp_path / "s.db")
    assert account.slowest[0].root_service == "mail"
    assert [summary.trace_id for summary in account.failing] == [SECOND, FIRST]
    more = write(tmp_path / "more.log", [line("ab" * 16, "ab" * 8, 0, "x", duration_ms=1, operation="New")])
    account = api.ingest([str(more)], tmp_path / "s.db")
    assert [summary.trace_id for summary in account.slowest] == ["ab" * 16]
    assert account.failing == ()


def test_a_missing_store_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=str(tmp_path / "no.db")) as caught:
        api.open(tmp_path / "no.db")
    assert "logtrace ingest" in caught.value.hint


def test_ids_in_piped_lines() -> None:
    lines = [
        *story()[:2],
        f"edge.log:17:{story()[-1]}",
        "trace 0AF7651916cd43dd8448eb211c80319c and deadbeef-0000-4000-8000-00000000beef",
        "--",
        OPAQUE,
    ]
    assert api.ids_in_lines(lines) == [FIRST, SECOND, "deadbeef000040008000" + "00000000beef", OPAQUE]


def test_public_names_are_there_and_cost_nothing_until_used() -> None:
    assert all(getattr(logtrace, name) is not None for name in logtrace.__all__)
    with pytest.raises(AttributeError):
        logtrace.nothing  # noqa: B018
    code = "import sys, logtrace; print([n for n in sys.modules if n.startswith('logtrace.') or n in ('orjson', 'sqlite3')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_reading_a_plain_trace_loads_nothing_heavy(store: api.Store) -> None:
    code = (
        "import sys, logtrace; logtrace.open(sys.argv[1]).trace(sys.argv[2]);"
        "print(sorted({'networkx', 'sqlite_utils', 'pydantic', 'rich', 'click', 'logtrace.ingest.records'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(store.path), FIRST], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_store_of_files_is_gone_afterwards():
    with logtrace.open_files([str(Path(__file__).parent.parent / "fixtures" / "slow-create-task" / "logs")]) as store:
        (hit,) = store.search("operation = 'CreateTask' and duration > 4s").hits
        assert hit.longest is not None
        assert hit.longest.duration_ns == 4_800_000_000
        (line,) = store.grep("STATEMENT is still .unning", ignore_case=True)
        assert line.trace_id == hit.summary.trace_id
        assert store.path.exists()
    assert not store.path.parent.exists()


def test_an_incident_comes_as_values(store: api.Store) -> None:
    trace = store.trace(SECOND)
    found = store.report(trace)
    assert found.errors.root_cause is not None
    assert (found.errors.root_cause.span.name, found.bottlenecks.spans[0].span.name) == ("Insert", "POST /tasks")
    assert [line.trace_id for line in found.lines] == [SECOND] * 6
    assert api.report(found).startswith("# `POST /tasks`\n\n- trace `" + SECOND)
    beside = store.report(trace, store.trace(FIRST)).compared
    assert beside is not None
    assert beside.comparison.a.trace_id == FIRST


def test_a_trace_that_fails_by_what_is_new_is_named(tmp_path: Path):
    """Also where its rows stay as many as they were: the end of a span whose start was read before."""
    log, store = tmp_path / "a.log", tmp_path / "s.db"
    ids = {"trace_id": f"{1:032x}", "span_id": f"{1:016x}", "service": "a", "operation": "b"}
    start = {**ids, "event": "span_start", "time": "2024-01-10T14:30:00Z"}
    end = {**ids, "event": "span_end", "time": "2024-01-10T14:30:01Z", "duration_ms": 1000, "error": "boom"}
    log.write_text(json.dumps(start) + "\n")
    assert not api.ingest([str(log)], store).failing
    with log.open("a") as file:
        file.write(json.dumps(end) + "\n")
    assert [each.duration_ns for each in api.ingest([str(log)], store).failing] == [10**9]
