"""`logtrace formats`: what is known, and what became of the lines of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli.options import parsing, reading
from logtrace.cli.screen import Screen
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.ingest.settings import Settings


@click.command("formats")
@click.argument("explain", metavar="[explain", type=click.Choice(["explain"]), required=False)
@click.argument("files", metavar="FILE...]", nargs=-1, type=click.Path(readable=False))
@parsing
@reading
def command(screen: Screen, settings: Settings, explain: str | None, files: tuple[str, ...]) -> None:
    """The log formats and wrappers that are known; or why the lines of a file give what they give.

    explain FILE: for the first lines, which wrapper and format they have, which key became what, in which unit, and what
    was ignored. For a dialect that is not understood it writes a table [formats.NAME] to paste into logtrace.toml.

    \b
    logtrace formats
    logtrace formats explain /var/log/shop/orders.log
    docker compose logs | logtrace formats explain -
    """
    from logtrace import api
    from logtrace.cli.stdin import STDIN, stdin
    from logtrace.views.upkeep import formats as views

    if explain is None:
        known = api.formats(settings)
        screen.answer(lambda: [views.known_formats(known)], lambda: views.known_json(known))
    elif not files:
        raise UsageError("explain needs a file", "logtrace formats explain FILE...")
    else:
        if STDIN in files:
            stdin()
        found = api.explain(files, settings=settings)
        screen.answer(lambda: views.explained(found), lambda: views.explained_json(found), whole_lines=True)
