"""`logtrace timeline`: what carries a value, across traces."""

from __future__ import annotations

import click

from logtrace.cli.empty import ROUND, going_on, tell_of_none
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.screen import Screen
from logtrace.cli.talk import say

MOST = 1_000_000_000


@click.command("timeline", cls=FilesCommand)
@click.argument("expression")
@window
@click.option("-n", "--limit", type=click.IntRange(1, MOST), default=1000, show_default=True, help="The first so many.")
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, files: tuple[str, ...], expression: str, since_ns: int | None, until_ns: int | None,
    limit: int,
) -> None:  # fmt: skip
    """What carries a value, in time order: the life of a connection, a user.

    Spans of all requests that EXPRESSION holds for, and log lines of no span or of no request; see: logtrace help
    search.

    \b
    logtrace timeline "ws.connection_id = 'conn-abc123'"
    logtrace timeline "user.id = 'user-123' and error" --since 1h
    """
    from logtrace.views.json.shapes import timeline_json
    from logtrace.views.lists.hits import timeline_table

    with opened_store(store, files) as opened:
        found = opened.timeline(expression, since_ns=since_ns, until_ns=until_ns, limit=limit)
        table = [timeline_table(found.entries, screen.zone, opened.id_length)] if found.entries else []
        more = [going_on(f"the first {limit:,}", "--limit", str(limit * ROUND))] if found.more else []
        screen.answer(lambda: [*table, *more], lambda: timeline_json(found))
        for note in () if screen.json else found.notes:
            say(note)
        if not found.entries:
            windowed = (since_ns, until_ns) != (None, None)
            last = opened.search(expression, limit=1).hits if windowed else ()
            tell_of_none(opened, "nothing matches", last[0].summary.start_ns if last else None, screen.zone)
