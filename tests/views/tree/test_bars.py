from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from logtrace.units import NS
from logtrace.views.elements.glyphs import ASCII, UNICODE
from logtrace.views.tree.bars import Axis, axis_text, bar

TEN = Axis(1000, 100, 10)


def test_half_cells() -> None:
    assert bar(TEN, 1000, 1100, True, UNICODE) == "━━━━━━━━━━"
    assert bar(TEN, 1005, 1025, True, UNICODE) == "╺━╸"
    assert bar(TEN, 1090, 1095, True, UNICODE) == "         ╸"
    assert bar(TEN, 1095, 1100, True, UNICODE) == "         ╺"


def test_nothing_is_too_short_to_be_seen() -> None:
    assert bar(TEN, 1050, 1050, True, UNICODE) == "     ╸"
    assert bar(TEN, 1100, None, True, UNICODE) == "         ╺"
    assert bar(TEN, 1050, 1051, True, ASCII) == "     |"


def test_open_ends_have_a_tail_where_there_is_room() -> None:
    assert bar(TEN, 1000, 1020, False, UNICODE) == "━━┄┄"
    assert bar(TEN, 1000, 1100, False, UNICODE) == "━━━━━━━━━━"


def test_ascii_has_whole_cells() -> None:
    assert bar(TEN, 1005, 1025, True, ASCII) == "==="


def test_an_axis_without_length() -> None:
    axis = Axis(1000, 0, 10)
    assert axis_text(axis) == "0"
    assert bar(axis, 1000, 1000, True, UNICODE) == "╸"


def test_labels_at_round_times() -> None:
    assert axis_text(Axis(0, 5200 * NS["ms"], 42)) == "0       1s      2s      3s      4s      5s"
    assert axis_text(Axis(0, 90 * NS["m"], 50)) == "0               30m00s           1h00m"


@given(st.integers(0, 10**18), st.integers(1, 200), st.integers(-(10**17), 10**18), st.integers(0, 10**18), st.booleans())
def test_bars_and_labels_stay_on_the_axis(length: int, cells: int, start: int, more: int, ends: bool) -> None:
    axis = Axis(0, length, cells)
    assert cell_len(axis_text(axis)) <= cells
    for glyphs in (UNICODE, ASCII):
        drawn = bar(axis, start, start + more, ends, glyphs)
        assert 0 < len(drawn) <= cells
        assert drawn.strip()
