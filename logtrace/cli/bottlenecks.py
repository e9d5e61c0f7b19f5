"""`logtrace bottlenecks`: what decided how long a request took."""

from __future__ import annotations

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen, ascii_only

MOST = 5


@click.command("bottlenecks", cls=FilesCommand)
@click.argument("trace_id", metavar="TRACE_ID", shell_complete=complete.trace_ids)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=MOST, show_default=True, help="At most so many operations.")
@click.option("--whole-trace", is_flag=True, help="The path of all that ran, also what no root waited for.")
@from_option
@store_option
@reading
def command(screen: Screen, store: str | None, trace_id: str, files: tuple[str, ...], limit: int, whole_trace: bool) -> None:
    """The spans that decided how long a request took, by their share of the critical path.

    The critical path is what the request waited for at each moment; a span that ran beside it could be
    shortened without any gain.

    \b
    logtrace bottlenecks @slowest
    logtrace bottlenecks 4bf92f35 --whole-trace --json
    """
    from logtrace.analysis.bottlenecks import bottlenecks
    from logtrace.cli.find import page_of
    from logtrace.cli.pages import key_attributes
    from logtrace.cli.steps import after_bottlenecks
    from logtrace.views.bottlenecks import bottlenecks_view
    from logtrace.views.glyphs import signs
    from logtrace.views.json_analysis import bottlenecks_json

    with opened_store(store, files) as opened:
        page = page_of(opened, trace_id)
        found = bottlenecks(page.trace.adjusted, page.history, whole_trace=whole_trace)
        view = bottlenecks_view(found, limit, key_attributes(), signs(ascii_only()))
        screen.answer(lambda: [view, after_bottlenecks(page.trace)], lambda: bottlenecks_json(found))
