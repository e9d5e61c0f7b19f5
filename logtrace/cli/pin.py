"""`logtrace pin`: traces that stay, whatever rules say."""

from __future__ import annotations

import click

from logtrace.cli import complete
from logtrace.cli.options import reading, store_option
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen, screen_width


@click.command("pin")
@click.argument("trace_id", metavar="[TRACE_ID]", required=False, shell_complete=complete.trace_ids)
@click.argument("note", metavar="[NOTE]...", nargs=-1)
@store_option
@reading
def command(screen: Screen, store: str | None, trace_id: str | None, note: tuple[str, ...]) -> None:
    """Keep a trace for good, whatever rules say; NOTE tells why. Without TRACE_ID: the traces that are pinned.

    \b
    logtrace pin @slowest "the incident of January"
    logtrace pin
    """
    from logtrace import api
    from logtrace.views.upkeep.preservation import pins_json, pins_view

    with api.open(store_path(store)) as opened:
        found = [opened.pin(trace_id, " ".join(note))] if trace_id is not None else opened.pins()
        screen.answer(lambda: pins_view(found, screen.zone, screen_width()), lambda: pins_json(found))
