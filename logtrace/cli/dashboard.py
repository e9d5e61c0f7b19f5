"""`logtrace dashboard`: a Grafana dashboard about a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import store_option, talking


@click.command("dashboard", cls=FilesCommand)
@click.argument("trace_id", metavar="[TRACE_ID]", required=False, shell_complete=complete.trace_ids)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it there, not to stdout.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@from_option
@store_option
@talking
def command(store: str | None, trace_id: str | None, files: tuple[str, ...], output: Path | None, force: bool) -> None:
    """A Grafana dashboard as JSON, to be imported: the timeline of a trace (Jaeger), logs (Loki) and metrics (Prometheus)
    of its services. Without TRACE_ID the trace and the service are typed in there.

    \b
    logtrace dashboard @slowest -o trace.json
    """
    from logtrace.cli.talk import say
    from logtrace.cli.write import write_file
    from logtrace.views.json.text import json_text

    text = json_text(_dashboard(store, trace_id, files), pretty=True)
    if output is None:
        click.echo(text)
        return
    write_file(output, f"{text}\n".encode(), force)
    say(f"wrote {output}", "Grafana: Dashboards, New, Import")


def _dashboard(store: str | None, trace_id: str | None, files: tuple[str, ...]) -> dict[str, Any]:
    from logtrace.analysis.traces.correlate import correlation
    from logtrace.cli.correlate import MARGIN_NS, templates
    from logtrace.cli.named import require_named
    from logtrace.views.requests.dashboard import dashboard_json

    asked = templates()
    if trace_id is None:
        return dashboard_json("", "", None, None, asked)
    with opened_store(store, files) as opened:
        require_named(opened, trace_id)
        found = correlation(opened.trace(trace_id), MARGIN_NS, asked)
    return dashboard_json(found.trace_id, next(iter(found.services), ""), found.since_ns, found.until_ns, asked)
