"""`logtrace ingest`: log files into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import params
from logtrace.cli.options import Body, coloured, in_json, store_option, talking
from logtrace.cli.screen import Screen
from logtrace.errors import InputError, UsageError

if TYPE_CHECKING:
    from logtrace.account import Account


def reading_files(body: Body) -> Body:
    """The arguments and options of both verbs that read files into a store."""
    options = (
        click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(readable=False)),
        click.option(
            "--input-tz", type=params.zone_name, envvar="LOGTRACE_INPUT_TZ", metavar="ZONE",
            help="Zone of times in the logs that name none; else UTC.",
        ),
        click.option(
            "--default-service", envvar="LOGTRACE_DEFAULT_SERVICE", metavar="NAME",
            help="Service of lines whose service nothing else tells.",
        ),
        click.option("--print", "print_traces", is_flag=True, help="Print each trace once it gets no more lines (of --follow)."),
        store_option,
        click.option("-q", "--quiet", is_flag=True, envvar="LOGTRACE_QUIET", help="Neither progress nor summary."),
        in_json,
        coloured,
        talking,
    )  # fmt: skip
    for option in reversed(options):
        body = option(body)
    return body


@click.command("ingest")
@click.option("--follow", is_flag=True, help="Go on reading what is appended, until interrupted; see: logtrace help follow.")
@reading_files
def command(**options: Any) -> None:
    """Read log files into the store, and say what became of every line.

    PATH: files (also compressed, and zip or tar of them), folders, patterns, or - for stdin. One JSON object a line, bare
    or wrapped by docker, Kubernetes, journald and others. Known files are read from where they ended; see: logtrace help
    getting-started.

    \b
    logtrace ingest /var/log/mcp
    kubectl logs deploy/edge-mcp | logtrace ingest -
    """
    run(**options)


def run(
    paths: tuple[str, ...], store: str | None, input_tz: str | None, default_service: str | None, quiet: bool, as_json: bool,
    no_color: bool, follow: bool, print_traces: bool,
) -> None:  # fmt: skip
    """What `ingest` does, and `watch`."""
    from logtrace import api, config
    from logtrace.cli.following import follow as follow_files
    from logtrace.cli.progress import progress_bar
    from logtrace.cli.stdin import STDIN, stdin
    from logtrace.ingest.records import Settings

    told = config.load()
    settings = Settings(input_tz or told.input_tz, told.default_service if default_service is None else default_service)
    if follow:
        _show(
            follow_files(paths, config.store_path(store), settings, shared=told.shared, told=print_traces, as_json=as_json),
            not (quiet or print_traces), as_json, no_color,
        )  # fmt: skip
        return
    if print_traces:
        raise UsageError("--print prints what --follow sees close", "logtrace traces lists what is in the store")
    if STDIN in paths:
        stdin()
    with progress_bar(not quiet, not no_color) as progress:
        account = api.ingest(paths, config.store_path(store), settings=settings, shared=told.shared, progress=progress)
    _show(account, as_json or not quiet, as_json, no_color)
    require_use(account)


def _show(account: Account, wanted: bool, as_json: bool, no_color: bool) -> None:
    from logtrace.views.account import ingest_summary

    if wanted:
        Screen(json=as_json, colour=not no_color, pager=False).answer(lambda: [ingest_summary(account)], account.as_json)


def require_use(account: Account) -> None:
    """Raises InputError where a path can't be read, or where no line carried a trace id: then with what was found."""
    if account.explanation:
        found, *more = account.explanation
        raise InputError(found, "\n".join([*more, "logtrace help fields tells what a line needs"]))
    if account.files_unreadable:
        (path, reason), *others = account.files_unreadable
        rest = f"; and {len(others):,} more" if others else ""
        raise InputError(f"not read: {path}: {reason}{rest}", "all else is ingested; again, the same command reads what is new")
