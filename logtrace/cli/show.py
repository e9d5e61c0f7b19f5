"""`logtrace show`: the request as a tree with a waterfall."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import complete, params
from logtrace.cli.options import parsing_later, reading, store_option
from logtrace.cli.screen import Screen
from logtrace.cli.together import refuse_together

if TYPE_CHECKING:
    from logtrace.ingest.settings import Settings


@click.command("show")
@click.argument("trace_id", metavar="TRACE_ID", shell_complete=complete.trace_ids)
@click.argument("files", metavar="[FILES]...", nargs=-1, type=click.Path(readable=False))
@click.option("--span", metavar="ID", shell_complete=complete.spans, help="All about one span; its id or its operation.")
@click.option("--explain", metavar="SPAN", shell_complete=complete.spans, help="Why a span has its parent: candidates, scores.")
@click.option("--raw-times", is_flag=True, help="Times as logged, where clocks are known to differ.")
@click.option("--logs", is_flag=True, help="Each span's log lines under it.")
@click.option("--errors", is_flag=True, help="Failed spans and their ancestors alone.")
@click.option("--service", metavar="NAME", shell_complete=complete.services, help="Its spans and their ancestors alone.")
@click.option("--min-duration", type=params.duration, metavar="DURATION", help="Spans of at least 250ms, 1.5s, …")
@click.option("--depth", type=click.IntRange(min=1), metavar="LEVELS", help="So many levels of the tree; 1: roots alone.")
@click.option("--all", "everything", is_flag=True, help="Every span: no folding of like ones, no limit.")
@click.option("--linked", is_flag=True, help="With the traces that links or a shared request id join to it, as one.")
@click.option("--markdown", is_flag=True, help="For a chat: at most 40 lines in a fenced block.")
@click.option("--ascii", "plain", is_flag=True, help="Draw with ASCII signs alone.")
@parsing_later
@store_option
@reading
def command(
    screen: Screen, settings: Callable[[], Settings], store: str | None, trace_id: str, files: tuple[str, ...], span: str | None,
    explain: str | None, linked: bool, markdown: bool, raw_times: bool, **look: Any,
) -> None:  # fmt: skip
    """One request as a tree with a waterfall.

    TRACE_ID: an id in any case, its beginning, a traceparent, a Jaeger URL, a span or request id, @last, @slowest or
    @error; with - the ids in the lines on stdin. With FILES no store is needed; --input-tz,
    --default-service and --trace-key say how their lines are read. Heavy bars are on the critical path, what the
    request waited for; light ones are beside it.

    \b
    logtrace show 4bf92f35
    logtrace show 4bf92f3577b34da6a3ce929d0e0e4736 /var/log/mcp/*.log
    logtrace show @slowest --span CreateTask
    grep timeout edge-mcp.log | logtrace show -
    """
    from logtrace.cli.find import found
    from logtrace.cli.pages import answer_list, answer_snippets, answer_spans, answer_traces, answer_why, waterfall_options

    refuse_together("span", "explain", "markdown")
    with found(trace_id, files, store, settings, linked) as answer:
        if answer.matches:
            answer_list(screen, answer.matches, answer.id_length)
        elif span is not None:
            answer_spans(screen, answer.pages, span, raw_times=raw_times)
        elif markdown:
            answer_snippets(screen, answer.pages)
        elif explain is not None:
            answer_why(screen, answer.pages, explain)
        else:
            options = waterfall_options(screen.zone, **look)
            answer_traces(screen, answer.pages, options, as_list=trace_id == "-", raw_times=raw_times)
