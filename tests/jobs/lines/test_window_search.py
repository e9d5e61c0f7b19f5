"""What is found in memory is what bytes find."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logtrace.jobs.lines.window_search import finder, lines_in

BYTES = st.lists(st.sampled_from([b"a", b"b", b"\n", b"\0", b"ab"]), max_size=40).map(b"".join)


@given(BYTES, BYTES.filter(bool), st.integers(0, 50), st.integers(0, 50))
def test_a_finder_finds_what_bytes_find(data: bytes, needle: bytes, start: int, end: int):
    end = min(end, len(data))
    assert finder(data)(needle, start, end) == data.find(needle, start, end)


@given(BYTES)
def test_lines_are_counted(data: bytes):
    assert lines_in(data) == data.count(b"\n")
