"""`logtrace export`: requests for others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import tzinfo
from pathlib import Path
from typing import Any

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import store_option, talking, window, zoned
from logtrace.cli.talk import say
from logtrace.cli.write import require_free, write_pieces
from logtrace.errors import UsageError

FORMATS = ("html", "otlp-json", "jaeger", "zipkin", "perfetto", "csv", "parquet", "mermaid")


class _Format(click.Choice[str]):
    """A format of these; that of `push` may be called as it is there."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As click has it."""
        return super().convert("otlp-json" if value == "otlp" else value, param, ctx)


@click.command("export", cls=FilesCommand)
@zoned
@click.argument("trace_ids", metavar="[TRACE_ID]...", nargs=-1, shell_complete=complete.trace_ids)
@click.option("--where", "expression", metavar="EXPRESSION", help="Traces that it holds for; see: logtrace help search.")
@window
@click.option(
    "--format", "form", type=_Format(FORMATS), metavar="FORMAT", default="html", show_default=True,
    help=f"One of {', '.join(FORMATS)}; what each holds: logtrace help export.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="FILE", help="Where to, .gz and .zst compressed; DIR/ for Parquet by day; else (or -) stdout."
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@from_option
@store_option
@talking
def command(
    tz: tzinfo,  # noqa: ARG001 - the zone of --since
    trace_ids: tuple[str, ...],
    expression: str | None,
    since_ns: int | None,
    until_ns: int | None,
    form: str,
    output: str | None,
    force: bool,
    files: tuple[str, ...],
    store: str | None,
) -> None:
    """Requests for others: the waterfall in a single HTML file, or what other programs read.

    The HTML file holds the log lines of one request, and needs neither a server nor the internet. The other formats take any
    number: those that are named, those that --where, --since and --until mean, else all. `logtrace import` reads them again.

    \b
    logtrace export @error -o incident.html
    logtrace export --where "error = true" --format otlp-json -o bad.jsonl.zst
    logtrace export 4bf92f35 --format jaeger > trace.json
    """
    output = None if output == "-" else output
    if output is None and form in ("html", "parquet") and sys.stdout.isatty():
        raise UsageError(f"a file of {form} is nothing for a terminal", f"name a file: -o trace.{form}")
    if output is not None:
        require_free(Path(output), force)
    asked: dict[str, Any] = {"traces": trace_ids, "where": expression, "since_ns": since_ns, "until_ns": until_ns}
    if form == "parquet" and output is not None and output.endswith("/"):
        with opened_store(store, files) as opened:
            opened.export_folder(Path(output), **asked)
        say(f"wrote {output}")
        return
    with opened_store(store, files) as opened, closing(opened.exported(form, **asked)) as pieces:
        _put(pieces, form, output, force)


def _put(pieces: Iterator[bytes], form: str, output: str | None, force: bool) -> None:
    if output is not None:
        write_pieces(Path(output), pieces, force)
        say(f"wrote {output}")
        return
    for piece in pieces:
        sys.stdout.buffer.write(_clean(piece, form) if sys.stdout.isatty() else piece)


def _clean(piece: bytes, form: str) -> bytes:
    """Text that no terminal obeys; JSON stays JSON that says the same."""
    from logtrace.views.elements.text import clean
    from logtrace.views.json.text import json_shown

    if form not in ("csv", "mermaid"):
        return json_shown(piece.decode("utf-8", "replace")).encode()
    return "\n".join(map(clean, piece.decode("utf-8", "replace").split("\n"))).encode()
