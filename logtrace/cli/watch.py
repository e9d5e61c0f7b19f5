"""`logtrace watch`: `logtrace ingest --follow` by another name."""

from __future__ import annotations

from typing import Any

import click

from logtrace.cli.following import Beside
from logtrace.cli.ingest import reading_files, run
from logtrace.errors import UsageError


@click.command("watch")
@click.option(
    "--alert",
    "alerts",
    multiple=True,
    metavar="RULE",
    help="Tell when it stops to hold; may come several times. See: logtrace help alerts.",
)
@click.option(
    "--alert-to",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="stderr (the default), json, an address to post to, exec:COMMAND.",
)
@click.option("--prometheus-rules", "export", is_flag=True, help="Print the alerts as rules for Prometheus, and end.")
@click.option("--metrics-port", type=click.IntRange(0, 65535), metavar="PORT", help="Serve metrics for Prometheus there.")
@reading_files
def command(alerts: tuple[str, ...], targets: tuple[str, ...], metrics_port: int | None, export: bool, **options: Any) -> None:
    """Read log files into the store as they grow, until interrupted: `logtrace ingest --follow` by another name, with
    alerts and metrics.

    \b
    logtrace watch '/var/log/mcp/*.log*' --print
    logtrace watch /var/log/mcp --print 'error and trace.duration > 1s'
    logtrace watch /var/log/mcp --alert 'no new errors over 10m'
    """
    if export:
        _export(alerts)
        return
    run(follow=True, beside=Beside(alerts, targets, metrics_port), **options)


def _export(alerts: tuple[str, ...]) -> None:
    from logtrace.query.alerts import parse_alert
    from logtrace.views.windows.prometheus import prometheus_rules

    if not alerts:
        raise UsageError("there is no alert to print", "add --alert RULE")
    click.echo(prometheus_rules(list(map(parse_alert, alerts))), nl=False)
