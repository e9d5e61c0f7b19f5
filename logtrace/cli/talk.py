"""What the program says on stderr, beside the data on stdout."""

from __future__ import annotations

import click


def say(sentence: str, hint: str = "") -> None:
    """One line on stderr, then the hint; both clean of anything a terminal would obey. A hint may have several lines."""
    from logtrace.views.text import clean

    click.echo(clean(sentence), err=True)
    for number, line in enumerate(hint.splitlines()):
        click.echo(("hint: " if number == 0 else "      ") + clean(line), err=True)
