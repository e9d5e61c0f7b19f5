from __future__ import annotations

import orjson
import pytest

from logtrace.ids import NO_SPAN, parse_span_id
from logtrace.ingest.records import Decoder
from logtrace.model import ErrorLevel, Record, Role

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def together(*records: dict[str, object]) -> list[Record]:
    """The records of several objects, read as one block."""
    data = b"\n".join(map(orjson.dumps, records)) + b"\n"
    found = [result for _, result, _ in Decoder().lines(data)]
    assert all(isinstance(result, Record) for result in found)
    return found


def column(key: str, *values: object) -> list[Record]:
    return together(*({"trace_id": TRACE, "span_id": "a3ce929d0e0e4736", key: value} for value in values))


@pytest.mark.parametrize(
    "values",
    [
        ("a3ce929d0e0e4736", "00f067aa0ba902b7"),
        ("a3ce929d0e0e4736", None, "", "step 2", 7, "0000000000000000", "A3CE929D0E0E4736", "zzzzzzzzzzzzzzzz", 1.5, True, [1]),
        ("zzzzzzzzzzzzzzz", "ü3ce929d0e0e473"),
    ],
)
def test_a_column_of_span_ids_is_each_id(values):
    expected = [parse_span_id(str(value))[0] if type(value) in (str, int) else NO_SPAN for value in values]
    assert [record.span for record in together(*({"trace_id": TRACE, "span_id": value} for value in values))] == expected


def test_odd_values_among_others_change_only_their_own_record():
    odd = [None, 7, "", "x", 1.5, True, [], ["a"], "2024-01-10T14:30:00.000001Z", "INFO", -3, 1e30]
    for key in ("time", "level", "msg", "service", "operation", "kind", "duration", "status", "error", "event", "trace_id",
                "parent_span_id", "start_time", "upstream_trace_id", "request_id", "error_message"):  # fmt: skip
        base = {"trace_id": TRACE, "span_id": "a3ce929d0e0e4736", key: None}
        lines = [{**base, key: value} for value in odd]
        assert together(*lines) == [together(line)[0] for line in lines], key


def test_attributes_in_the_order_of_the_record_and_nulls_left_out():
    (found,) = together({"trace_id": TRACE, "b": 1, "tags": {"z": None, "y": [1, {"k": 2}]}, "a": "x", "c": 1.0})
    assert [(a.key, a.value) for a in found.attributes] == [("b", "1"), ("a", '"x"'), ("c", "1.0"), ("y", '[1,{"k":2}]')]


def test_bodies_that_are_no_text():
    bodies = [record.body for record in column("msg", "x", None, 7, ["a"])]
    assert bodies == ["x", "", "7", '["a"]']


def test_an_event_stands_in_for_a_message():
    assert together({"trace_id": TRACE, "event": "cache_miss"})[0].body == "cache_miss"


@pytest.mark.parametrize(
    ("fields", "level", "message"),
    [
        ({"level": "ERROR", "msg": "boom"}, ErrorLevel.SOFT, "boom"),
        ({"level": "INFO", "msg": "retrying", "error": "timeout"}, ErrorLevel.NONE, ""),
        ({"level": "WARN", "msg": "x", "error": True}, ErrorLevel.HARD, "x"),
        ({"msg": "x", "error": "timeout"}, ErrorLevel.SOFT, "timeout"),
        ({"level": "INFO", "msg": "x", "error": "timeout", "duration_ms": 1}, ErrorLevel.HARD, "timeout"),
        ({"level": "INFO", "msg": "done", "event": "end", "status": "error"}, ErrorLevel.HARD, ""),
        ({"level": "INFO", "status": 404, "duration_ms": 1}, ErrorLevel.NONE, ""),
        ({"level": "ERROR", "error": "<nil>", "msg": "x"}, ErrorLevel.SOFT, "x"),
    ],
)
def test_how_a_record_is_an_error(fields, level, message):
    (found,) = together({"trace_id": TRACE, "span_id": "a3ce929d0e0e4736", **fields})
    assert (found.error, found.error_message) == (level, message)


@pytest.mark.parametrize("value", [1e17, -1e17, 1 << 60])
def test_a_duration_beyond_all_sense_is_none(value):
    (found,) = together({"trace_id": TRACE, "span_id": "a3ce929d0e0e4736", "duration_s": value})
    assert found.duration_ns is None


def test_a_text_duration_beyond_all_sense_is_none():
    assert column("duration", "99999999999999999h")[0].duration_ns is None


def test_a_negative_duration_is_kept_for_the_bounds_to_flag():
    assert column("duration_ms", -5)[0].duration_ns == -5_000_000


def test_two_lines_of_one_request_without_span_ids_are_one_span():
    one, two = together(*({"trace_id": TRACE, "request_id": "r-1", "duration_ms": n} for n in (1, 2)))
    assert one.span == two.span != NO_SPAN
    assert one.role == Role.COMPLETE


def test_lines_with_a_duration_and_neither_span_nor_request_are_spans_of_their_own():
    one, two, again = together(*({"trace_id": TRACE, "duration_ms": n} for n in (1, 2, 1)))
    assert one.span != two.span
    assert one.span == again.span != NO_SPAN


def test_a_line_without_a_trace_has_no_made_span():
    assert together({"duration_ms": 1})[0].span == NO_SPAN


def test_the_query_of_a_route_is_no_part_of_a_name():
    assert together({"trace_id": TRACE, "method": "GET", "url": "/tasks?id=7"})[0].name == "GET /tasks"
