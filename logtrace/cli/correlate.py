"""`logtrace correlate`: what logs and metrics elsewhere say about the time of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli import complete, params
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen, ascii_only
from logtrace.units import NS

if TYPE_CHECKING:
    from logtrace.analysis.traces.correlate import Templates

MARGIN_NS = 5 * NS["m"]


@click.command("correlate", cls=FilesCommand)
@click.argument("trace_id", metavar="TRACE_ID", shell_complete=complete.trace_ids)
@click.option("--margin", "margin_ns", type=params.duration, default="5m", show_default=True, help="Before and after it.")
@click.option("--prometheus", metavar="URL", envvar="LOGTRACE_PROMETHEUS", help="Ask this Prometheus, and show its figures.")
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, trace_id: str, files: tuple[str, ...], margin_ns: int, prometheus: str | None
) -> None:
    """Ready queries for the time and the services of a request: Loki, CloudWatch Logs Insights, PromQL.

    What is asked is in the configuration, under [correlate]: logtrace help config.

    \b
    logtrace correlate @slowest
    logtrace correlate 4bf92f35 --prometheus http://localhost:9090
    """
    from logtrace.cli.named import require_named
    from logtrace.jobs.verbs.correlate import correlate
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.correlate import correlate_json
    from logtrace.views.requests.correlate import correlate_lines

    with opened_store(store, files) as opened:
        require_named(opened, trace_id)
        found = correlate(opened.trace(trace_id), margin_ns=margin_ns, prometheus_url=prometheus, templates=templates())
        screen.answer(
            lambda: correlate_lines(found, screen.zone, signs(ascii_only())), lambda: correlate_json(found), whole_lines=True
        )


def templates() -> Templates:
    """What the configuration asks other systems."""
    from logtrace import config
    from logtrace.analysis.traces.correlate import CLOUDWATCH, LOKI, METRICS, Templates

    told = config.load().correlate
    return Templates(
        LOKI if told.loki is None else told.loki,
        CLOUDWATCH if told.cloudwatch is None else told.cloudwatch,
        METRICS if told.metrics is None else told.metrics,
    )
