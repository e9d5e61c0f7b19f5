"""Parquet asked beside the store that it was written from: the answers are the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from logtrace import api
from logtrace.errors import NotFoundError, StoreError, UsageError
from logtrace.jobs.parquet import search as parquet_search
from logtrace.parquet.dataset import ALL, Part
from tests.cli.conftest import FIXTURES
from tests.jobs.parquet.written import as_file, as_folder
from tests.jobs.stores import line, story, take, write

MINUTE = 60 * 10**9


@pytest.fixture(scope="module", params=["folder", "file"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The stories as a store, and as Parquet."""
    folder = tmp_path_factory.mktemp("both")
    store = folder / "s.db"
    logs = [*sorted(FIXTURES.glob("*/logs")), write(folder / "own.log", story())]
    api.ingest([str(path) for path in logs], store)
    made = as_folder(store, folder / "p") if request.param == "folder" else as_file(store, folder / "p.parquet")
    with api.open(store) as one, api.open(f"parquet:{made}") as other:
        yield one, other


EXPRESSIONS = [
    "error = true",
    "duration > 100ms and service = edge-mcp",
    "any.error = true and not operation ~ 'Create'",
    "count(duration > 10ms) > 2",
    "http.status_code >= 500 or status = 500",
    "user.id exists",
    "root.duration < 1s and span_count > 3",
    "all.duration < 2s",
    "kind = server",
    "inferred_count > 0",
]


@pytest.mark.parametrize("expression", [None, *EXPRESSIONS])
@pytest.mark.parametrize("order", ["newest", "slowest", "spans"])
def test_search(both, expression: str | None, order: str):
    one, other = (store.search(expression, order=order, limit=500) for store in both)
    assert [without_ties(hit) for hit in one.hits] == [without_ties(hit) for hit in other.hits]
    assert (one.expression, one.more, one.notes) == (other.expression, other.more, other.notes)


def without_ties(hit: Any) -> Any:
    """A hit, without which of several spans of one length is its longest."""
    return hit._replace(longest=hit.longest and hit.longest.duration_ns)


def test_some_expressions_find_something(both):
    assert sum(bool(both[0].search(expression).hits) for expression in EXPRESSIONS) > len(EXPRESSIONS) / 2


@pytest.mark.parametrize("expression", [None, *EXPRESSIONS, "user.id > 5", "retry.reason = backoff", "nobody = 1"])
@pytest.mark.parametrize("order", ["newest", "oldest", "slowest"])
def test_search_that_loads_little_at_a_time(both, expression: str | None, order: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet_search, "FEW", 2)
    monkeypatch.setattr(parquet_search, "GROWTH", 2)
    for since_ns, until_ns in [*windows(both[0])[:3], windows(both[0])[-1]]:
        asked = {"order": order, "limit": 2, "offset": 1, "since_ns": since_ns, "until_ns": until_ns}
        one, other = (store.search(expression, **asked) for store in both)
        assert [without_ties(hit) for hit in one.hits] == [without_ties(hit) for hit in other.hits]
        assert (one.expression, one.more, one.notes) == (other.expression, other.more, other.notes)


@pytest.mark.parametrize("service", [None, "worker", "edge-mcp"])
@pytest.mark.parametrize("newest", [True, False])
def test_traces_that_load_little_at_a_time(both, service: str | None, newest: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet_search, "FEW", 2)
    for limit in (1, 5, 10_000):
        one, other = (store.traces(service=service, newest=newest, limit=limit) for store in both)
        assert one == other


def test_a_value_beside_the_one_that_counts_is_found(tmp_path: Path):
    lines = [line("a" * 32, "b" * 16, at, "x", color=color) for at, color in enumerate(("red", "blue", "green"))]
    others = [line(f"{number:032x}", "b" * 16, 1, "x", color="grey") for number in range(1, 9)]
    take(tmp_path / "s.db", write(tmp_path / "a.log", [*lines, *others]))
    with api.open(f"parquet:{as_folder(tmp_path / 's.db', tmp_path / 'p')}") as store:
        for color in ("red", "blue", "green"):
            assert [hit.summary.trace_id for hit in store.search(f"color = {color}").hits] == ["a" * 32]
        assert ALL not in store._loaded


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.stats(),
        lambda store: store.stats(by="user.id"),
        lambda store: store.series(),
        lambda store: store.heatmap(),
        lambda store: store.sums("http.status_code"),
        lambda store: store.service_graph(),
        lambda store: store.bottlenecks(),
        lambda store: store.errors(),
        lambda store: store.services(),
    ],
)
def test_what_is_told_of_all_spans_is_told_without_loading_any(both, ask):
    with api.open(both[1].name) as store:
        assert ask(both[0]) == ask(store)
        assert store._loaded == {}


def test_a_search_loads_only_what_it_may_mean(both):
    with api.open(both[1].name) as store:
        hits = store.search("service = worker and error = true").hits
        assert hits and hits == both[0].search("service = worker and error = true").hits
        assert store._loaded and all(part.trace_ids for part in store._loaded)


def test_what_is_like_a_trace(both, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet_search, "FEW", 2)
    one, other = both
    told = []
    for each in one.traces(limit=None):
        a, b = one.trace(each.trace_id), other.trace(each.trace_id)
        told.append(one.has_healthy_like(a))
        assert other.has_healthy_like(b) == told[-1]
        assert one.similar(a) == other.similar(b)
    assert any(told) and not all(told)


def test_a_stack_tells_errors_apart(tmp_path: Path):
    stacks = ["File a.py, line 1, in one", "File b.py, line 2, in two", "File b.py, line 2, in two"]
    lines = [
        line(f"{at:032x}", "b" * 16, at, "failed", level="error", error="boom", stacktrace=stack, fingerprint=f"f{at // 2}")
        for at, stack in enumerate(stacks, 1)
    ]
    take(tmp_path / "s.db", write(tmp_path / "a.log", lines))
    with (
        api.open(tmp_path / "s.db") as one,
        api.open(f"parquet:{as_file(tmp_path / 's.db', tmp_path / 'x.parquet')}") as other,
    ):
        assert len(one.errors().groups) == 2
        assert one.errors() == other.errors()


def test_a_trace_is_like_others_also_once_all_are_loaded(both):
    with api.open(both[1].name) as store:
        like = [each.trace_id for each in both[0].traces(limit=None) if both[0].has_healthy_like(both[0].trace(each.trace_id))]
        store.lint()
        assert ALL in store._loaded
        assert all(store.has_healthy_like(store.trace(each)) for each in like)


@pytest.mark.parametrize("name", ["@last", "@error", "98f13708"])
def test_one_trace_needs_no_other(both, name: str):
    with api.open(both[1].name) as store:
        trace = store.trace(name)
        assert trace.trace_id == both[0].trace(name).trace_id
        assert store.id_length([trace.trace_id]) == both[0].id_length([trace.trace_id])
        assert store.clocks() == both[0].clocks()
        assert b"".join(store.exported("csv", traces=[name])).count(trace.trace_id.encode()) >= len(trace.spans)
        assert list(store._loaded) == [Part(trace_ids=(trace.trace_id,))]


def test_as_many_digits_are_shown(both):
    one, other = both
    ids = [each.trace_id for each in one.traces(limit=None)]
    assert {one.id_length([each]) for each in ids} > {8}
    for each in ids:
        assert one.id_length([each]) == other.id_length([each])


def test_pages(both):
    one, other = ([store.search("duration > 1ms", limit=3, offset=at) for at in range(0, 30, 3)] for store in both)
    assert one == other
    assert one[0].more


def windows(store: Any) -> list[tuple[int | None, int | None]]:
    starts = sorted(each.start_ns for each in store.traces(limit=None) if each.start_ns is not None)
    middle = starts[len(starts) // 2]
    return [(None, None), (middle, None), (None, middle), (middle - MINUTE, middle + MINUTE), (starts[-1] + 1, None)]


@pytest.mark.parametrize("number", range(5))
def test_windows(both, number: int):
    since_ns, until_ns = windows(both[0])[number]
    window = {"since_ns": since_ns, "until_ns": until_ns}
    for ask in (
        lambda store: store.search("duration > 1ms", **window, limit=500),
        lambda store: store.traces(**window, limit=None),
        lambda store: store.stats(**window, outliers=50),
        lambda store: store.errors(**window),
        lambda store: store.services(**window),
        lambda store: store.bottlenecks(**window),
        lambda store: [str(each) for each in store.search(None, by_span=True, **window).hits],
    ):
        one, other = map(ask, both)
        assert one == other


@pytest.mark.parametrize("asked", [{"by": "user.id"}, {"operation": "CreateTask"}, {"service": "worker"}])
def test_statistics_of_a_part(both, asked: dict[str, str]):
    one, other = (store.stats(**asked) for store in both)
    assert one == other
    assert one.spans


@pytest.mark.parametrize("verb", ["sums", "series"])
def test_statistics_of_an_attribute(both, verb: str):
    one, other = (getattr(store, verb)("context.size_bytes", operation="LoadContext") for store in both)
    assert one == other


def test_each_trace_is_the_same(both):
    one, other = both
    ids = [each.trace_id for each in one.traces(limit=None)]
    for trace_id in ids:
        a, b = one.trace(trace_id), other.trace(trace_id)
        assert (a.warnings, a.links, a.failures, a.line_services) == (b.warnings, b.links, b.failures, b.line_services)
        assert [told(span) for span in a.spans] == [told(span) for span in b.spans]
        assert one.history({(s.service, s.name) for s in a.spans}) == other.history({(s.service, s.name) for s in a.spans})


def told(span: Any) -> Any:
    lines = [(line.time_ns, line.text_hash, line.severity, line.body) for line in span.lines]
    return {name: getattr(span, name) for name in span.__slots__ if name != "lines"} | {"lines": lines}


@pytest.mark.parametrize("way", [lambda t: t[:8], lambda t: t[-16:], str.upper, lambda t: f"00-{t}-{'a' * 16}-01"])
def test_a_trace_is_found_in_the_same_ways(both, way):
    one, other = both
    for each in one.traces(limit=40):
        text = way(each.trace_id)
        assert [found.trace_id for found in one.find(text)] == [found.trace_id for found in other.find(text)]


@pytest.mark.parametrize("name", ["@last", "@slowest", "@error"])
def test_by_name(both, name: str):
    one, other = (store.trace(name) for store in both)
    assert one.trace_id == other.trace_id


def test_by_a_span_and_by_a_request(both):
    one, other = both
    for trace in [one.trace(each.trace_id) for each in one.traces(limit=30)]:
        for text in {
            trace.spans[0].span_id,
            *(str(s.attributes["request_id"]) for s in trace.spans if "request_id" in s.attributes),
        }:
            assert [each.trace_id for each in one.find(text)] == [each.trace_id for each in other.find(text)]


def test_an_unknown_id_names_those_near(both):
    for store in both:
        known = store.traces(limit=1)[0].trace_id
        with pytest.raises(NotFoundError) as raised:
            store.trace(known[:6] + "0" * 20 + known[-6:])
        assert known in raised.value.hint


def test_an_unknown_service_names_those_that_are(both):
    one, other = both
    known = []
    for store in (one, other):
        with pytest.raises(UsageError) as raised:
            store.traces(service="nobody")
        known.append(raised.value.hint)
    assert known[0] == known[1]


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: list(store.grep("x")),
        lambda store: store.logs(store.trace("@last")),
        lambda store: store.search(None, text="x"),
        lambda store: store.note("@last", "x"),
        lambda store: store.pin("@last"),
        lambda store: store.status(),
    ],
)
def test_what_it_can_not_do_is_said(both, ask):
    with pytest.raises(UsageError, match=r"parquet:.* can't answer that"):
        ask(both[1])


def test_messages_of_a_span_stand_where_they_were_read(both):
    one, other = both
    trace = one.trace("@error")
    for span in trace.spans:
        same = next(each for each in other.trace(trace.trace_id).spans if each.span_id == span.span_id)
        expected = [(line.path, line.line, line.body) for line in one.span_logs(trace, span)]
        assert [(line.path, line.line, line.body) for line in other.span_logs(trace, same)] == expected


def test_a_folder_that_is_not_whole_is_none(tmp_path: Path):
    take(tmp_path / "s.db", write(tmp_path / "a.log", story()))
    folder = as_folder(tmp_path / "s.db", tmp_path / "p")
    (folder / "_logtrace.json").unlink()
    with pytest.raises(StoreError, match=r"there is no _logtrace\.json"), api.open(f"parquet:{folder}") as store:
        store.traces()


@pytest.mark.parametrize("text", [b"", b"PAR1", b"no parquet at all"])
def test_a_file_that_is_no_parquet_is_told(tmp_path: Path, text: bytes):
    (tmp_path / "x.parquet").write_bytes(text)
    with pytest.raises(StoreError, match=r"x\.parquet"), api.open(f"parquet:{tmp_path / 'x.parquet'}") as store:
        store.traces()


def test_there_has_to_be_something(tmp_path: Path):
    with pytest.raises(StoreError, match="no Parquet at"):
        api.open(f"parquet:{tmp_path / 'nothing'}")


def test_nothing_is_left_of_a_folder_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    take(tmp_path / "s.db", write(tmp_path / "a.log", story()))
    from logtrace.errors import LogtraceError
    from logtrace.parquet import files

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "table", full)
    with pytest.raises(LogtraceError, match="no space left"):
        as_folder(tmp_path / "s.db", tmp_path / "p")
    assert sorted(path.name for path in tmp_path.iterdir() if "p" in path.name) == []


def test_lint_finds_the_same_in_spans_and_says_what_it_can_not_see(both):
    one, other = (store.lint(without=["secrets"]) for store in both)
    assert list(map(seen, one.outcomes)) == list(map(seen, other.outcomes))
    assert any(outcome.findings for outcome in one.outcomes)
    assert "no raw lines" in other.notes[0]


def seen(outcome: Any) -> Any:
    """An outcome, its lines told by where they were read."""
    return replace(outcome, findings=tuple(replace(finding, lines=()) for finding in outcome.findings))
