"""`logtrace bottlenecks`: what decided how long a request took, or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.screen import Screen, ascii_only
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.api import Store

MOST = 5


@click.command("bottlenecks", cls=FilesCommand)
@click.argument("trace_id", metavar="[TRACE_ID]", required=False, shell_complete=complete.trace_ids)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=MOST, show_default=True, help="At most so many rows.")
@click.option("--whole-trace", is_flag=True, help="The path of all that ran, also what no root waited for.")
@window
@click.option("--service", metavar="NAME", shell_complete=complete.services, help="Of requests that begin in it.")
@click.option("--operation", metavar="NAME", shell_complete=complete.operations, help="Of requests that begin with it.")
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, trace_id: str | None, files: tuple[str, ...], limit: int, whole_trace: bool, **asked: Any
) -> None:  # fmt: skip
    """The spans that decided how long a request took, by their share of the critical path. Without TRACE_ID: the
    operations and call paths that decided how long all requests took, and what would be gained.

    The critical path is what the request waited for at each moment; a span that ran beside it could be
    shortened without any gain.

    \b
    logtrace bottlenecks @slowest
    logtrace bottlenecks 4bf92f35 --whole-trace --json
    logtrace bottlenecks --since 1h --service edge-mcp
    """
    if trace_id is not None and any(value is not None for value in asked.values()):
        raise UsageError("--since, --until, --service and --operation are for many requests", "leave them out, or TRACE_ID")
    if trace_id is None and whole_trace:
        raise UsageError("--whole-trace is for one request", "name it: TRACE_ID is missing")
    with opened_store(store, files) as opened:
        if trace_id is None:
            _of_all(screen, opened, limit, asked)
        else:
            _of_one(screen, opened, trace_id, limit, whole_trace)


def _of_one(screen: Screen, opened: Store, trace_id: str, limit: int, whole_trace: bool) -> None:
    from logtrace.analysis.traces.bottlenecks import bottlenecks
    from logtrace.cli.find import page_of
    from logtrace.cli.pages import key_attributes
    from logtrace.cli.steps import after_bottlenecks
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.analysis import bottlenecks_json
    from logtrace.views.requests.bottlenecks import bottlenecks_view

    page = page_of(opened, trace_id)
    found = bottlenecks(page.trace.adjusted, page.history, whole_trace=whole_trace)
    view = bottlenecks_view(found, limit, key_attributes(), signs(ascii_only()))
    screen.answer(lambda: [view, after_bottlenecks(page, whole_trace)], lambda: bottlenecks_json(found))


def _of_all(screen: Screen, opened: Store, limit: int, asked: dict[str, Any]) -> None:
    from logtrace.cli import empty
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.stats import window_bottlenecks_json
    from logtrace.views.windows.bottlenecks import window_bottlenecks_view

    found = opened.bottlenecks(**asked)
    screen.answer(
        lambda: [window_bottlenecks_view(found, limit, screen.zone, signs(ascii_only()), opened.id_length)],
        lambda: window_bottlenecks_json(found),
    )
    if not found.requests and not found.without:
        empty.tell(opened, None, screen.zone, "no request of the store begins with one of those")
