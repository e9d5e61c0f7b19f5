"""Our JSON and the messages made of it say the same, by the official classes."""

from __future__ import annotations

import base64
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from logtrace.carried import bytes_text
from logtrace.exporters.otlp import resource_spans
from logtrace.exporters.otlp_proto import MOST_DEEP, request, scope_message, span_message, spans_of
from logtrace.ids import TraceId
from logtrace.model import Link, Trace
from tests.builders import log, slow_task, span, throttled, trace

BYTES = st.binary().map(lambda raw: bytes_text(base64.b64encode(raw).decode()))
VALUES = st.recursive(
    BYTES | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)


def sent(made: Trace) -> dict[str, Any]:
    """What a receiver reads."""
    message = ExportTraceServiceRequest.FromString(request(list(spans_of(resource_spans(made)))))
    return MessageToDict(message, use_integers_for_enums=True)


def filled(found: Any) -> Any:
    """Without what is empty or zero, as MessageToDict writes it."""
    if isinstance(found, dict):
        parts = {name: filled(value) for name, value in found.items()}
        return {name: value for name, value in parts.items() if value not in ("", [], {}, 0) or name.endswith("Value")}
    return [filled(each) for each in found] if isinstance(found, list) else found


def coded(found: Any, key: str = "") -> Any:
    """With ids in base64, as MessageToDict writes them."""
    if isinstance(found, dict):
        return {name: coded(value, name) for name, value in found.items()}
    if isinstance(found, list):
        return [coded(each) for each in found]
    return base64.b64encode(bytes.fromhex(found)).decode() if key in ("traceId", "spanId", "parentSpanId") else found


def check(made: Trace) -> None:
    assert filled(sent(made)) == filled(coded({"resourceSpans": resource_spans(made)}))


def test_stories_arrive_as_they_are():
    linked = span("linked", links=[Link(TraceId(7, 9), 11)], lines=[log("hello", at=1, severity=17)], kind="server")
    empty = span("empty", attributes={"x.list": [], "x.map": {}, "x.text": "", "x.zero": 0, "x.false": False})
    for made in (slow_task(), throttled(), trace(linked), trace(empty)):
        check(made)


@given(st.dictionaries(st.text(min_size=1).map(lambda key: f"x.{key}"), VALUES, max_size=4))
def test_attributes_arrive_as_they_are(attributes: dict[str, Any]):
    check(trace(span("op", attributes=attributes)))


def test_resources_that_are_equal_stand_once():
    spans = [span("a", "one"), span("b", "two"), span("c", "one")]
    assert [len(group["scopeSpans"][0]["spans"]) for group in sent(trace(*spans))["resourceSpans"]] == [2, 1]


def test_what_a_span_may_have_besides():
    made = trace(span("linked", links=[Link(TraceId(7, 9), 11)]))
    told = resource_spans(made)[0]["scopeSpans"][0]["spans"][0]
    told["traceState"] = "a=b"
    told["links"][0]["attributes"] = [{"key": "k", "value": {"stringValue": "v"}}]
    message = span_message(told)
    assert (message.trace_state, message.links[0].attributes[0].key) == ("a=b", "k")
    assert scope_message({"name": "lib", "version": "1"}).version == "1"
    pair = {"key": "k", "value": {"stringValue": "v"}}
    assert scope_message({"attributes": [pair]}).attributes[0].value.string_value == "v"


def test_what_protobuf_cannot_hold_arrives_all_the_same():
    deep: Any = "end"
    keyed: Any = "end"
    for _ in range(200):
        deep, keyed = [deep], {"in": keyed}
    early = span("half a pair \ud83d", at=-2_000_000_000_000, attributes={"deep": deep, "keyed": keyed, "big": 1 << 70})
    (group,) = sent(trace(early))["resourceSpans"]
    (told,) = group["scopeSpans"][0]["spans"]
    assert told["name"] == "half a pair ?"
    assert "startTimeUnixNano" not in told  # before 1970
    values = {pair["key"]: pair["value"] for pair in told["attributes"]}
    assert values["big"] == {"stringValue": str(1 << 70)}
    depth, value = 0, values["deep"]
    while "arrayValue" in value:
        depth, value = depth + 1, value["arrayValue"]["values"][0]
    assert (depth, value) == (MOST_DEEP, {"stringValue": "…"})
    depth, value = 0, values["keyed"]
    while "kvlistValue" in value:
        depth, value = depth + 1, value["kvlistValue"]["values"][0]["value"]
    assert (depth, value) == (MOST_DEEP, {"stringValue": "…"})
