"""Shares and ratios; tests/page/test_numbers.py holds that a page writes them alike."""

from __future__ import annotations

from logtrace.views.elements.ratios import percent, share_text


def test_percent_is_never_rounded_to_all_or_nothing() -> None:
    assert [percent(*pair) for pair in ((0, 9), (1, 1000), (999, 1000), (9, 9), (1, 0))] == [
        "0 %",
        "<1 %",
        "99 %",
        "100 %",
        "0 %",
    ]


def test_neither_is_a_share() -> None:
    assert list(map(share_text, (0, 0.0004, 0.001, 0.0994, 0.0995, 0.5, 0.9949, 0.996, 0.9999, 1))) == [
        "", "<0.1 %", "0.1 %", "9.9 %", "10 %", "50 %", "99 %", "99 %", "99 %", "100 %",
    ]  # fmt: skip
