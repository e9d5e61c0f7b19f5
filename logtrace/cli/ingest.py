"""`logtrace ingest`: log files into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli import params
from logtrace.cli.options import coloured, in_json, store_option, talking
from logtrace.cli.screen import Screen
from logtrace.errors import InputError

if TYPE_CHECKING:
    from logtrace.account import Account


@click.command("ingest")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(readable=False))
@click.option(
    "--input-tz", type=params.zone_name, envvar="LOGTRACE_INPUT_TZ", metavar="ZONE",
    help="Zone of times in the logs that name none; else UTC.",
)  # fmt: skip
@click.option(
    "--default-service", envvar="LOGTRACE_DEFAULT_SERVICE", metavar="NAME",
    help="Service of lines whose service nothing else tells.",
)  # fmt: skip
@store_option
@click.option("-q", "--quiet", is_flag=True, envvar="LOGTRACE_QUIET", help="Neither progress nor summary.")
@in_json
@coloured
@talking
def command(
    paths: tuple[str, ...], store: str | None, input_tz: str | None, default_service: str | None, quiet: bool, as_json: bool,
    no_color: bool,
) -> None:  # fmt: skip
    """Read log files into the store, and say what became of every line.

    PATH: files (also compressed, and zip or tar of them), folders, patterns, or - for stdin. One JSON object a line, bare
    or wrapped by docker, Kubernetes, journald and others. Known files are read from where they ended; see: logtrace help
    getting-started.

    \b
    logtrace ingest /var/log/mcp
    kubectl logs deploy/edge-mcp | logtrace ingest -
    """
    from logtrace import api, config
    from logtrace.cli.progress import progress_bar
    from logtrace.cli.stdin import STDIN, stdin
    from logtrace.ingest.records import Settings
    from logtrace.views.account import ingest_summary

    if STDIN in paths:
        stdin()
    told = config.load()
    settings = Settings(input_tz or told.input_tz, told.default_service if default_service is None else default_service)
    with progress_bar(not quiet, not no_color) as progress:
        account = api.ingest(paths, config.store_path(store), settings=settings, shared=told.shared, progress=progress)
    if as_json or not quiet:
        screen = Screen(json=as_json, colour=not no_color, pager=False)
        screen.answer(lambda: [ingest_summary(account)], account.as_json)
    require_use(account)


def require_use(account: Account) -> None:
    """Raises InputError where a path can't be read, or where no line carried a trace id: then with what was found."""
    if account.explanation:
        found, *more = account.explanation
        raise InputError(found, "\n".join([*more, "logtrace help fields tells what a line needs"]))
    if account.files_unreadable:
        (path, reason), *others = account.files_unreadable
        rest = f"; and {len(others):,} more" if others else ""
        raise InputError(f"not read: {path}: {reason}{rest}", "all else is ingested; again, the same command reads what is new")
