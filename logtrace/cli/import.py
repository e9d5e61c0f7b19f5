"""`logtrace import`: traces of other systems, and of other stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli.ingest import require_use
from logtrace.cli.options import coloured, in_json, parsing, quieted, store_option, talking
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen

if TYPE_CHECKING:
    from logtrace.ingest.settings import Settings

FORMATS = ("otlp-json", "otlp-proto", "jaeger", "zipkin")


@click.command("import")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(readable=False))
@click.option(
    "--format", "form", type=click.Choice(FORMATS), metavar="FORMAT", help=f"One of {', '.join(FORMATS)}; else by content."
)
@parsing
@store_option
@quieted
@in_json
@coloured
@talking
def command(
    settings: Settings, paths: tuple[str, ...], form: str | None, store: str | None, quiet: bool, as_json: bool, no_color: bool
) -> None:  # fmt: skip
    """Read traces that were exported: by this program, a collector, Jaeger, Zipkin.

    FILE: OTLP as JSON or protobuf, JSON of Jaeger's UI or API, Zipkin's JSON; also compressed, or - for stdin. Of a file that is
    cut off or broken nothing is read. What is in the store already stays as it is; see: logtrace help export.

    \b
    logtrace import traces.jsonl.zst
    curl -s "$JAEGER/api/traces?service=edge-mcp" | logtrace import -
    """
    from logtrace import api, config
    from logtrace.cli.progress import progress_bar
    from logtrace.cli.steps import where
    from logtrace.views.upkeep.account import ingest_summary

    with progress_bar(not quiet, not no_color) as progress:
        path, shared = store_path(store), config.load().shared
        account = api.import_traces(paths, path, form=form or "", settings=settings, shared=shared, progress=progress)
    if as_json or not quiet:
        Screen(json=as_json, colour=not no_color, pager=False).answer(lambda: [ingest_summary(account, where())], account.as_json)
    require_use(account)
