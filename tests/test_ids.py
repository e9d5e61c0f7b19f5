from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN, Ids, TraceId, hashed_key, parse_span_id, parse_trace_id, span_id_text

W3C = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_trace_id_of_32_digits_is_its_two_halves():
    assert parse_trace_id("00000000000000010000000000000002") == TraceId(2, 1)
    assert parse_trace_id(W3C) == TraceId(0xA3CE929D0E0E4736 - (1 << 64), 0x4BF92F3577B34DA6)


@pytest.mark.parametrize(
    "text",
    [W3C.upper(), f" {W3C} ", f"0x{W3C}", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "4BF92F35-77B3-4DA6-A3CE-929D0E0E4736"],
)
def test_case_blanks_dashes_and_0x_do_not_count(text):
    assert parse_trace_id(text) == parse_trace_id(W3C)


def test_the_64_bit_form_meets_the_128_bit_form_in_its_low_half():
    short, long = parse_trace_id("a3ce929d0e0e4736"), parse_trace_id(W3C)
    assert (short.low, short.high) == (long.low, 0)


@pytest.mark.parametrize("stripped", ["fa4aa75e74a2125", "4aa75e74a212"])
def test_stripped_leading_zeros_come_back(stripped):
    assert parse_trace_id(stripped) == parse_trace_id(stripped.rjust(16, "0")) == parse_trace_id(stripped.rjust(32, "0"))
    assert parse_span_id(stripped) == parse_span_id(stripped.rjust(16, "0"))


@pytest.mark.parametrize(
    "text", ["", "  ", "-", "null", "NULL", "none", "nil", "<nil>", "undefined", "N/A", "0", "0" * 16, "0" * 32, "0x0",
             "00000000-0000-0000-0000-000000000000"]
)  # fmt: skip
def test_words_for_nothing_and_zeros_are_no_id(text):
    assert parse_trace_id(text) is None
    assert parse_span_id(text) == (NO_SPAN, "")


@pytest.mark.parametrize("text", ["debug-123", "42", "deadbeef", "req/7", "4bf92f3577b34da6a3ce929d0e0e47361", "ünï", "𝟜𝟚"])
def test_anything_else_is_kept_verbatim(text):
    found = parse_trace_id(text)
    assert str(found) == found.text == text
    assert found.high != 0, "an opaque id never looks like the short form of another"
    assert parse_span_id(text) == (hashed_key(text), text)


def test_a_span_id_of_more_than_16_digits_is_opaque():
    assert parse_span_id(W3C) == (hashed_key(W3C), W3C)


def test_opaque_ids_differ_by_case_and_hexadecimal_ones_do_not():
    assert parse_trace_id("Debug-1") != parse_trace_id("debug-1")


def test_uuids_of_version_1_of_one_host_stay_apart():
    a, b = (parse_trace_id(f"{n:08x}-77b3-11ee-a3ce-929d0e0e4736") for n in (1, 2))
    assert a.low != b.low
    assert str(a) == "0000000177b311eea3ce929d0e0e4736"


def test_a_lone_surrogate_is_no_trouble():
    assert parse_trace_id("x\ud800").text == "x\ud800"
    assert parse_span_id("x\ud800")[0] == hashed_key("x\ud800")


def test_ids_remembers_the_text_of_opaque_span_ids_by_key():
    ids = Ids()
    key = ids.span("span-7")
    assert ids.opaque == {key: "span-7"}
    assert ids.span("b7ad6b7169203331") == parse_span_id("b7ad6b7169203331")[0]
    assert set(ids.opaque) == {key}


any_id = st.text(max_size=40) | st.text("0123456789abcdefABCDEF-x", max_size=36)


@given(any_id)
def test_what_is_remembered_is_what_is_parsed(text):
    ids = Ids()
    assert [ids.trace(text), ids.trace(text)] == [parse_trace_id(text)] * 2
    assert [ids.span(text), ids.span(text)] == [parse_span_id(text)[0]] * 2


@given(any_id)
def test_the_text_of_an_id_means_that_id(text):
    found = parse_trace_id(text)
    if found is not None and not found.text:
        assert parse_trace_id(str(found)) == found


@given(any_id)
def test_every_key_fits_sqlite(text):
    found = parse_trace_id(text)
    numbers = [parse_span_id(text)[0], *(found[:2] if found else ())]
    assert all(-(1 << 63) <= number < 1 << 63 for number in numbers)


@given(st.integers(-(1 << 63), (1 << 63) - 1).filter(bool))
def test_span_keys_and_their_text(key):
    assert parse_span_id(span_id_text(key)) == (key, "")


def test_braces_around_a_uuid_do_not_count():
    uuid = "BCC74C65-4285-E9A9-BD03-FA977CA02EA0"
    assert parse_trace_id(f"{{{uuid}}}") == parse_trace_id(uuid)
    assert parse_trace_id(f"{{{uuid}") != parse_trace_id(uuid)
