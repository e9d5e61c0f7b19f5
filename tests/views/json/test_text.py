from __future__ import annotations

import json

import pytest

from logtrace.views.json.text import json_text


@pytest.mark.parametrize("text", ["\x1b[31m", "\x7f", "\x9b31m", "\u202e", "\u2028", "\ufeff", "\U000e0041", "a\nb", "\ud800"])
@pytest.mark.parametrize("pretty", [True, False])
def test_nothing_a_terminal_obeys_and_all_of_it_comes_back(text: str, pretty: bool):
    shown = json_text({"key": text, text: 1}, pretty=pretty)
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert json.loads(shown) == {"key": text, text: 1}


def test_one_line_unless_pretty():
    assert json_text({"a": [1, None, True]}) == '{"a":[1,null,true]}'
    assert json_text({"a": 1}, pretty=True) == '{\n  "a": 1\n}'


def test_what_people_write_stays_readable():
    assert json_text("grün 日本 ✓") == '"grün 日本 ✓"'


def test_large_integers_and_bytes():
    assert json_text([1 << 70, b"\x00\xff"]) == f'[{1 << 70}, "00ff"]'
