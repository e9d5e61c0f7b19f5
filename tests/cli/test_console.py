from __future__ import annotations

from io import StringIO

import rich.console
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from logtrace.cli.console import Console, console
from logtrace.views.elements.text import clean


@given(st.lists(st.text(max_size=60), max_size=4), st.booleans(), st.sampled_from(["dim", "bold red"]))
def test_a_line_that_stays_whole_is_written_as_rich_would(parts: list[str], colour: bool, style: str):
    text = Text(no_wrap=True)
    for part in parts:
        text.append(clean(part).rstrip() + ".", style)
    ours, richs = StringIO(), StringIO()
    console(ours, 40, colour).print(text, soft_wrap=True)
    rich.console.Console.print(console(richs, 40, colour), text, soft_wrap=True)
    assert ours.getvalue() == richs.getvalue()


def test_such_a_line_keeps_the_blanks_at_its_end():
    out = StringIO()
    console(out, 40, False).print(Text("x" * 40 + "   "), soft_wrap=True)
    assert out.getvalue() == "x" * 40 + "   \n"


def test_what_is_wrapped_or_no_text_is_richs():
    out = StringIO()
    made: Console = console(out, 40, False)
    made.print(Text("word " * 10))
    made.print("a", "b", soft_wrap=True)
    assert out.getvalue() == f"{'word ' * 8}\n{'word ' * 2}\na b\n"
