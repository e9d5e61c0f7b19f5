from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import span_id_text
from logtrace.ingest.records import Decoder
from logtrace.ingest.vocabulary.headers import Context, context_of, decimal_hex, header_name
from logtrace.model import Record

TRACE, SPAN, PARENT = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", "b7ad6b7169203331", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"traceparent": f"00-{TRACE}-{PARENT}-01"}, Context(TRACE, parent=PARENT)),
        ({"traceparent": f"01-{TRACE}-{PARENT}-01-more"}, Context(TRACE, parent=PARENT)),
        ({"traceparent": "00-short-1-01"}, None),
        ({"traceparent": "-", "b3": f"{TRACE}-{SPAN}"}, Context(TRACE, SPAN)),
        ({"b3": f"{TRACE[16:]}-{SPAN}-d-{PARENT}"}, Context(TRACE[16:], SPAN, PARENT)),
        ({"b3": "0"}, None),
        ({"x-b3-traceid": TRACE, "x-b3-spanid": SPAN}, Context(TRACE, SPAN)),
        ({"uber-trace-id": f"{TRACE}%3A{SPAN}%3A0%3A1"}, Context(TRACE, parent=SPAN)),
        ({"uber-trace-id": f"{TRACE[:4]}:{SPAN}:f067aa0ba902b7:1"}, Context(TRACE[:4].zfill(32), SPAN, PARENT)),
        ({"x-amzn-trace-id": f"Self=1-2;Root=1-{TRACE[:8]}-{TRACE[8:]};Sampled=?"}, Context(f"1-{TRACE[:8]}-{TRACE[8:]}")),
        ({"x-cloud-trace-context": f"{TRACE}/67667974448284343;o=1"}, Context(TRACE, parent=PARENT)),
        ({"x-cloud-trace-context": TRACE}, Context(TRACE)),
        ({"x-datadog-trace-id": "11460951022100160288", "x-datadog-parent-id": "0"}, Context(TRACE[16:])),
        ({"sw8": "1-not base64-x-3"}, None),
        ({"sw8": "1-é-x-3"}, None),
        ({"sw8": "1"}, None),
        ({}, None),
    ],
)
def test_what_headers_say(headers, expected):
    assert context_of(headers) == expected


@pytest.mark.parametrize(
    "key",
    [
        "traceparent",
        "Traceparent",
        "http.request.header.traceparent",
        "req.headers.Traceparent",
        "request_Traceparent",
        "http_traceparent",
        "X-B3-TraceId",
        "x_b3_traceid",
    ],
)
def test_names_of_headers(key):
    assert header_name(key) in ("traceparent", "x-b3-traceid")
    assert not header_name(key + "x")


@given(st.integers(0, (1 << 64) - 1))
def test_a_decimal_id_is_its_number(number):
    assert int(decimal_hex(str(number)) or "0", 16) == number


NAMES = ["traceparent", "b3", "uber-trace-id", "x-amzn-trace-id", "x-datadog-trace-id", "sw8"]


@given(st.dictionaries(st.sampled_from(NAMES), st.text()))
def test_no_header_raises(headers):
    context_of(headers)


TRACEPARENT = "00-67d3f65d8a1b4c2e9f0d7a3b5c6e1f20-00f067aa0ba902b7-01"


@pytest.mark.parametrize("many", [1, 200])
@pytest.mark.parametrize(
    "headers",
    [
        orjson.dumps({"host": "shop", "traceparent": TRACEPARENT}).decode(),
        [["host", "shop"], ["traceparent", TRACEPARENT]],
        [{"name": "host", "value": "shop"}, {"name": "traceparent", "value": TRACEPARENT}],
        ["host: shop", f"traceparent: {TRACEPARENT}"],
        ["host", "shop", "traceparent", TRACEPARENT],
    ],
)
def test_headers_that_are_no_object(headers: object, many: int):
    line = {"time": "2025-03-14T09:26:53.301Z", "level": "INFO", "msg": "done", "duration_ms": 5}
    others = [orjson.dumps({**line, "headers": other}) for other in ("none", "{half", ["a", 1], [], {"host": "shop"})]
    decoder = Decoder()
    for _ in range(2):  # what is learned from some lines reads no others
        lines = [orjson.dumps({**line, "headers": headers, "n": n}) for n in range(many)]
        found = [record for _, record, _ in decoder.lines(b"\n".join([*others * many, *lines]))]
        traces = [str(record.trace) for record in found if isinstance(record, Record) and record.trace]
        assert traces == ["67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"] * many
        assert {span_id_text(record.parent or 0) for record in found[-many:] if isinstance(record, Record)} == {
            "00f067aa0ba902b7"
        }


def test_headers_in_a_list_of_a_line_that_names_its_trace_stay_as_they_are():
    line = {"trace_id": "ab" * 16, "headers": [["traceparent", TRACEPARENT]]}
    (record,) = [record for _, record, _ in Decoder().lines(orjson.dumps(line))]
    assert isinstance(record, Record)
    assert (str(record.trace), record.parent) == ("ab" * 16, None)
    assert [attribute.key for attribute in record.attributes] == ["headers"]
