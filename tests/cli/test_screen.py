from __future__ import annotations

import pytest
from rich.text import Text

from logtrace.cli import screen
from logtrace.cli.screen import Screen


def red(words: str = "words"):
    return lambda: [Text(words, style="bold red")]


def test_a_pipe_gets_no_control_codes(capsys: pytest.CaptureFixture[str]):
    Screen().answer(red(), dict)
    assert capsys.readouterr().out == "words\n"


def test_colour_where_it_is_demanded_and_not_forbidden(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    Screen().answer(red(), dict)
    assert "\x1b[" in capsys.readouterr().out
    Screen(colour=False).answer(red(), dict)
    assert "\x1b[" not in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    Screen().answer(red(), dict)
    assert "\x1b[" not in capsys.readouterr().out


def test_json_does_not_make_the_picture(capsys: pytest.CaptureFixture[str]):
    Screen(json=True).answer(lambda: pytest.fail("drawn"), lambda: {"a": 1})
    assert capsys.readouterr().out == '{"a":1}\n'


def test_widths(monkeypatch: pytest.MonkeyPatch):
    assert screen.screen_width() == 120
    for columns, width in (
        ("100", 100),
        ("10", 40),
        ("wide", 120),
        ("0", 120),
        ("0099", 99),
        ("99999999", 2000),
        ("9" * 5000, 2000),
    ):
        monkeypatch.setenv("COLUMNS", columns)
        assert screen.screen_width() == width


def test_whole_lines_are_neither_cut_nor_wrapped(capsys: pytest.CaptureFixture[str]):
    words = " ".join(["word"] * 100)
    Screen().answer(red(words), dict, whole_lines=True)
    assert capsys.readouterr().out.rstrip("\n") == words
