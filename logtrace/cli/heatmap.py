"""`logtrace heatmap`: durations over time at one glance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logtrace.cli import complete, params
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.screen import Screen, ascii_only, screen_width
from logtrace.cli.together import refuse_together
from logtrace.errors import UsageError
from logtrace.units import NS, counted

if TYPE_CHECKING:
    from logtrace.analysis.statistics.heatmap import Heatmap

PICTURE_STEPS = 400


@click.command("heatmap", cls=FilesCommand)
@window
@click.option("--service", metavar="NAME", shell_complete=complete.services, help="Of this service alone.")
@click.option("--operation", metavar="NAME", shell_complete=complete.operations, help="Of this operation alone.")
@click.option("--step", "step_ns", type=params.stretch, metavar="DURATION", help="So long a column; a minute with --json.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="A picture: FILE.png, .svg or .pdf.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, files: tuple[str, ...], since_ns: int | None, until_ns: int | None, service: str | None,
    operation: str | None, step_ns: int | None, output: Path | None, force: bool,
) -> None:  # fmt: skip
    """How long spans took, over time: each column a stretch of time, each row about a duration, more spans darker.

    With --json a row for each minute, operation and bucket with count and average, as Grafana's heatmap takes them.

    \b
    logtrace heatmap --operation CreateTask --since 24h
    logtrace heatmap --service worker -o worker.png
    logtrace heatmap --json | jq -c '.cells[]'
    """
    from logtrace.cli import empty

    refuse_together("output", "as_json")
    kind = None if output is None else _kind(output, force)
    most = PICTURE_STEPS if output else screen_width()
    with opened_store(store, files) as opened:
        found = opened.heatmap(
            since_ns=since_ns, until_ns=until_ns, service=service, operation=operation,
            step_ns=step_ns or (NS["m"] if screen.json else None), most_steps=most,
        )  # fmt: skip
        if not found.cells and not found.left_out:
            empty.tell(opened, service, screen.zone)
    of = ": ".join(name for name in (service, operation) if name) or "all operations"
    if output is not None and kind is not None:
        _draw(screen, found, of, output, kind, force)
    else:
        _show(screen, found, of)


def _show(screen: Screen, found: Heatmap, of: str) -> None:
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.elements.text import clean
    from logtrace.views.json.stats import heatmap_json
    from logtrace.views.windows.heatmap import heatmap_view

    screen.answer(lambda: [heatmap_view(found, clean(of), screen.zone, signs(ascii_only()))], lambda: heatmap_json(found))


def _draw(screen: Screen, found: Heatmap, of: str, output: Path, kind: str, force: bool) -> None:
    from logtrace.cli.talk import say
    from logtrace.cli.write import write_file
    from logtrace.views.elements.text import clean
    from logtrace.views.windows.heatmap_picture import heatmap_picture

    write_file(output, heatmap_picture(found, clean(of), screen.zone, kind), force)
    left_out = f", {counted(found.left_out, 'span')} of unknown length left out" if found.left_out else ""
    say(f"wrote {output}: {counted(found.spans, 'span')}{left_out}")
    for note in found.notes:
        say(f"note: {note}")


def _kind(output: Path, force: bool) -> str:
    """The kind of picture that a file is to be. Raises UsageError where there is no such, or the file is there."""
    from logtrace.cli.write import require_free
    from logtrace.views.windows.heatmap_picture import KINDS

    kind = output.suffix.lower().lstrip(".")
    if kind not in KINDS:
        raise UsageError(f"{output} is no name of a picture", f"let it end with {', '.join('.' + each for each in KINDS)}")
    require_free(output, force)
    return kind
