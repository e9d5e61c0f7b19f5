"""The dialects that the platform's documents show, (a) to (i), as lines of text: each gives the right record."""

from __future__ import annotations

import orjson
import pytest

from logtrace.ids import NO_SPAN, TraceId, hashed_key, parse_span_id, parse_trace_id
from logtrace.ingest.records import Decoder, Settings
from logtrace.model import ErrorLevel, Flag, Link, Rank, Record, Role

TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "a3ce929d0e0e4736", "00f067aa0ba902b7"
UUID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
T0 = 1_704_897_000_000_000_000
"""2024-01-10T14:30:00Z."""
MS = 1_000_000


def read(line: str | dict[str, object], file_service: str = "edge-mcp") -> Record:
    decoder = Decoder()
    decoder.source(file_service)
    record = decoder.decode((line if isinstance(line, str) else orjson.dumps(line).decode()).encode())
    assert isinstance(record, Record), record
    return record


def ids(record: Record) -> tuple[TraceId | None, int, int | None]:
    return record.trace, record.span, record.parent


def attributes(record: Record) -> dict[str, object]:
    return {attribute.key: orjson.loads(attribute.value) for attribute in record.attributes}


def test_a_minimal_line_of_the_guide():
    found = read('{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","msg":"Request processed"}')
    assert ids(found) == (parse_trace_id(TRACE), NO_SPAN, None)
    assert (found.body, found.time_ns, found.role, found.severity) == ("Request processed", None, Role.POINT, 0)
    assert (found.service, found.service_rank) == ("edge-mcp", Rank.WEAK)
    assert attributes(found) == {}


def test_b_promtail_schema():
    found = read(
        {"timestamp": "2024-01-10T14:30:00.123Z", "level": "error", "message": "insert failed after 45.3ms", "trace_id": TRACE,
         "span_id": SPAN, "user_id": "u1", "tenant_id": "t1", "service": "rest-api", "version": "1.2", "environment": "prod",
         "error": "deadlock detected", "stack_trace": "goroutine 1"}
    )  # fmt: skip
    assert ids(found) == (parse_trace_id(TRACE), parse_span_id(SPAN)[0], None)
    assert found.time_ns == T0 + 123 * MS
    assert (found.service, found.service_rank, found.severity) == ("rest-api", Rank.OBSERVED, 17)
    assert (found.role, found.duration_ns) == (Role.COMPLETE, 45_300_000), "the duration is fished out of the message"
    assert found.flags & Flag.DURATION_IN_TEXT
    assert (found.error, found.error_message) == (ErrorLevel.HARD, "deadlock detected")
    assert attributes(found) == {
        "user_id": "u1", "tenant_id": "t1", "version": "1.2", "environment": "prod",
        "error": "deadlock detected", "stack_trace": "goroutine 1",
    }  # fmt: skip


def test_c_slog_while_processing():
    found = read(
        '{"timestamp":"2024-01-10T14:30:00.123456789Z","level":"INFO","msg":"processing request","trace_id":"' + TRACE + '",'
        '"span_id":"a3ce929d0e0e4736","method":"POST","path":"/api/v1/tasks","user_id":"user-123",'
        '"request_details":{"size":512,"content_type":"application/json"}}'
    )  # fmt: skip
    assert ids(found) == (parse_trace_id(TRACE), parse_span_id(SPAN)[0], None)
    assert (found.time_ns, found.role) == (T0 + 123_456_789, Role.POINT)
    assert (found.name, found.name_rank) == ("POST /api/v1/tasks", Rank.DERIVED)
    assert attributes(found)["request_details.size"] == 512
    assert attributes(found)["method"] == "POST", "people search by the method, too"


def test_c_slog_durations_are_nanoseconds():
    found = read(
        {"timestamp": "2024-01-10T14:30:00Z", "level": "INFO", "msg": "request completed", "request_id": "r-1", "trace_id": TRACE,
         "method": "POST", "path": "/api/v1/tasks", "status": 200, "duration": 45300000}
    )  # fmt: skip
    assert (found.duration_ns, found.role) == (45_300_000, Role.COMPLETE)
    assert found.flags & Flag.UNIT_LIBRARY
    assert found.error == ErrorLevel.NONE
    assert found.span == hashed_key("edge-mcp|r-1"), "no span id, but a duration: a span by its request id"
    assert found.flags & Flag.SPAN_FROM_LINE
    assert found.time_ns == T0


def test_d_zap_in_production():
    found = read(
        {"level": "info", "ts": 1704897000.25, "logger": "builds", "caller": "main.go:42", "msg": "done",
         "operation": "create_build", "trace_id": TRACE, "span_id": SPAN, "duration": 0.0453}
    )  # fmt: skip
    assert (found.time_ns, found.duration_ns) == (T0 + 250 * MS, 45_300_000)
    assert found.flags & Flag.UNIT_LIBRARY
    assert (found.name, found.severity) == ("create_build", 9)
    assert attributes(found) == {"logger": "builds", "caller": "main.go:42"}


def test_d_zap_with_a_text_time():
    found = read('{"level":"info","ts":"2024-01-10T14:30:00Z","caller":"main.go:42","msg":"Server started","port":8080}')
    assert found.trace is None, "a line that names no trace is a record all the same"
    assert (found.time_ns, found.name, found.name_rank) == (T0, "main.go:42", Rank.WEAK)
    assert attributes(found)["port"] == 8080


def test_d_an_error_of_zap():
    found = read(
        {"level": "error", "ts": 1704897000.0, "msg": "build failed", "operation": "create_build", "trace_id": TRACE,
         "span_id": SPAN, "error": "exit status 2", "stacktrace": "main.run\n\tmain.go:7"}
    )  # fmt: skip
    assert (found.error, found.error_message, found.severity) == (ErrorLevel.SOFT, "exit status 2", 17)


@pytest.mark.parametrize(("level", "said"), [("error", "bank refused the card"), ("info", "")])
def test_a_line_of_level_error_says_what_went_wrong_also_where_it_ends_its_span(level, said):
    found = read(
        {"level": level, "msg": "bank refused the card", "operation": "Pay", "status": "failed", "duration_ms": 12,
         "trace_id": TRACE, "span_id": SPAN}
    )  # fmt: skip
    assert (found.error, found.error_message, found.body) == (ErrorLevel.HARD, said, "bank refused the card")


def test_e_zerolog():
    found = read(
        {"level": "info", "trace_id": UUID, "method": "GET", "path": "/health", "status": 503, "latency": 45.3,
         "time": "2024-01-10T14:30:00Z", "message": "Request completed"}
    )  # fmt: skip
    assert found.trace == parse_trace_id(UUID.replace("-", ""))
    assert (found.time_ns, found.duration_ns, found.role) == (T0, 45_300_000, Role.COMPLETE)
    assert found.flags & Flag.UNIT_LIBRARY
    assert not found.flags & Flag.UNIT_ASSUMED
    assert (found.name, found.body, found.error) == ("GET /health", "Request completed", ErrorLevel.HARD)


def test_f_the_log_entry_struct():
    found = read(
        {"timestamp": "2024-01-10T14:30:00.5Z", "level": "WARN", "message": "slow query", "trace_id": TRACE, "span_id": SPAN,
         "correlation_id": "c-9", "fields": {"db.table": "tasks", "duration_ms": 250, "service": "rest-api"}}
    )  # fmt: skip
    assert ids(found) == (parse_trace_id(TRACE), parse_span_id(SPAN)[0], None)
    assert (found.time_ns, found.severity, found.service) == (T0 + 500 * MS, 13, "rest-api")
    assert (found.duration_ns, found.role, found.flags) == (250 * MS, Role.COMPLETE, 0)
    assert attributes(found) | {"db.table": "tasks", "correlation_id": "c-9"} == attributes(found)


def test_f_ids_in_a_text_line():
    found = read(
        f"2024-01-10T14:30:00.123Z [INFO] [rest-client] Started span: GetTask trace_id={TRACE} span_id={SPAN}"
        f" correlation_id=c-9 hostname=h1 timestamp=2024-01-10T14:30:00.123456789Z"
    )
    assert ids(found) == (parse_trace_id(TRACE), parse_span_id(SPAN)[0], None)
    assert (found.time_ns, found.severity) == (T0 + 123 * MS, 9)
    assert (found.name, found.name_rank, found.role) == ("GetTask", Rank.OBSERVED, Role.START), "not the component"
    assert found.start_ns == T0 + 123_456_789, "to the nanosecond"
    assert found.flags == 0, "key=value of a text logger are fields, as those of JSON"
    assert found.body == "Started span: GetTask", "the list of lines does not repeat the ids"
    assert attributes(found) == {"component": "rest-client", "correlation_id": "c-9", "hostname": "h1"}


def test_f_a_message_without_ids_starts_no_span():
    found = read("2024-01-10T14:30:00.123Z [INFO] [rest-client] Started span: GetTask trace_id=" + TRACE)
    assert (found.span, found.name, found.role) == (NO_SPAN, "rest-client", Role.POINT)


def test_ids_in_a_sentence():
    found = read(f"2024-01-10T14:30:00.123Z [INFO] [rest-client] done (TraceID: {TRACE} SpanID: {SPAN})")
    assert ids(found) == (parse_trace_id(TRACE), parse_span_id(SPAN)[0], None)
    assert found.flags & Flag.IDS_IN_TEXT


def test_g_an_audit_event():
    found = read(
        {"timestamp": "2024-01-10T14:30:00Z", "event_type": "auth_attempt", "subject": "u1", "action": "login", "resource": "api",
         "result": "failure", "error": "bad password", "metadata": {"trace_id": TRACE, "ip": "10.0.0.1"}}
    )  # fmt: skip
    assert found.trace == parse_trace_id(TRACE), "trace ids inside metadata count"
    assert (found.name, found.name_rank) == ("auth_attempt", Rank.WEAK)
    assert (found.error, found.error_message) == (ErrorLevel.HARD, "bad password")
    assert attributes(found)["ip"] == "10.0.0.1"


def test_h_a_future_json_logger():
    found = read(
        {"timestamp": "2024-01-10T09:30:00.000-05:00", "level": "error", "caller": "api/server.go:7", "message": "boom",
         "service.name": "rest-api", "trace.id": TRACE, "span.id": SPAN, "stacktrace": "…"}
    )  # fmt: skip
    assert (found.time_ns, found.service) == (T0, "rest-api")
    assert ids(found) == (parse_trace_id(TRACE), parse_span_id(SPAN)[0], None)
    assert (found.error, found.error_message) == (ErrorLevel.SOFT, "boom")


def test_i_a_span_record_of_the_guide():
    found = read(
        {"trace_id": TRACE, "span_id": SPAN, "operation": "CreateTask", "service": "edge-mcp", "duration": 4800,
         "tags": {"db.system": "postgresql", "error": False, "payload.size_bytes": 524288000}}
    )  # fmt: skip
    assert (found.name, found.name_rank, found.service) == ("CreateTask", Rank.OBSERVED, "edge-mcp")
    assert (found.duration_ns, found.role) == (4800 * MS, Role.COMPLETE), "the guide's unit is milliseconds"
    assert found.flags & Flag.UNIT_ASSUMED
    assert found.error == ErrorLevel.NONE
    assert attributes(found) == {"db.system": "postgresql", "error": False, "payload.size_bytes": 524288000}


def test_i_a_failed_span_of_the_guide():
    found = read(
        {"trace_id": TRACE, "span": "CallBedrock", "error": True, "duration_ms": 200.5,
         "tags": {"error.type": "ThrottlingException", "error.message": "Rate exceeded", "retry.attempt": 3}}
    )  # fmt: skip
    assert (found.name, found.duration_ns) == ("CallBedrock", 200_500_000)
    assert (found.error, found.error_type, found.error_message) == (ErrorLevel.HARD, "ThrottlingException", "Rate exceeded")


def test_parents_start_and_end_lines():
    base = {"trace_id": TRACE, "span_id": SPAN, "parent_span_id": PARENT, "service": "worker", "operation": "ExecuteTask"}
    start = read({**base, "timestamp": "2024-01-10T14:30:00Z", "event": "span_start"})
    end = read({**base, "timestamp": "2024-01-10T14:30:00.073Z", "event": "span_end", "duration_ms": 73})
    assert {ids(start), ids(end)} == {(parse_trace_id(TRACE), parse_span_id(SPAN)[0], parse_span_id(PARENT)[0])}
    assert (start.role, start.time_ns, start.duration_ns) == (Role.START, T0, None)
    assert (end.role, end.time_ns, end.duration_ns) == (Role.END, T0 + 73 * MS, 73 * MS)


@pytest.mark.parametrize("parent", [None, "", "0000000000000000"])
def test_an_empty_parent_says_that_there_is_none(parent):
    assert read({"trace_id": TRACE, "span_id": SPAN, "parent_span_id": parent}).parent == NO_SPAN


def test_start_and_end_fields_make_a_span():
    found = read({"traceId": TRACE, "spanId": SPAN, "name": "op", "start_time": "2024-01-10T14:30:00Z", "end_time": 1704897001})
    assert (found.role, found.start_ns, found.end_ns, found.time_ns) == (Role.COMPLETE, T0, T0 + 1_000 * MS, None)


@pytest.mark.parametrize(
    ("key", "value", "ns", "flag"),
    [
        ("duration_ms", 45.3, 45_300_000, 0),
        ("duration_us", 308_000, 308_000_000, 0),
        ("latency_ms", 12, 12_000_000, 0),
        ("duration_ns", 7, 7, 0),
        ("elapsed_seconds", 1.5, 1_500_000_000, 0),
        ("duration_ms", "45.3ms", 45_300_000, 0),
        ("duration", "1m2.5s", 62_500_000_000, 0),
        ("latency", "98µs", 98_000, 0),
        ("duration", 4800, 4_800_000_000, Flag.UNIT_ASSUMED),
        ("duration", "45.3", 45_300_000, Flag.UNIT_ASSUMED),
        ("took", 3, 3_000_000, Flag.UNIT_ASSUMED),
        ("durationMs", 3, 3_000_000, 0),
    ],
)
def test_the_unit_is_in_the_key_then_in_the_text_else_milliseconds(key, value, ns, flag):
    found = read({"trace_id": TRACE, "span_id": SPAN, key: value})
    assert (found.duration_ns, found.flags, found.role) == (ns, flag, Role.COMPLETE)


@pytest.mark.parametrize("value", [None, "soon", True, [], {}])
def test_what_is_no_duration_makes_no_span(value):
    found = read({"trace_id": TRACE, "span_id": SPAN, "duration": value})
    assert (found.duration_ns, found.role) == (None, Role.POINT)


@pytest.mark.parametrize("error", [None, "", "<nil>", False, 0, "false", "null"])
def test_no_error(error):
    found = read({"trace_id": TRACE, "span_id": SPAN, "level": "INFO", "msg": "done", "duration_ms": 1, "error": error})
    assert (found.error, found.error_message) == (ErrorLevel.NONE, "")


@pytest.mark.parametrize("error", [True, 1, "boom", {"message": "boom"}, {"type": "Timeout"}])
def test_an_error(error):
    assert read({"trace_id": TRACE, "span_id": SPAN, "level": "INFO", "duration_ms": 1, "error": error}).error == ErrorLevel.HARD


def test_dotted_and_nested_keys_are_alike():
    flat = read(
        {"trace.id": TRACE, "span.id": SPAN, "service.name": "api", "http.method": "GET", "http.route": "/x", "db.rows": 1}
    )
    deep = read({"trace": {"id": TRACE}, "span": {"id": SPAN}, "service": {"name": "api"},
                 "http": {"method": "GET", "route": "/x"}, "db": {"rows": 1}})  # fmt: skip
    assert flat._replace(text_hash=0) == deep._replace(text_hash=0)
    assert (flat.service, flat.name) == ("api", "GET /x")


@pytest.mark.parametrize("key", ["trace_id", "traceId", "traceID", "trace.id", "TraceId", "X-Trace-ID", "x-trace-id", "TRACE_ID"])
def test_keys_in_all_spellings(key):
    assert read({key: TRACE}).trace == parse_trace_id(TRACE)


@pytest.mark.parametrize("text", [TRACE, TRACE.upper(), SPAN, UUID, "debug-123", "fa4aa75e74a2125"])
def test_ids_of_all_forms(text):
    assert read({"trace_id": text}).trace == parse_trace_id(text) is not None


def test_an_opaque_span_id_keeps_its_text():
    decoder = Decoder()
    record = decoder.decode(b'{"trace_id":"debug-123","span_id":"step 2"}')
    assert decoder.ids.opaque == {record.span: "step 2"}


@pytest.mark.parametrize("message", [f"[edge] failed (TraceID: {TRACE} SpanID: {SPAN})", f"x trace_id={TRACE}, span_id={SPAN}.",
                                     f'said {{"traceId":"{TRACE}","span_id":"{SPAN}"}}'])  # fmt: skip
def test_ids_inside_the_message_of_a_json_line_count(message):
    found = read({"level": "error", "msg": message})
    assert ids(found) == (parse_trace_id(TRACE), parse_span_id(SPAN)[0], None)
    assert found.flags & Flag.IDS_IN_TEXT


def test_ids_of_the_record_win_over_those_in_its_message():
    found = read({"trace_id": TRACE, "msg": "upstream said trace_id=debug-123 span_id=b7ad6b7169203331"})
    assert ids(found)[:2] == (parse_trace_id(TRACE), NO_SPAN)


def test_an_upstream_trace_is_a_link():
    assert read({"trace_id": TRACE, "upstream_trace_id": UUID}).links == (Link(parse_trace_id(UUID), NO_SPAN),)


def test_a_record_that_names_no_service_has_the_default_one():
    decoder = Decoder(Settings(default_service="shop"))
    decoder.source("")
    found = decoder.decode(b'{"trace_id":"debug-123"}')
    assert (found.service, found.service_rank) == ("shop", Rank.GUESS)
