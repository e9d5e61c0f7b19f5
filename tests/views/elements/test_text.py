from __future__ import annotations

import shlex
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from logtrace.views.elements.text import clean, fit, shell_word, value_text, wrap

ANY = st.text(st.characters(), max_size=60)  # surrogates too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [red]text[/red]", "plain [red]text[/red]"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x9b2J\x07\x7f\x00", r"\x9b2J\x07\x7f\x00"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("line\u2028sep", r"line\u2028sep"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("lone \ud83d", r"lone \ud83d"),
        ("你好 📦 é ü", "你好 📦 é ü"),
        ("⚠️ 👩‍💻", "⚠ 👩💻"),
        ("join\u200der", r"join\u200der"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(ANY)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = clean(text)
    assert not [c for c in shown if category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert clean(shown) == shown
    shown.encode()


@given(ANY, st.integers(0, 30), st.booleans(), st.sampled_from(["…", "..."]))
def test_fit_keeps_to_its_cells(text: str, cells: int, middle: bool, ellipsis: str) -> None:
    shown = fit(clean(text), cells, ellipsis, middle)
    assert cell_len(shown) <= cells
    assert cell_len(clean(text)) > cells or shown == clean(text)


def test_fit_cuts_the_end_or_the_middle() -> None:
    assert fit("abcdefghij", 5) == "abcd…"
    assert fit("/api/v1/tasks/42", 9, middle=True) == "/api…s/42"
    assert fit("你好你好", 5) == "你好…"


@given(ANY, st.integers(2, 30))
def test_wrap_keeps_every_character_and_its_cells(text: str, cells: int) -> None:
    lines = wrap(clean(text), cells)
    assert all(cell_len(line) <= cells for line in lines)
    assert "".join(lines).replace(" ", "") == clean(text).replace(" ", "")


def test_wrap_breaks_at_spaces() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("auth 5ms (16 %)", 13) == ["auth 5ms", "(16 %)"]
    assert wrap("abcdefghi", 4) == ["abcd", "efgh", "i"]


def test_values_are_on_one_line() -> None:
    assert value_text({"a": [1, None, "x\ny"]}) == '{"a": [1, null, "x\\ny"]}'
    assert value_text("x\ny") == r"x\ny"
    assert value_text(True) == "true"


@pytest.mark.parametrize("text", ["$(touch x)", "`touch x`", "; touch x", "a b", "it's", "4bf92f35"])
def test_a_word_of_a_command_is_one_word_to_a_shell(text: str) -> None:
    assert shlex.split(shell_word(text)) == [clean(text)]


def test_a_word_with_quotes_of_its_own_can_be_read() -> None:
    assert shell_word("user.id = 'u-3'") == "\"user.id = 'u-3'\""
    assert shell_word("cost = '$5'") == shlex.quote("cost = '$5'")
