"""`logtrace report`: the note about an incident."""

from __future__ import annotations

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen


@click.command("report", cls=FilesCommand)
@click.argument("trace_id", metavar="TRACE_ID", shell_complete=complete.trace_ids)
@click.argument("good", metavar="[GOOD]", required=False, shell_complete=complete.trace_ids)
@from_option
@store_option
@reading
def command(screen: Screen, store: str | None, files: tuple[str, ...], trace_id: str, good: str | None) -> None:
    """The note about an incident, in Markdown: waterfall, errors, where the time went, what is different, raw lines.

    It is compared with GOOD, or else with the healthy request of the store that is most like it. Whatever a
    log says stands in fenced blocks, where it can neither end the block nor call people.

    \b
    logtrace report @error > incident.md
    logtrace report c81e728d 6d1f0c5e
    """
    from rich.text import Text

    from logtrace.cli.named import require_named
    from logtrace.cli.pages import key_attributes
    from logtrace.views.json.shapes import VERSION
    from logtrace.views.requests.report import report
    from logtrace.views.tree.options import WaterfallOptions

    with opened_store(store, files) as opened:
        require_named(opened, trace_id)
        incident = opened.report(opened.trace(trace_id), opened.trace(good) if good is not None else None)
        lines = list(report(incident, WaterfallOptions(attributes=key_attributes(), zone=screen.zone)))
        shape = {"version": VERSION, "markdown": lines}
        screen.answer(lambda: [Text(line) for line in lines], lambda: shape, whole_lines=True)
