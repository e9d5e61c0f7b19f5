"""`logtrace services`: who speaks in the logs of a store."""

from __future__ import annotations

import click

from logtrace.cli import empty
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.screen import Screen


@click.command("services")
@window
@store_option
@reading
def command(screen: Screen, store: str | None, since_ns: int | None, until_ns: int | None) -> None:
    """Services with their spans, operations and errors, and when they were seen.

    \b
    logtrace services
    logtrace services --since 1h --json
    """
    from logtrace import api, config
    from logtrace.views.json_shapes import VERSION
    from logtrace.views.tables import services_table

    with api.open(config.store_path(store)) as opened:
        rows = opened.services(since_ns=since_ns, until_ns=until_ns)
        screen.answer(
            lambda: [services_table(rows, screen.zone)] if rows else [],
            lambda: {"version": VERSION, "services": [row._asdict() for row in rows]},
        )
        if not rows:
            empty.tell(opened, None, screen.zone)
