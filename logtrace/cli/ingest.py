"""`logtrace ingest`: log files into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli.options import coloured, in_json, parsing, store_option, talking
from logtrace.cli.screen import Screen
from logtrace.errors import InputError

if TYPE_CHECKING:
    from logtrace.account import Account
    from logtrace.ingest.records import Settings


@click.command("ingest")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(readable=False))
@parsing
@store_option
@click.option("-q", "--quiet", is_flag=True, envvar="LOGTRACE_QUIET", help="Neither progress nor summary.")
@in_json
@coloured
@talking
def command(settings: Settings, paths: tuple[str, ...], store: str | None, quiet: bool, as_json: bool, no_color: bool) -> None:
    """Read log files into the store, and say what became of every line.

    PATH: files (also compressed, and zip or tar of them), folders, patterns, or - for stdin. One JSON object a line, logfmt
    or the text of a logger, as it is or wrapped by docker, Kubernetes or compose. Known files are read from where they ended;
    see: logtrace help getting-started.

    \b
    logtrace ingest /var/log/mcp
    kubectl logs deploy/edge-mcp | logtrace ingest -
    logtrace ingest --trace-key request_id edge-mcp.log
    """
    from logtrace import api, config
    from logtrace.cli.progress import progress_bar
    from logtrace.cli.stdin import STDIN, stdin
    from logtrace.views.account import ingest_summary

    if STDIN in paths:
        stdin()
    told = config.load()
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
        help_ = "logtrace formats explain FILE shows what became of each key; logtrace help fields tells what a line needs"
        raise InputError(found, "\n".join([*more, help_]))
    if account.files_unreadable:
        (path, reason), *others = account.files_unreadable
        rest = f"; and {len(others):,} more" if others else ""
        raise InputError(f"not read: {path}: {reason}{rest}", "all else is ingested; again, the same command reads what is new")
