"""`logtrace unpin`: a trace goes when rules say so."""

from __future__ import annotations

import click

from logtrace.cli import complete
from logtrace.cli.options import reading, store_option
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen, screen_width


@click.command("unpin")
@click.argument("trace_id", metavar="TRACE_ID", shell_complete=complete.trace_ids)
@store_option
@reading
def command(screen: Screen, store: str | None, trace_id: str) -> None:
    """Let rules decide about a trace that was pinned.

    \b
    logtrace unpin 4bf92f35
    """
    from logtrace import api
    from logtrace.views.upkeep.preservation import pins_json, pins_view

    with api.open(store_path(store)) as opened:
        found = [opened.unpin(trace_id)]
        screen.answer(lambda: pins_view(found, screen.zone, screen_width(), gone=True), lambda: pins_json(found))
