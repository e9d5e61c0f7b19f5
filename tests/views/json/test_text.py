from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from logtrace.views.json.text import json_parts, json_text


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


def shape(list_of: Callable[[Iterable[Any]], Any]) -> Any:
    """An object of objects, whose lists are made by `list_of`."""
    spans = [{"id": number, "tags": {"a": ["\x1b", {}]}, "text": "a\nb"} for number in range(2)]
    return {"n": 1, "traces": list_of({"spans": list_of(spans), "none": list_of([]), "last": []} for _ in range(2)), "o": {}}


@pytest.mark.parametrize("pretty", [True, False])
def test_pieces_make_the_same_text(pretty: bool):
    pieces = list(json_parts(shape(lambda members: (member for member in members)), pretty=pretty))
    assert "".join(pieces) == json_text(shape(list), pretty=pretty)
    assert "".join(json_parts({"a": 1}, pretty=pretty)) == json_text({"a": 1}, pretty=pretty)


def test_members_are_made_as_they_are_written():
    wanted = iter(range(100))
    pieces = json_parts({"spans": (number for number in wanted)})
    assert "".join(next(pieces) for _ in range(5)) == '{"spans":[0,1'
    assert next(wanted) == 2
