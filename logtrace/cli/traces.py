"""`logtrace traces`: the requests of a store."""

from __future__ import annotations

import click

from logtrace.cli import complete, empty
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.place import store_place
from logtrace.cli.screen import Screen

MOST = 1_000_000_000


@click.command("traces")
@window
@click.option("--service", metavar="NAME", shell_complete=complete.services, help="With a span of it.")
@click.option("-n", "--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help="At most so many.")
@store_option
@reading
def command(
    screen: Screen, store: str | None, since_ns: int | None, until_ns: int | None, service: str | None, limit: int
) -> None:
    """Requests, the most recent first.

    \b
    logtrace traces --since 1h --service edge-mcp
    logtrace traces --since yesterday --until today -n 100
    """
    from logtrace import api
    from logtrace.views.json.shapes import VERSION, summary_json
    from logtrace.views.lists.tables import traces_table

    with api.open(store_place(store)) as opened:
        found = opened.traces(since_ns=since_ns, until_ns=until_ns, service=service, limit=limit + 1)
        shown = found[:limit]
        more = [empty.going_on(f"the {limit:,} most recent", "--limit", str(limit * empty.ROUND))] if len(found) > limit else []
        screen.answer(
            lambda: [traces_table(shown, screen.zone, opened.id_length), *more] if shown else [],
            lambda: {"version": VERSION, "traces": [summary_json(summary) for summary in shown]},
        )
        if not found:
            empty.tell(opened, service, screen.zone, of_spans=False)
