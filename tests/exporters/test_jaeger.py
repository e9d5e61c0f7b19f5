"""Traces as Jaeger's clients read them: units, types and ids."""

from __future__ import annotations

from typing import Any

import pytest

from logtrace.exporters.go_time import go_duration
from logtrace.exporters.jaeger import jaeger_traces
from logtrace.exporters.names import trace_hex_of
from logtrace.exporters.otlp import pairs, resource_spans
from logtrace.model import ErrorLevel, Trace
from tests.builders import MS, T0, TRACE_ID, log, span, throttled, trace


def tags(made: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    return {tag["key"]: (tag["type"], tag["value"]) for tag in made["tags"]}


def jaeger_trace(trace: Trace) -> dict[str, Any]:
    (made,) = jaeger_traces(resource_spans(trace))
    return made


def only(*spans: Any) -> dict[str, Any]:
    return jaeger_trace(trace(*spans))["spans"][0]


def test_times_are_whole_microseconds_rounded_down():
    made = only(span(at=0.0019, ms=1.0019))
    assert (made["startTime"], made["duration"]) == (T0 // 1000 + 1, 1001)


def test_types_of_tags():
    values = {"s": "x", "b": False, "i": 7, "big": 1 << 60, "huge": 1 << 70, "f": 0.25, "list": [1, "a"], "map": {"k": True}}
    made = tags(only(span(attributes=values, kind="")))
    assert made == {
        "s": ("string", "x"), "b": ("bool", False), "i": ("int64", 7), "big": ("int64", str(1 << 60)),
        "huge": ("string", str(1 << 70)), "f": ("float64", 0.25), "list": ("string", '[1,"a"]'), "map": ("string", '{"k":true}'),
    }  # fmt: skip


def test_bytes_and_empty_values_of_otlp():
    pairs = [{"key": "blob", "value": {"bytesValue": "AAAwOQ=="}}, {"key": "none", "value": {}}]
    (made,) = jaeger_traces([{"scopeSpans": [{"spans": [{"traceId": "1", "spanId": "2", "attributes": pairs}]}]}])
    assert tags(made["spans"][0]) == {"blob": ("binary", "AAAwOQ=="), "none": ("string", "")}
    assert made["processes"]["p1"] == {"serviceName": "missing-service-name", "tags": []}


def test_order_of_tags_and_the_status():
    made = only(span(kind="server", error="boom", attributes={"a": 1, "error": "boom"}))
    assert [tag["key"] for tag in made["tags"]] == [
        "a", "error.message", "logtrace.error", "span.kind", "otel.status_code", "error", "otel.status_description",
    ]  # fmt: skip


def test_a_line_of_level_error_is_no_failed_span():
    made = tags(only(span(soft="careful", attributes={"error": "false"})))
    assert "error" not in made
    assert made["logtrace.error"] == ("string", "line")


@pytest.mark.parametrize("made", [throttled()])
def test_failed_spans_have_one_text_true_and_a_message(made: Trace):
    by_name = {each.span_id: each for each in made.spans}
    for each in jaeger_trace(made)["spans"]:
        failed = by_name[each["spanID"]].error == ErrorLevel.HARD
        values = [tag["value"] for tag in each["tags"] if tag["value"] == "true"]
        assert len(values) == failed
        assert ("error.message" in tags(each)) == failed


def test_what_is_inferred_is_told():
    root = span("a")
    made = jaeger_trace(trace(root, span("b", parent=root, at=1, ms=2, inferred=60)))["spans"][1]
    assert tags(made)["logtrace.inferred.parent.confidence"] == ("int64", 60)
    assert made["warnings"] == ["no line names its parent: inferred, 60 % sure"]
    sure = jaeger_trace(trace(root, span("b", parent=root, at=1, ms=2, inferred=95)))["spans"][1]
    assert sure["warnings"] is None


def test_a_parent_that_left_no_line_is_missing_not_made_up():
    ghost = span("", phantom=True, at=None, ms=None)
    made = jaeger_trace(trace(ghost, span("b", parent=ghost)))
    assert [each["operationName"] for each in made["spans"]] == ["b"]
    assert made["spans"][0]["references"][0]["spanID"] == ghost.span_id


def test_a_span_without_a_time_stands_where_its_parent_starts():
    root = span("a", at=5)
    made = next(
        s for s in jaeger_trace(trace(root, span("b", parent=root, at=None, ms=None)))["spans"] if s["operationName"] == "b"
    )
    assert (made["startTime"], made["duration"]) == ((T0 + 5 * MS) // 1000, 0)
    assert len(made["warnings"]) == 2


def test_lines_are_events():
    made = only(span(lines=[log("hello", 3, 17), log("", 4)]))
    (entry,) = made["logs"]
    assert entry["timestamp"] == (T0 + 3 * MS) // 1000
    assert [(field["key"], field["value"]) for field in entry["fields"]] == [
        ("event", "log"), ("level", "error"), ("message", "hello"),
    ]  # fmt: skip


def test_an_event_that_names_itself_is_named_once():
    resources = resource_spans(trace(span()))
    resources[0]["scopeSpans"][0]["spans"][0]["events"] = [
        {"timeUnixNano": str(T0), "name": "exception", "attributes": pairs({"event": "retry"})},
        {"timeUnixNano": str(T0), "name": "exception", "attributes": []},
    ]
    (made,) = jaeger_traces(resources)
    assert [[field["value"] for field in entry["fields"]] for entry in made["spans"][0]["logs"]] == [["retry"], ["exception"]]


def test_a_number_that_a_browser_would_round_is_text():
    most = (1 << 53) - 1
    made = tags(only(span(attributes={"a": most, "b": -most, "c": most + 1, "d": -most - 1})))
    assert [made[key][1] for key in "abcd"] == [most, -most, str(most + 1), str(-most - 1)]


def test_processes_are_numbered_by_first_use_and_shared():
    made = jaeger_trace(trace(
        span("a", "x", attributes={"host.name": "h1"}),
        span("b", "y", at=1),
        span("c", "x", at=2, attributes={"host.name": "h1"}),
    ))  # fmt: skip
    assert made["processes"] == {
        "p1": {"serviceName": "x", "tags": [{"key": "host.name", "type": "string", "value": "h1"}]},
        "p2": {"serviceName": "y", "tags": []},
    }
    assert sorted(each["processID"] for each in made["spans"]) == ["p1", "p1", "p2"]


def test_ids():
    assert jaeger_trace(trace(span()))["traceID"] == TRACE_ID
    short = Trace("0" * 16 + "00000000000000ab", (span(),))
    assert jaeger_trace(short)["traceID"] == "00000000000000ab"
    assert resource_spans(short)[0]["scopeSpans"][0]["spans"][0]["traceId"] == "0" * 30 + "ab"
    opaque = jaeger_trace(Trace("order/17", (span(),)))
    assert opaque["traceID"] == trace_hex_of("order/17")
    assert tags(opaque["spans"][0])["logtrace.trace_id"] == ("string", "order/17")


@pytest.mark.parametrize(
    ("ns", "text"),
    [(35_000_000, "35ms"), (-1_500_000_000, "-1.5s"), (0, "0s"), (1500, "1.5µs"), (7, "7ns"), (3_661_000_000_000, "1h1m1s"),
     (60_000_000_000, "1m0s"), (1_050_000_000, "1.05s"), (2_000_007, "2.000007ms")],
)  # fmt: skip
def test_durations_as_go_prints_them(ns: int, text: str):
    assert go_duration(ns) == text
