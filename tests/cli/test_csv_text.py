from __future__ import annotations

import pytest

from logtrace.cli.csv_text import csv_line


@pytest.mark.parametrize("cell", ["=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "-", "=\n"])
def test_formulas_are_defused(cell: str):
    assert csv_line([cell], to_terminal=False).lstrip('"').startswith("'" + cell[0])


def test_numbers_and_plain_text_stay():
    assert csv_line([-5, "-5", "+1.5e3", 2.5, "a-b", None, b"\x01\xff", ""], to_terminal=False) == "-5,-5,+1.5e3,2.5,a-b,,01ff,\n"


def test_carriage_returns_are_defused_and_quoted():
    assert csv_line(["\r=1", "b"], to_terminal=False) == '"\'\r=1",b\n'


def test_quotes_commas_and_newlines():
    assert csv_line(['say "hi"', "a,b", "a\nb"], to_terminal=False) == '"say ""hi""","a,b","a\nb"\n'


def test_a_terminal_gets_no_control_characters():
    assert csv_line(["a\x1b[31mb", "c\nd"], to_terminal=True) == "a\\x1b[31mb,c\\nd\n"
    assert "\x1b" in csv_line(["a\x1b[31mb"], to_terminal=False)
