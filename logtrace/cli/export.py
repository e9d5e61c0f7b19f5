"""`logtrace export`: one request for others."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import store_option, talking
from logtrace.errors import UsageError

FORMATS = ("html", "jaeger", "otlp")


@click.command("export", cls=FilesCommand)
@click.argument("trace_id", metavar="TRACE_ID", shell_complete=complete.trace_ids)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="html", show_default=True,
    help="html: one file to open from disk; jaeger: what its UI uploads; otlp: what collectors read.",
)  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Where to; else stdout.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@from_option
@store_option
@talking
def command(trace_id: str, form: str, output: str | None, force: bool, files: tuple[str, ...], store: str | None) -> None:
    """One request for others: the waterfall in a single HTML file, or what other programs read.

    The HTML file holds the log lines of the request, and needs neither a server nor the internet.

    \b
    logtrace export @error -o incident.html
    logtrace export 4bf92f35 --format jaeger > trace.json
    """
    if output is None and form == "html" and sys.stdout.isatty():
        raise UsageError("an HTML file is nothing for a terminal", "name a file: -o trace.html")
    if output is not None and not force and Path(output).exists():
        raise UsageError(f"{output} is there already", "name another file, or add --force")
    with opened_store(store, files) as opened:
        made = opened.export(opened.trace(trace_id), form)
    if output is None:
        sys.stdout.buffer.write(made)
    else:
        _write(Path(output), made)


def _write(path: Path, made: bytes) -> None:
    """Writes the whole file or none."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
        try:
            part.write(made)
            part.flush()
            os.chmod(part.name, 0o644)
            os.replace(part.name, path)
        except BaseException:
            os.unlink(part.name)
            raise
