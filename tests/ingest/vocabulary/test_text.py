from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.vocabulary.text import duration_in, ids_in, text_line, without_ids

T0 = 1_704_897_000_000_000_000


@pytest.mark.parametrize(
    ("text", "trace", "span", "parent"),
    [
        ("x (TraceID: abc123 SpanID: def456)", "abc123", "def456", ""),
        ("x trace_id=abc span_id=def", "abc", "def", ""),
        ("trace.id=abc parent.span.id=ppp span.id=def", "abc", "def", "ppp"),
        ("trace_id=abc parent_span_id=ppp span_id=def", "abc", "def", "ppp"),
        ("trace-id=abc parent-span-id=ppp", "abc", "", "ppp"),
        ("trace_id=abc parent_id=ppp", "abc", "", "ppp"),
        ('{"trace_id": "abc", "span_id":"def"}', "abc", "def", ""),
        ("traceId='abc'", "abc", "", ""),
        ("[api] failed (trace_id: abc).", "abc", "", ""),
        ("TRACE ID: abc", "abc", "", ""),
    ],
)
def test_ids_that_a_text_names(text, trace, span, parent):
    assert ids_in(text) == (trace, span, parent)


@pytest.mark.parametrize("text", ["", "no ids", "span_id=def", "trace_id=", "trace_id: ???", "retrace_id=abc", "trace the id=7"])
def test_a_text_that_names_no_trace(text):
    assert ids_in(text) is None


def test_a_message_without_its_ids():
    assert without_ids("Started span: x trace_id=abc span_id=def, host=h1") == "Started span: x host=h1"
    assert without_ids("nothing here") == "nothing here"


@pytest.mark.parametrize(
    ("message", "ns"),
    [
        ("Request completed in 45.3ms", 45_300_000),
        ("request took 1.5 s", 1_500_000_000),
        ("processed after 98µs", 98_000),
        ("handled (duration=12ms)", 12_000_000),
        ("done: latency: 7us", 7_000),
        ("retry in 5s", None),
        ("completed", None),
        ("finished in 3ms, took 4ms", None),
        ("finished in 3 steps", None),
        ("completed in 3msec", None),
    ],
)
def test_durations_in_a_message(message, ns):
    assert duration_in(message) == ns


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-10T14:30:00.123Z [INFO] [edge-mcp] Tool started", (T0 + 123_000_000, 9, "edge-mcp", "Tool started")),
        ("2024-01-10 14:30:00,5 ERROR o.a.Foo boom", (T0 + 500_000_000, 17, "o.a.Foo", "boom")),
        ("[2024-01-10T14:30:00Z] WARN plain words", (T0, 13, "", "plain words")),
        ("14:30:00 INFO x.y z", (None, 9, "x.y", "z")),
        ("2024/01/10 14:30:00 no level", (T0, 0, "", "2024/01/10 14:30:00 no level")),
        ("just words", (None, 0, "", "just words")),
    ],
)
def test_the_head_of_a_text_line(text, expected):
    assert tuple(text_line(text)) == expected


def test_the_head_without_a_zone_is_read_in_the_given_one():
    assert text_line("2024-01-10 09:30:00 INFO x", timezone(timedelta(hours=-5))).time_ns == T0


@given(st.text(max_size=60) | st.text("trace_id=span 0123456789:.-/TZ[]INFO tok ms", max_size=80))
def test_no_text_raises(text):
    ids_in(text), without_ids(text), duration_in(text), text_line(text)


_TOKENS = st.sampled_from(
    ("TraceID: ", "trace_id=", "span_id=", "SpanID", ": ", "parent_id=", "parentSpanId: ", "ſpan id=", "a1b2c3", "f" * 130, "x",
     ", ", " " * 30, " " * 80, "\n", "trace", "id", "=", '"', "é")
)  # fmt: skip
_NOTHING = "\n; nothing to see here, " + "words without any of them. " * 60


@given(st.lists(_TOKENS, max_size=12).map("".join))
def test_what_follows_in_a_long_text_changes_no_ids(text):
    assert ids_in(text + _NOTHING) == ids_in(text + "\n; ")
    assert without_ids(text + _NOTHING) == (without_ids(text + "\n; |")[:-1] + _NOTHING[3:]).strip()


@given(st.lists(_TOKENS, max_size=12).map("".join))
def test_ids_are_found_far_behind(text):
    assert ids_in(_NOTHING + "\n" + text) == ids_in("\n" + text)
    assert without_ids("| " + _NOTHING + "|\n" + text) == "| " + _NOTHING + without_ids("|\n" + text)
