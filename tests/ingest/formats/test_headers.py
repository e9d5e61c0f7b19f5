from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.formats.headers import Context, context_of, decimal_hex, header_name

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
