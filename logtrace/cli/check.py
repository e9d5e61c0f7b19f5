"""`logtrace check`: rules about traces, as a test suite for logs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import params
from logtrace.cli.files import opened_store
from logtrace.cli.judging import judging, tell, tell_of_window
from logtrace.cli.talk import say
from logtrace.cli.together import refuse_together
from logtrace.units import counted

if TYPE_CHECKING:
    from logtrace.ingest.settings import Settings


@click.command("check")
@click.option("-e", "--expect", multiple=True, metavar="RULE", help="A rule; may come several times. See: logtrace help check.")
@click.option(
    "--rules", type=click.Path(path_type=Path), metavar="FILE", help="Rules of a TOML file, instead of logtrace.toml's."
)
@click.option(
    "--baseline", type=click.Path(path_type=Path), metavar="FILE|DIR", help="Compare with that: recorded, or a good log."
)
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Write a baseline of what is there.")
@click.option("--tolerance", type=params.share, default="30%", show_default=True, help="So much slower is as before.")
@judging
@click.pass_context
def command(
    ctx: click.Context, /, paths: tuple[str, ...], store: str | None, since_ns: int | None, until_ns: int | None,
    tz: tzinfo, form: str, as_json: bool, output: Path | None, strict: bool, no_color: bool, settings: Callable[[], Settings],
    **asked: Any,
) -> None:  # fmt: skip
    """Rules about traces, as a test suite for logs: of files, or (without PATH) of the store. Ends with 10 where one does
    not hold.

    Without any rule: a trace is there, all lines are read, no parent is missing, no cycles, one root, no secrets.

    \b
    logtrace check logs/
    logtrace check logs/ -e 'operation("CreateTask").p99 < 500ms'
    logtrace check good.log --record baseline.json
    logtrace check new.log --baseline baseline.json
    logtrace check logs/ --format junit -o report.xml
    """
    refuse_together("record", "baseline")
    refuse_together("form", "as_json")
    with opened_store(store, paths, settings) as opened:
        report = opened.check(since_ns=since_ns, until_ns=until_ns, settings=settings(), **asked)
        if asked["record"]:
            say(f"{asked['record']}: baseline of {counted(report.traces, 'trace')}")
        tell_of_window(opened, report, (since_ns, until_ns), tz)
        tell(ctx, report, "json" if as_json else form, output, strict, no_color)
