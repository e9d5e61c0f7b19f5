from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.traces.fingerprints import fingerprint, masked, span_fingerprint, top_frame
from tests.builders import span


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("write tcp 10.0.1.5:8080->10.0.2.10:54321: write: broken pipe", "write tcp <address>-><address>: write: broken pipe"),
        ("pq: canceling statement due to statement timeout", "pq: canceling statement due to statement timeout"),
        ("user 12345 not found (id 4bf92f3577b34da6a3ce929d0e0e4736)", "user <n> not found (id <hex>)"),
        ("task 8f14e45f-ceea-467d-9f36-e2a7c0d1b3f4 took 12.5ms", "task <uuid> took <n>"),
        ("GET /api/v1/tasks/77/x failed", "GET <path> failed"),
        ("open /var/lib/app/cache: denied", "open /var/lib/app/cache: denied"),
        ("mail bob@example.com 5 times", "mail <email> <n> times"),
        ("status 500", "status 500"),
        ("status code: 404 after 3 tries", "status code: 404 after <n> tries"),
        ("retry in 1.5s (3/5)", "retry in <n> (<n>/<n>)"),
        (f'bad value "{"a" * 30}"', "bad value <text>"),
        ('bad value "short"', 'bad value "short"'),
        ("at 0x7ffe12 of facade", "at <hex> of facade"),
        ("größe 你好 7", "größe 你好 <n>"),
    ],
)
def test_what_varies_is_masked(message: str, expected: str) -> None:
    assert masked(message) == expected


def test_one_trouble_has_one_fingerprint() -> None:
    one = fingerprint("worker", "CallBedrock", "ThrottlingException", "Rate exceeded for req-118")
    assert one == fingerprint("worker", "CallBedrock", "ThrottlingException", "Rate exceeded for req-120")
    assert len(one) == 16
    others = [
        ("edge-mcp", "CallBedrock", "ThrottlingException", "Rate exceeded for req-118"),
        ("worker", "Other", "ThrottlingException", "Rate exceeded for req-118"),
        ("worker", "CallBedrock", "Timeout", "Rate exceeded for req-118"),
        ("worker", "CallBedrock", "ThrottlingException", "Quota exceeded"),
    ]
    assert len({one, *(fingerprint(*other) for other in others)}) == 5


STACK = """Traceback (most recent call last):
  File "/x/site-packages/lib.py", line 3, in f
  File "/app/main.py", line 30, in g
"""


def test_a_stack_counts_before_the_message_and_a_name_before_both() -> None:
    stack = {"exception.stacktrace": STACK}
    assert fingerprint("s", "o", "E", "one", stack) == fingerprint("s", "o", "E", "two", stack)
    named = {"error.fingerprint": "quota", **stack}
    assert fingerprint("s", "o", "E", "one", named) == fingerprint("s", "o", "E", "two", {"error.fingerprint": "quota"})
    assert fingerprint("s", "o", "E", "one", named) != fingerprint("s", "o", "E", "one", stack)


def test_the_top_frame_is_of_the_program_itself() -> None:
    assert top_frame(STACK) == 'File "/app/main.py", line <n>, in g'
    go = "goroutine 7 [running]:\nruntime/debug.Stack()\n\t/usr/local/go/stack.go:24 +0x5e\nmain.f()\n\t/app/main.go:31 +0x1d"
    assert top_frame(go) == "/app/main.go:<n> <hex>"
    assert top_frame("no stack at all") == ""


def test_spans() -> None:
    assert span_fingerprint(span()) == ""
    assert span_fingerprint(span(error="x 1")) == span_fingerprint(span(error="x 2"))


@given(st.text(max_size=300))
def test_any_text_can_be_masked_and_masking_twice_changes_nothing(text: str) -> None:
    assert masked(masked(text)) == masked(text)
    assert len(fingerprint(text, text, text, text)) == 16
