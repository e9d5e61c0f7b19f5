"""What the program says on stderr, beside the data on stdout."""

from __future__ import annotations

import click


def say(sentence: str, hint: str = "") -> None:
    """One line on stderr, then the hint; both clean of anything a terminal would obey. Only a hint that says so has several
    lines: in any other, the end of a line is part of a name."""
    from logtrace.errors import Lines
    from logtrace.views.elements.text import clean

    click.echo(clean(sentence), err=True)
    lines = hint.split("\n") if isinstance(hint, Lines) else [hint]
    for number, line in enumerate(filter(None, lines)):
        click.echo(("hint: " if number == 0 else "      ") + clean(line), err=True)
