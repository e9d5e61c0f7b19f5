"""`logtrace similar`: requests like one."""

from __future__ import annotations

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen


@click.command("similar", cls=FilesCommand)
@click.argument("trace_id", metavar="TRACE_ID", shell_complete=complete.trace_ids)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=10, show_default=True, help="At most so many.")
@click.option("--healthy", is_flag=True, help="Those without any error: what it should have been like.")
@from_option
@store_option
@reading
def command(screen: Screen, store: str | None, files: tuple[str, ...], trace_id: str, limit: int, healthy: bool) -> None:
    """Requests like one, the most similar first: the same calls count most, then the same errors, then how long it took.

    Only requests that begin with the same operation are looked at, at most a thousand of them: those that
    failed as it did first, then the nearest in size and time.

    \b
    logtrace similar @error
    logtrace similar b7d9e1a2 --healthy
    """
    from logtrace.cli.named import require_named
    from logtrace.views.comparing.similar import similar_table
    from logtrace.views.json.compare import similar_json

    with opened_store(store, files) as opened:
        require_named(opened, trace_id)
        found = opened.similar(opened.trace(trace_id), limit=limit, healthy=healthy)
        screen.answer(lambda: [similar_table(found, screen.zone, opened.id_length)], lambda: similar_json(found))
