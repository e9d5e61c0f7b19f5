"""`logtrace lint`: how services log, and how they could."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logtrace.cli.files import opened_store
from logtrace.cli.judging import judging, tell, tell_of_window
from logtrace.cli.together import refuse_together

if TYPE_CHECKING:
    from logtrace.ingest.settings import Settings


@click.command("lint")
@click.option("--only", multiple=True, metavar="CHECK", help="Only this check; may come several times.")
@click.option("--without", multiple=True, metavar="CHECK", help="All but this check; may come several times.")
@judging
@click.pass_context
def command(
    ctx: click.Context, /, paths: tuple[str, ...], store: str | None, since_ns: int | None, until_ns: int | None,
    tz: tzinfo, form: str, as_json: bool, output: Path | None, strict: bool, no_color: bool, only: tuple[str, ...],
    without: tuple[str, ...], settings: Callable[[], Settings],
) -> None:  # fmt: skip
    """How services log, in files or (without PATH) in the store: lost context, span names, loops, secrets, units, …

    Each finding says what is wrong, where, why it matters and how to mend it. Ends with 10 where there are some; notes
    count with --strict alone. The checks: logtrace help lint.

    \b
    logtrace lint logs/
    logtrace lint --since 1h --without bare-spans
    logtrace lint logs/ --format sarif -o lint.sarif
    """
    refuse_together("form", "as_json")
    with opened_store(store, paths, settings) as opened:
        report = opened.lint(only=only, without=without, since_ns=since_ns, until_ns=until_ns)
        tell_of_window(opened, report, (since_ns, until_ns), tz)
        tell(ctx, report, "json" if as_json else form, output, strict, no_color)
