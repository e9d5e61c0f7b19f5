"""`logtrace errors`: the errors of one request, or of all."""

from __future__ import annotations

import click

from logtrace.cli import complete
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen, ascii_only


@click.command("errors")
@click.argument("trace_id", metavar="[TRACE_ID]", shell_complete=complete.trace_ids)
@click.argument("files", metavar="[FILES]...", nargs=-1, type=click.Path(readable=False))
@click.option("--all", "everything", is_flag=True, help="All of them, however many.")
@store_option
@reading
def command(screen: Screen, store: str | None, trace_id: str, files: tuple[str, ...], everything: bool) -> None:
    """Why a request failed: where its errors began, and who passed them on.

    \b
    logtrace errors @error
    logtrace errors 98f13708 worker.log edge-mcp.log
    """
    from logtrace.analysis.errors import trace_errors
    from logtrace.cli.find import source
    from logtrace.views.glyphs import signs
    from logtrace.views.json_analysis import trace_errors_json
    from logtrace.views.trace_errors import trace_errors_view

    with source(files, store) as opened:
        found = trace_errors(opened.page(trace_id).trace)
        screen.answer(
            lambda: [trace_errors_view(found, screen.zone, signs(ascii_only()), everything)],
            lambda: trace_errors_json(found, []),
        )
