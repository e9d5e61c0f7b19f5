from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logtrace.ids import parse_trace_id
from logtrace.ingest import records
from logtrace.ingest.records import PARSER_VERSION, Decoder, Rejection, Settings
from logtrace.ingest.uniform import heads as heads_of_lines
from logtrace.ingest.uniform import reading as uniform
from logtrace.model import Rank, Record, Role
from logtrace.reconstruct.spans.runs import Run

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
T0 = 1_704_897_000_000_000_000
LINE = b'{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","msg":"x"}'


@lru_cache(10_000)  # to begin anew with each line takes far longer than to read it
def alone(line: bytes, trace_key: str = "") -> Record | str | None:
    return Decoder(Settings(trace_key=trace_key)).decode(line)


def docker(line: bytes) -> bytes:
    return orjson.dumps({"log": line.decode() + "\n", "stream": "stderr", "time": "2024-01-10T14:30:00Z"})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2024-01-10 plain words", "not_json"),
        (b'{"trace_id":"4bf92f35', "truncated"),
        (b"\0\0\0\0", "binary"),
        (b'[{"a":1},2]', "json_array"),
        (b"[[", "not_json"),
        (b"7", "not_object"),
        (b'"text"', "not_object"),
        (b"null", "not_object"),
        (b"{'a':1}", "not_json"),
        (b'{"a":' * 3000, "too_deep"),
    ],
)
def test_lines_that_give_no_record_say_why(line, reason):
    assert alone(line) == reason


@pytest.mark.parametrize("line", [b"", b" \t", b"\r", b"\n", b"[", b"]", b"],", b","])
def test_a_blank_line_or_a_bracket_alone_is_nothing(line):
    assert alone(line) is None


def test_a_line_with_a_byte_order_mark_is_that_line():
    assert alone(b"\xef\xbb\xbf" + LINE) == alone(LINE)


def test_a_wrapped_line_is_that_line_with_what_the_wrapper_knows():
    bare, wrapped = alone(LINE), alone(docker(LINE))
    assert wrapped._replace(time_ns=None, attributes=()) == bare
    assert wrapped.time_ns == T0
    assert [attribute.pair for attribute in wrapped.attributes] == [("log.iostream", '"stderr"')]


def test_the_time_of_a_record_wins_over_its_wrapper():
    line = b'{"trace_id":"debug-1","time":"2024-01-10T14:29:59Z"}'
    assert alone(docker(line)).time_ns == T0 - 1_000_000_000


@pytest.mark.parametrize(
    ("line", "service", "rank"),
    [
        (b'{"trace_id":"debug-1","service":"api"}', "api", Rank.OBSERVED),
        (b'edge-mcp-1  | {"trace_id":"debug-1","service":"api"}', "api", Rank.OBSERVED),
        (b'worker-1  | {"trace_id":"debug-1"}', "worker", Rank.DERIVED),
        (b'{"trace_id":"debug-1"}', "compose", Rank.WEAK),
        (b'{"trace_id":"debug-1","service":null}', "compose", Rank.WEAK),
    ],
)
def test_the_service_is_told_by_the_record_else_the_envelope_else_the_file(line, service, rank):
    decoder = Decoder()
    decoder.source("compose")
    found = decoder.decode(line)
    assert (found.service, found.service_rank) == (service, rank)


def test_ids_in_a_wrapped_text_line_count():
    found = alone(f"worker-1  | 2024-01-10T14:30:00Z ERROR x.y boom (TraceID: {TRACE} SpanID: a3ce929d0e0e4736)".encode())
    assert (found.trace, found.time_ns, found.service, found.role) == (parse_trace_id(TRACE), T0, "worker", Role.POINT)
    assert (found.error, found.name) == (1, "x.y")


def test_a_wrapped_text_line_without_ids_is_a_record_without_a_trace():
    found = alone(b"worker-1  | panic: out of memory")
    assert isinstance(found, Record)
    assert (found.trace, found.body) == (None, "panic: out of memory")


def test_partial_lines_are_one_record_at_the_first():
    cri = b"2024-01-10T14:30:00Z stdout %s %s\n"
    data = cri % (b"P", LINE[:30]) + b"\n" + cri % (b"F", LINE[30:]) + cri % (b"F", LINE)
    (first, one, parts), (second, two, rest) = Decoder().lines(data)
    assert (first, parts, second, rest) == (0, 2, 3, 1)
    assert one == two


def test_times_without_a_zone_are_read_in_the_zone_of_the_settings():
    line = b'{"trace_id":"debug-1","time":"2024-01-10 09:30:00"}'
    assert Decoder(Settings(zone="America/New_York")).decode(line).time_ns == T0


def test_the_text_of_settings_tells_them_and_the_parser():
    settings = Settings("Europe/Berlin", "shop")
    assert Settings.of_text(settings.text()) == settings
    assert orjson.loads(settings.text())["parser"] == PARSER_VERSION
    assert Settings.of_text('{"parser":0,"zone":"UTC","gone":1}') == Settings()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n", b""])
def test_how_a_line_ends_and_what_stands_around_it_change_nothing(end):
    bare = alone(LINE)
    assert [record for _, record, _ in Decoder().lines(LINE + end)] == [bare]
    assert [record for _, record, _ in Decoder().lines(b"plain words\n" + LINE + end)] == ["not_json", bare]


def test_a_docker_line_with_its_keys_in_another_order_is_a_docker_line():
    wrapped = orjson.dumps({"stream": "stderr", "time": "2024-01-10T14:30:00Z", "log": LINE.decode() + "\n"})
    assert alone(wrapped)._replace(text_hash=0) == alone(docker(LINE))._replace(text_hash=0)


def test_equal_objects_under_two_keys_are_told_apart():
    decoder = Decoder()
    line = b'{"trace_id":"debug-1","request":{"size":1},"response":{"size":1}}'
    for _ in range(3):
        assert [a.key for a in decoder.decode(line).attributes] == ["request.size", "response.size"]


@pytest.mark.parametrize("key", ['quote"', "back\\slash", "new\nline", "\x1f", "", "log", "ü", "$ref", "__class__"])
def test_a_key_of_any_letters_is_an_attribute(key):
    decoder = Decoder()
    for _ in range(3):
        found = decoder.decode(orjson.dumps({"trace_id": "debug-1", key: 1}))
        assert [a.key for a in found.attributes] == ([key] if key != "log" else [])


# whatever else a block holds, a line gives the same

ids = st.sampled_from(
    [TRACE, "a3ce929d0e0e4736", "00f067aa0ba902b7", "debug-1", "", None, 7, "6ba7b810-9dad-41d1-80b4-00c04fd430c8"]
)
words = st.sampled_from(
    ["x", "", "INFO", "error", "start", "span_end", "completed in 45.3ms", f"trace_id={TRACE} span_id=abc", "ü{"]
)
numbers = st.integers(-5, 5) | st.floats(0, 1e6) | st.sampled_from([1704897000, 1704897000.25, 1 << 63, (1 << 64) - 1, 503])
times = st.integers(0, 10**8).map(lambda ms: datetime.fromtimestamp(1_704_897_000 + ms / 1000, UTC).isoformat())
times |= st.just("2024-01-10T14:30:00.123456Z")
leaf = st.none() | st.booleans() | words | numbers | st.lists(words, max_size=2)
inner = st.dictionaries(
    st.sampled_from(["error", "operation", "db.rows", "trace_id", "service", "a", "duration_ms", "a.b"]), leaf, max_size=3
)
anything = leaf | inner | st.dictionaries(st.just("a"), inner, max_size=1)
usual = st.fixed_dictionaries(
    {"timestamp": times, "trace_id": ids, "span_id": ids, "level": words},
    optional={
        "parent_span_id": ids, "service": words, "operation": words, "msg": words, "event": words, "duration_ms": numbers,
        "duration": numbers | words, "error": anything, "tags": inner, "status": leaf, "method": words, "path": words,
        "a": anything, "b": leaf,
    },
)  # fmt: skip
odd = st.dictionaries(
    st.sampled_from(["ts", "time", "trace.id", "traceId", "trace", "span", "name", "attributes", "fields", "request_id",
                     "latency", "start_time", "end_time", "err", "error.message", "http", "x", "upstream_trace_id"]),
    anything | ids | times, max_size=6,
)  # fmt: skip
objects = (usual | odd).map(orjson.dumps)
lines = (
    objects
    | objects.map(docker)
    | objects.map(lambda line: b"2024-01-10T14:30:00.5Z stderr F " + line)
    | objects.map(lambda line: line[:-3])
    | objects.map(lambda line: line + b" ")
    | objects.map(lambda line: b" " + line)
    | objects.map(lambda line: line + b"\r")
    | st.sampled_from(
        [b"", b" ", b"plain words", b"[1]", b"\0", b'{"a":NaN}', b'{"a":"\xff"}', b"worker-1  | panic: x", b'{"a":1}{"b":2}']
    )
)
texts = st.lists(objects, max_size=12) | st.lists(lines, max_size=8)


heads = st.fixed_dictionaries(
    {"level": st.sampled_from(["info", "debug", "error"]), "operation": st.sampled_from(["a", "b", "", None])},
    optional={
        "service": st.sampled_from(["api", ""]), "event": st.sampled_from(["span_start", "span_end", "log", None]),
        "status": st.sampled_from([1, True, 1.0, "ok", 200, 503]), "method": st.just("GET"), "kind": st.just("server"),
        "logger": st.sampled_from(["main", ""]), "caller": st.just("main.go:7"), "severity": st.sampled_from(["WARN", None]),
        "pid": st.integers(1, 40), "hostname": st.just("web-1"), "name": st.sampled_from(["shop", ""]),
        "host": st.just({"name": "h"}), "short_message": words, "severityNumber": st.just(17),
        "op": st.sampled_from(["c", ""]), "http.status_code": st.sampled_from([204, 500]), "err": st.sampled_from([None, "x"]),
    },
)  # fmt: skip
bounds = times | st.sampled_from([1704897000.25, 1704897000123, "soon", "", None, True, "1704897000123456789"])
tails = st.fixed_dictionaries(
    {"timestamp": times | st.just("2024-01-10T14:30:00.123456Z"), "trace_id": st.just(TRACE) | ids, "span_id": ids},
    optional={
        "parent_span_id": ids, "msg": words, "duration_ms": numbers, "user": st.integers(1, 200).map("u{}".format), "n": numbers,
        "tags": st.dictionaries(st.sampled_from(["a", "b", "http.method", "http.status_code"]), st.just(200) | words | numbers)
        | st.just({"a": "x,", "b": '","'}),
        "start_time": bounds, "end_time": bounds, "request_id": ids, "requestId": st.sampled_from(["r-1", None]),
        "req": st.dictionaries(st.just("id"), ids),
    },
)  # fmt: skip
uniform_texts = st.lists(heads, min_size=1, max_size=4).flatmap(
    lambda few: st.lists(st.builds(lambda head, tail: orjson.dumps(head | tail), st.sampled_from(few), tails), max_size=24)
)
"""Lines as one program writes them: few heads, many ids and values."""


def bare_line(_: int, line: bytes) -> bytes:
    return line


def shipped(at: int, line: bytes) -> bytes:
    """As Filebeat ships it."""
    around = {"@timestamp": "2024-01-10T14:29:59Z", "agent": {"type": "filebeat"}, "stream": f"s{at % 3}"}
    return orjson.dumps(around | {"message": line.decode("utf-8", "replace")})


def journal(at: int, line: bytes) -> bytes:
    """As journalctl writes it."""
    around = {"__REALTIME_TIMESTAMP": f"170489700{at % 9}000000", "_PID": f"{at % 2}", "PRIORITY": "3"}
    return orjson.dumps(around | {"MESSAGE": line.decode("utf-8", "replace")})


POD = {"pod_name": "api-7d9f", "namespace_name": "shop", "labels": {"app": "api"}}


def fluent(at: int, line: bytes) -> bytes:
    """As Fluent Bit writes what it read of docker's."""
    around = {"stream": "stdout", "time": f"2024-01-10T14:29:{at % 60:02d}Z", "kubernetes": POD}
    return orjson.dumps({"log": line.decode("utf-8", "replace") + "\n" * (at % 7 > 0)} | around)


def vector(at: int, line: bytes) -> bytes:
    """As Vector writes it."""
    around = {"source_type": "file", "timestamp": f"2024-01-10T14:29:{at % 60:02d}Z", "host": "ab"[at % 5 == 0]}
    return orjson.dumps({"message": line.decode("utf-8", "replace")} | around)


wrappers = st.sampled_from([
    lambda _at, line: docker(line),
    lambda at, line: b"2024-01-10T14:30:00.%09dZ stderr F " % at + line,
    lambda at, line: (b"worker-1  | ", b"api-2     | ")[at % 2] + line,
    lambda _at, line: b"[pod/api-7d9f/app] " + line,
    lambda at, line: b"2024/01/10 14:30:%02d " % (at % 60) + line,
    lambda at, line: (b"2024-01-10T14:30:00.5Z stderr F ", b"", b"x ")[at % 3] + line,
    shipped,
    journal,
    fluent,
    vector,
    lambda at, line: vector(at, (line, vector(at, line), docker(line), fluent(at, line))[at % 4]),
    lambda at, line: journal(at, docker(line)) if at % 4 else line,
])  # fmt: skip
wrapped_texts = st.builds(
    lambda wrap, found: [wrap(at, line) for at, line in enumerate(found)],
    wrappers, uniform_texts | st.lists(objects | st.just(b"plain words"), max_size=6),
)  # fmt: skip


def plain(result: Record | str | None) -> object:
    """A record whose attributes have no order."""
    return result._replace(attributes=frozenset(result.attributes)) if isinstance(result, Record) else result


def each(found: list[bytes], trace_key: str = "") -> list[tuple[int, object, int]]:
    results = [(index, plain(alone(line, trace_key))) for index, line in enumerate(found)]
    return [(index, result, 1) for index, result in results if result is not None]


@pytest.fixture(params=[(2_000, 12, 400), (2, 1, 400), (2_000, 1, 2)], ids=["few heads", "many heads", "new heads"])
def together(monkeypatch, request):
    """However few the lines, they are looked at together; also where what their heads say differs soon from line to line."""
    monkeypatch.setattr(records, "QUICK_FROM", 1)
    monkeypatch.setattr(records, "MANY", 3)
    kinds, few, many = request.param
    monkeypatch.setattr(uniform, "_AT_ONCE", many)
    for name, value in (("_KINDS", kinds), ("_FEW", few), ("_MANY", many)):
        monkeypatch.setattr(heads_of_lines, name, value)


@pytest.mark.usefixtures("together")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(texts | uniform_texts | wrapped_texts, st.integers(1, 4))
def test_a_line_gives_the_same_in_any_company(found, pieces):
    whole = Decoder()
    data = b"\n".join(found) + b"\n"
    expected = each(found)
    for _ in range(pieces):
        assert [(index, plain(result), parts) for index, result, parts in whole.lines(data)] == expected


@pytest.mark.usefixtures("together")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    texts | uniform_texts | wrapped_texts,
    st.sampled_from(["request_id", "user", "a", "tags.a", "trace_id", "span_id", "duration_ms", "operation"]),
)
def test_a_line_gives_the_same_in_any_company_by_a_key_of_traces(found, key):
    whole = Decoder(Settings(trace_key=key))
    data, expected = b"\n".join(found) + b"\n", each(found, key)
    for _ in range(2):
        assert [(index, plain(result), parts) for index, result, parts in whole.lines(data)] == expected


SPANLESS = {"timestamp": "2024-01-10T14:30:00.5Z", "level": "info", "msg": "done", "operation": "a"}


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    ("key", "named"),
    [("request_id", {"request_id": "r-1", "duration_ms": 3.5}), ("", {"trace_id": TRACE, "duration": "3.5ms"})],
    ids=["request_id", "trace_id"],
)
@pytest.mark.parametrize(
    "odd",
    [
        {}, {"request_id": None}, {"request_id": ""}, {"request_id": 7}, {"requestId": "r-2"}, {"trace_id": TRACE},
        {"request_id": "r-3", "trace_id": TRACE}, {"tags": {"request_id": "r-2"}}, {"tags": {"a": 1}},
        {"tags": {"trace_id": TRACE}}, {"trace_id": ""}, *(
            {"request_id": ..., "duration_ms": ...} | more
            for more in ({"trace_id": TRACE}, {"requestId": "r-2"}, {"tags": {"request_id": "r-2"}})
        ),
        {"duration_ms": -1.5}, {"duration_ms": 1e300}, {"duration_ms": None}, {"duration_ms": "3"}, {"duration": "soon"},
        {"span_id": "00000000000000ff"}, {"req": {"id": "r-2"}}, {"req": {"id": None}}, {"req": {}}, {"timestamp": None},
        {"event": "span_end"}, {"msg": f"trace_id={TRACE}"}, {"service": "b"},
    ],
    ids=str,
)  # fmt: skip
def test_lines_that_make_spans_are_read_together(key, named, odd):
    """They have a duration and name no span. A request id, where it is not the trace's, tells which span that is."""
    base = [orjson.dumps(SPANLESS | named | {"n": at}) for at in range(8)]
    strange = orjson.dumps({name: value for name, value in (SPANLESS | named | odd).items() if value is not ...})
    bare = [orjson.dumps(SPANLESS | more) for more in ({}, {"tags": {"a": 1}})]
    for found in ([*base, *bare, strange, *base[:2], strange], [strange, *base, strange], base):
        decoder = Decoder(Settings(trace_key=key))
        for _ in range(3):
            results = [(index, plain(result), parts) for index, result, parts in decoder.lines(b"\n".join(found) + b"\n")]
            assert results == each(found, key)
    (run,) = decoder.pieces(b"\n".join(base) + b"\n")
    assert isinstance(run, Run) and len(set(run.spans.tolist())) == len(base)


BOUNDED = {
    "timestamp": "2024-01-10T14:30:00.5Z", "trace_id": TRACE, "span_id": "a3ce929d0e0e4736", "operation": "a", "msg": "done",
    "start_time": "2024-01-10T14:30:00.25Z", "end_time": "2024-01-10T14:30:00.5Z",
}  # fmt: skip


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    "odd",
    [
        {}, {"start_time": "soon"}, {"end_time": "later"}, {"start_time": "soon", "end_time": "later"}, {"end_time": None},
        {"start_time": 1704897000.25}, {"start_time": 1704897000250, "end_time": 1704897000500}, {"start_time": True},
        {"span_id": ""}, {"span_id": None}, {"span_id": "", "end_time": None}, {"msg": "completed in 45.3ms"},
        {"duration_ms": 250}, {"duration_ms": 250, "span_id": ""}, {"event": "span_start"}, {"event": "span_end"},
        {"id": "7", "name": "b"},
        {"response_code": 200}, {"begin": "2024-01-10T14:30:00.1Z"}, {"timestamp": None}, {"error": "boom"},
    ],
    ids=str,
)  # fmt: skip
def test_lines_that_tell_start_and_end_are_read_together(odd):
    base = [orjson.dumps(BOUNDED | {"span_id": f"{at + 1:016x}"}) for at in range(8)]
    found = [*base, orjson.dumps(BOUNDED | odd), *base[:2], orjson.dumps(BOUNDED | odd | {"span_id": "00000000000000ff"})]
    data = b"\n".join(found) + b"\n"
    decoder = Decoder()
    for _ in range(3):
        assert [(index, plain(result), parts) for index, result, parts in decoder.lines(data)] == each(found)
    (run, *_) = decoder.pieces(b"\n".join(base) + b"\n")
    assert isinstance(run, Run) and len(run.indexes) == len(base)


@pytest.mark.usefixtures("together")
def test_a_trace_within_a_group_of_attributes_is_that_of_its_line():
    usual = orjson.dumps({"timestamp": "2024-01-10T14:30:00.123456Z", "trace_id": TRACE, "level": "x"})
    found = [usual, orjson.dumps({"attributes": {"a": {"trace_id": TRACE}}})]
    decoder = Decoder()
    for _ in range(2):
        assert [(index, plain(result), parts) for index, result, parts in decoder.lines(b"\n".join(found))] == each(found)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("more", [{}, {"tags": {"a": 1}}, {"n": 5}], ids=["flat", "objects", "numbers"])
def test_as_many_heads_as_lines_are_read_like_one(more):
    """As where operations are paths with ids in them, and nothing else is said that could be read apart from them."""
    told = {"timestamp": "2024-01-10T14:30:00.123456Z", "trace_id": TRACE, "level": "info", "service": "api"} | more
    found = [orjson.dumps(told | {"span_id": f"{at + 1:016x}", "operation": f"GET /users/{at}"}) for at in range(40)]
    decoder = Decoder()
    for _ in range(3):
        results = [(index, plain(result), parts) for index, result, parts in decoder.lines(b"\n".join(found) + b"\n")]
        assert results == each(found)


def test_attributes_of_few_values_in_many_combinations_are_read_together():
    """As loggers write them that know no object for attributes. No key has very many, but hardly two lines have the same, and
    some lines lack some."""
    told = {"timestamp": "2024-01-10T14:30:00.123456Z", "trace_id": TRACE, "level": "info", "service": "api", "msg": "x"}
    own = [{"user": at % 61, "depth": at % 53, "agent": at % 47} for at in range(2_400)]
    found = [
        orjson.dumps(told | {"span_id": f"{at + 1:016x}"} | {key: value for key, value in each.items() if value % 5})
        for at, each in enumerate(own)
    ]
    data, decoder = b"\n".join(found) + b"\n", Decoder()
    for _ in range(3):
        pieces = list(decoder.pieces(data))
    (run,) = pieces
    assert isinstance(run, Run) and len(run.indexes) == len(found)
    assert len(set(run.templates)) < 9
    results = [(index, plain(result), parts) for index, result, parts in decoder.lines(data)]
    assert results[-100:] == each(found)[-100:]


def test_two_keys_of_one_concept_are_read_together():
    """As zap writes its logger and its caller, of which the latter tells an operation only where it is alone."""
    told = {"timestamp": "2024-01-10T14:30:00.123456Z", "trace_id": TRACE, "level": "info", "msg": "x"}
    both, one = {"logger": "pool", "caller": "pool.go:7"}, {"caller": "pool.go:7"}
    found = [orjson.dumps(told | {"span_id": f"{at + 1:016x}"} | (both if at % 2 else one)) for at in range(100)]
    data, decoder = b"\n".join(found) + b"\n", Decoder()
    for _ in range(2):
        pieces = list(decoder.pieces(data))
    (run,) = pieces
    assert isinstance(run, Run) and len(run.indexes) == len(found)
    assert {record.name for record in run.records()} == {"pool", "pool.go:7"}


@pytest.mark.parametrize("wrap", [bare_line, shipped, journal])
def test_the_very_first_lines_are_read_together_where_they_are_many(wrap):
    told = {"timestamp": "2024-01-10T14:30:00.123456Z", "trace_id": TRACE, "level": "info", "service": "api", "msg": "x"}
    found = [wrap(at, orjson.dumps(told | {"span_id": f"{at + 1:016x}"})) for at in range(2_000)]
    (run,) = Decoder().pieces(b"\n".join(found) + b"\n")
    assert isinstance(run, Run) and len(run.indexes) == len(found)
    assert set(run.spans.tolist()) == set(range(1, 2_001))


@pytest.mark.parametrize("wrap", [shipped, journal, fluent, vector])
def test_objects_around_objects_are_taken_off_many_at_once(wrap):
    told = {"timestamp": "2024-01-10T14:30:00.123456Z", "trace_id": TRACE, "level": "info", "service": "api", "msg": "x"}
    found = [wrap(at, orjson.dumps(told | {"span_id": f"{at + 1:016x}"})) for at in range(200)]
    data, decoder = b"\n".join(found) + b"\n", Decoder()
    for _ in range(2):
        pieces = list(decoder.pieces(data))
    (run,) = pieces
    assert isinstance(run, Run) and len(run.indexes) == len(found)
    assert [(index, plain(result), parts) for index, result, parts in decoder.lines(data)] == each(found)


@pytest.mark.parametrize("level", ["info", "error"])
def test_lines_whose_messages_tell_durations_are_read_together(level: str):
    """All of a head do, or one in three of it does; an error of a line that ends its span is the span's own."""
    told = {"timestamp": "2024-01-10T14:30:00.123456Z", "trace_id": TRACE, "level": level, "error": "boom"}
    ends = [{"operation": "pay", "msg": f"completed in {at}.5ms"} for at in range(100)]
    others = [{"operation": "load", "msg": "begun" if at % 3 else f"done in {at} ms"} for at in range(100)]
    lines = [orjson.dumps(told | own | {"span_id": f"{at + 1:016x}"}) for at, own in enumerate(ends + others)]
    data, decoder = b"\n".join(lines) + b"\n", Decoder()
    for _ in range(2):
        pieces = list(decoder.pieces(data))
    (run,) = pieces
    assert isinstance(run, Run)
    results = [(index, plain(result), parts) for index, result, parts in decoder.lines(data)]
    assert results == each(lines)
    assert [record.duration_ns for record in run.records()][98:102] == [98_500_000, 99_500_000, 0, None]


def test_lines_of_a_format_that_is_told_by_heads_are_read_together():
    """pino's: numbers for levels, the application under `name`. There may be as many processes as lines."""
    told = {"level": 40, "time": 1704897000250, "hostname": "h", "name": "shop", "trace_id": TRACE, "op": "pay", "msg": "x"}
    found = [orjson.dumps(told | {"pid": at, "span_id": f"{at + 1:016x}"}) for at in range(2_400)]
    data, decoder = b"\n".join(found) + b"\n", Decoder()
    for _ in range(3):
        pieces = list(decoder.pieces(data))
    runs = [piece for piece in pieces if isinstance(piece, Run)]
    assert sum(len(run.indexes) for run in runs) == len(found)
    assert {(record.service, record.name, record.severity) for run in runs for record in run.records()} == {("shop", "pay", 13)}


@given(texts)
def test_every_line_is_accounted_for_once(found):
    data = b"\n".join(found)
    made = [
        [(batch.at, batch.parts)] if isinstance(batch, Rejection) else zip(batch.indexes, batch.parts, strict=True)
        for batch in Decoder().batches(data)
    ]
    assert sorted(entry for batch in made for entry in batch) == [(index, 1) for index, line in enumerate(found) if line.strip()]


@given(st.binary(max_size=80) | st.lists(st.binary(max_size=20), max_size=5).map(b"\n".join))
def test_no_bytes_raise(data):
    for _, result, _ in Decoder().lines(data):
        assert isinstance(result, Record | str)


@given(
    st.dictionaries(
        st.text(max_size=8), st.recursive(leaf, lambda x: st.dictionaries(st.text(max_size=5), x, max_size=3)), max_size=6
    )
)
def test_no_object_raises_or_is_lost(record):
    assert isinstance(alone(orjson.dumps(record)), Record)


def test_each_line_of_a_document_is_accounted_for():
    values = [["1704897000000000000", LINE.decode()], ["1704897000000000000", "plain"], ["1704897000000000000", '{"a":']]
    document = orjson.dumps({"status": "success", "data": {"result": [{"stream": {"app": "pay"}, "values": values}]}})
    found = list(Decoder().lines(document + b"\n"))
    assert sorted((index, parts, result if isinstance(result, str) else result.service) for index, result, parts in found) == [
        (0, 1, "pay"), (0, 1, "pay"), (0, 1, "truncated")
    ]  # fmt: skip
    assert [result for _, result, _ in Decoder().lines(b'{"events":[]}\n')] == ["no_lines"]


@pytest.mark.parametrize("depth", [250, 300, 900, 1000, 1020, 2000])
@pytest.mark.parametrize("many", [1, 80])
def test_no_depth_ends_the_reading(depth: int, many: int) -> None:
    ids = b'{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","msg":"m","deep":'
    line = ids + b"[" * depth + b"]" * depth + b"}"
    found = [result for _, result, _ in Decoder().lines(b"\n".join([line] * many) + b"\n")]
    assert len(found) == many
    assert {result if isinstance(result, str) else result.body for result in found} == {"m" if depth < 1024 else "too_deep"}


INNER = f'{{"msg":"done","trace_id":"{TRACE}","span_id":"b7ad6b7169203331","duration_ms":12,"time":"2024-01-10T14:30:00Z"}}'


@pytest.mark.parametrize("many", [1, 300])
def test_an_object_in_a_message_is_the_line(many: int):
    line = orjson.dumps({"message": INNER, "timestamp": "2024-01-10T14:31:00Z", "level": "warn", "app": "shop", "region": "eu"})
    decoder = Decoder()
    list(decoder.lines((line + b"\n") * many))
    found = [record for _, record, _ in decoder.lines((line + b"\n") * many)]
    (alone,) = [record for _, record, _ in Decoder().lines(INNER.encode())]
    assert len(found) == many
    for record in found:
        assert record.service == "shop"
        assert record.severity == 13
        assert ("region", '"eu"') in [attribute.pair for attribute in record.attributes]
        assert record[:8] == alone[:8]


OF_LOGFMT = (
    f'time=2024-01-10T14:30:00.25Z level=error msg="charge failed" service=pay trace_id={TRACE} duration=250ms operation=charge'
)
AROUND = {
    "a document": {"@timestamp": "2024-01-10T14:30:09Z", "log": OF_LOGFMT, "kubernetes": {"pod": {"name": "pay-1"}}},
    "a message": {"version": "1.1", "host": "h", "short_message": OF_LOGFMT, "timestamp": 1704897009.5, "level": 6},
    "another text": {"time": "2024-01-10T14:30:09Z", "message": f"pay-1  | {OF_LOGFMT}"},
    "what pipelines keep": {"_index": "i", "_source": {"@timestamp": "2024-01-10T14:30:09Z", "event": {"original": OF_LOGFMT}}},
    "what a shipper keeps": {"@timestamp": "2024-01-10T14:30:09Z", "agent": {"type": "filebeat"}, "event.original": OF_LOGFMT},
}


@pytest.mark.parametrize("many", [1, 200])
@pytest.mark.parametrize("name", AROUND)
def test_a_text_of_a_known_format_in_a_message_is_the_line(name: str, many: int):
    line = orjson.dumps(AROUND[name])
    for _, record, _ in Decoder().lines(b"\n".join([line] * many)):
        assert isinstance(record, Record)
        assert (str(record.trace), record.service, record.name, record.body) == (TRACE, "pay", "charge", "charge failed")
        assert (record.time_ns, record.duration_ns, record.severity) == (T0 + 250_000_000, 250_000_000, 17)


@pytest.mark.parametrize(
    "wrap", ['<14>1 2024-01-10T14:30:09Z h pay 12 ID1 [a@1 traceId="{}"] ', "2024-01-10T14:30:09.500Z\tundefined\tINFO\t"]
)
def test_a_text_beside_which_its_wrapper_tells_ids_is_read_as_ever(wrap: str):
    (record,) = [found for _, found, _ in Decoder().lines((wrap.format(TRACE) + OF_LOGFMT).encode())]
    assert isinstance(record, Record)
    assert (record.service, record.name, record.duration_ns) == ("pay", "charge", 250_000_000)


def test_an_object_in_a_message_of_a_line_with_a_trace_is_its_message():
    (record,) = [record for _, record, _ in Decoder().lines(orjson.dumps({"trace_id": "ab" * 16, "message": INNER}))]
    assert str(record.trace) == "ab" * 16
    assert record.body == INNER


def test_objects_that_end_in_nul_are_lines():
    found = list(Decoder().lines(f"{INNER}\0{INNER.replace('done', 'more')}\0\n".encode()))
    assert [(record.body, parts) for _, record, parts in found] == [("done", 1), ("more", 0)]


def test_the_trace_of_lambdas_report_stands_in_its_second_line():
    report = "REPORT RequestId: 9566c74d-1003\tDuration: 98.77 ms\tBilled Duration: 99 ms"
    traced = "XRAY TraceId: 1-67d3f65d-8a1b4c2e9f0d7a3b5c6e1f20\tSegmentId: b7ad6b7169203331\tSampled: true"
    for head in ("", "2024-01-10T14:30:00.123Z "):
        ((_, record, parts),) = Decoder().lines(f"{head}{report}\t\n{traced}\n".encode())
        assert (str(record.trace), record.duration_ns, parts) == ("67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", 98_770_000, 2)


@pytest.mark.parametrize(
    "line", [INNER, f"2024-01-10T14:30:00.123Z INFO [api] done trace_id={TRACE}", f"<14>Jan 10 14:30:00 h a: {INNER}"]
)
def test_lines_that_end_in_carriage_returns_alone_say_so(line: str):
    ((_, reason, parts),) = Decoder().lines("\r".join([line] * 9).encode())
    assert "tr '\\r' '\\n'" in str(reason)
    assert parts == 1
    assert isinstance(alone(f"{line}\r".encode()), Record)


def test_a_bare_span_may_be_an_id_or_a_name_in_any_company():
    parents = ["null" if n % 7 else f'"{n + 1:016x}"' for n in range(1, 200)]
    ids = [f'{{"trace":"{TRACE}","span":"{n:016x}","parent":{parent},"took_ms":{n}}}' for n, parent in enumerate(parents, 1)]
    ids += [f'{{"trace":"{TRACE}","span":"{n:016x}","msg":"x"}}' for n in range(1, 100)]
    names = [f'{{"trace":"{TRACE}","span":"load {n % 3}","parent":"x","took_ms":{n}}}' for n in range(200)]
    names += [f'{{"trace":"{TRACE}","span":"load {n % 3}","msg":"x"}}' for n in range(100)]
    for lines in ([*ids, *names], [*names, *ids], [line for pair in zip(ids, names, strict=False) for line in pair]):
        decoder = Decoder()
        for _ in range(2):
            found = [record for _, record, _ in decoder.lines("\n".join(lines).encode())]
            assert found == [alone(line.encode()) for line in lines]
    first = alone(ids[6].encode())
    assert isinstance(first, Record)
    assert (first.span, first.parent, first.name, first.role) == (7, 8, "", Role.COMPLETE)
    assert alone(ids[0].encode()).parent == 0  # type: ignore[union-attr]
    assert alone(names[0].encode()).name == "load 0"  # type: ignore[union-attr]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_lines_in_another_encoding_than_those_before_say_so(encoding: str):
    made = [result for _, result, _ in Decoder().lines(f"{INNER}\n".encode() * 3 + f"{INNER}\n".encode(encoding) * 3)]
    assert [isinstance(result, Record) for result in made[:3]] == [True] * 3
    assert all("UTF-16 among lines" in str(result) for result in made[3:]), made[3:]
    assert isinstance(alone(INNER.encode()[:9] + b"\0\0\0\0" + INNER.encode()), str)
    assert alone(bytes(range(32)) * 9) == "binary"


@pytest.mark.parametrize(
    ("error", "said"),
    [(["card expired"], "card expired"), (["a", {"message": "b"}, 5], "a; b"), ([5], "")],
)
def test_several_errors_are_said_together(error: list[object], said: str):
    made = Decoder().decode(orjson.dumps({**orjson.loads(LINE), "duration_ms": 5, "error": error}))
    assert isinstance(made, Record) and made.error and made.error_message == said


@pytest.mark.parametrize(
    ("said", "duration_ns"),
    [
        ([1, 250_000_000], 1_250_000_000), ([0, 5_000_000], 5_000_000), ([1, 2_000_000_000], None), ([1, 2, 3], None),
        ({"secs": 1, "nanos": 250_000_000}, 1_250_000_000), ({"seconds": 1, "nanos": 5}, 1_000_000_005),
        ({"seconds": 1, "nanos": 2_000_000_000}, None), ({"seconds": "x", "nanos": 5}, None), ({"seconds": 1}, 1_000_000_000),
        ({"value": 1.25, "unit": "s"}, 1_250_000_000), ({"value": 1.25, "unit": "stones"}, None),
    ],
)  # fmt: skip
def test_a_duration_in_parts_is_both_or_none(said: object, duration_ns: int | None):
    """The rest of a second is no length by itself."""
    made = Decoder().decode(
        orjson.dumps({"time": "2024-01-10T14:30:00Z", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "duration": said})
    )
    assert isinstance(made, Record) and made.duration_ns == duration_ns


def test_a_date_of_extended_json():
    made = Decoder().decode(
        orjson.dumps({"time": {"$date": {"$numberLong": "1704897000123"}}, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"})
    )
    assert isinstance(made, Record) and made.time_ns == 1_704_897_000_123_000_000
