"""`logtrace logs`: the raw lines of a trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from logtrace.cli import complete, params
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen, is_terminal
from logtrace.cli.talk import say

if TYPE_CHECKING:
    from logtrace.model import LogLine


@click.command("logs", cls=FilesCommand)
@click.argument("trace_id", metavar="TRACE_ID", shell_complete=complete.trace_ids)
@click.option("--raw", is_flag=True, help="The lines as they were logged, alone.")
@click.option(
    "--around", type=params.duration, metavar="DURATION",
    help="Also lines without a trace id of its services, from so long before it to so long after it: panics, out of memory.",
)  # fmt: skip
@from_option
@store_option
@reading
def command(screen: Screen, store: str | None, files: tuple[str, ...], trace_id: str, raw: bool, around: int | None) -> None:
    """The log lines of a trace, of all services in time order.

    TRACE_ID may be all that `logtrace show` takes; see: logtrace help ids.

    \b
    logtrace logs 4bf92f35
    logtrace logs @error --around 2s
    logtrace logs 4bf92f35 --raw | jq .
    logtrace logs @slowest --from /var/log/mcp
    """
    from logtrace.cli.named import require_named
    from logtrace.views.json.shapes import VERSION, log_line_json
    from logtrace.views.lines.logs import log_lines
    from logtrace.views.tree.header import clocks_text

    with opened_store(store, files) as opened:
        require_named(opened, trace_id)
        trace = opened.trace(trace_id)
        lines = opened.logs(trace, around_ns=around)
        if trace.adjusted.by_one_clock and not raw:
            say(f"clocks differ: times are as logged here; in logtrace show they are {clocks_text(trace.adjusted)}")
        if raw and not screen.json and not is_terminal():
            _as_logged(lines)
            return
        screen.answer(
            lambda: log_lines(lines, screen.zone, raw),
            lambda: {"version": VERSION, "lines": [log_line_json(line) for line in lines]},
            whole_lines=True,
        )


def _as_logged(lines: Sequence[LogLine]) -> None:
    """For a pipe or a file: nothing is escaped."""
    for line in lines:
        click.echo(line.text, color=True)
