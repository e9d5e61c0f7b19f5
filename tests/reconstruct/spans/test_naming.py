from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.reconstruct.spans.naming import masked

NAMES = [
    ("task 42 stored", "task * stored"),
    ("GET /api/v1/users/42?full=1", "GET /api/v1/users/*"),
    ("GET /api/v1/users", "GET /api/v1/users"),
    ("GET /", "GET /"),
    ("order 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 sent to ada@example.org", "order * sent to *"),
    ("user=ada role=admin logged in", "user=* role=* logged in"),
    ("sent password=[REDACTED:password] on", "sent password=* on"),
    ("[user=ada] came", "[user=*] came"),
    ('rejected "Ada\'s order" at once', "rejected * at once"),
    ("rates were asked for", "rates were asked for"),
    ("don't stop, it's fine", "don't stop, it's fine"),
    ("a1 b  c2", "* b *"),
    ("Started span: GetTask", "GetTask"),
    ("Started span of work", "Started span of work"),
]


@pytest.mark.parametrize(("message", "name"), NAMES)
def test_what_varies_is_masked(message: str, name: str):
    assert masked(message) == name


@given(st.text(max_size=200))
def test_a_name_is_short_and_stays_what_it_is(message: str):
    name = masked(message)
    assert len(name) <= 60
    assert "\n" not in name
    assert not any(c.isdigit() for word in name.split() if not word.startswith("/") for c in word)


@given(st.integers(0, 10**9), st.uuids())
def test_messages_that_differ_by_ids_alone_have_one_name(number: int, uuid):
    assert masked(f"sent {number} to /tasks/{uuid}/lines/{number}") == "sent * to /tasks/*/lines/*"
