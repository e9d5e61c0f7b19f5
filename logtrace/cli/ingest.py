"""`logtrace ingest`: log files into the store."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import params
from logtrace.cli.options import Body, coloured, in_json, parsing, quieted, store_option, talking, zoned
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen
from logtrace.errors import InputError, Lines, UsageError

if TYPE_CHECKING:
    from logtrace.account import Account
    from logtrace.cli.following import Beside
    from logtrace.ingest.settings import Settings


def reading_files(body: Body) -> Body:
    """The arguments and options of both verbs that read files into a store."""
    options = (
        click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path(readable=False)),
        parsing,
        click.option(
            "--print", "printed", is_flag=False, flag_value="", metavar="[EXPRESSION]",
            help="Print each trace (that it holds for) once it gets no more lines.",
        ),
        store_option,
        quieted,
        in_json,
        coloured,
        talking,
    )  # fmt: skip
    for option in reversed(options):
        body = option(body)
    return body


@click.command("ingest")
@zoned
@click.option(
    "--since", "since_ns", type=params.instant, metavar="TIME", help="Lines from then: 1h, yesterday, 2024-01-10T14:30Z."
)
@click.option("--until", "until_ns", type=params.instant, metavar="TIME", help="Lines up to then.")
@click.option("--follow", is_flag=True, help="Go on reading what is appended, until interrupted; see: logtrace help follow.")
@reading_files
def command(tz: tzinfo, **options: Any) -> None:  # noqa: ARG001 - the zone of --since
    """Read log files into the store, and say what became of every line.

    PATH: files (also compressed, and zip or tar of them), folders, patterns, or - for stdin. One JSON object a line, logfmt
    or the text of a logger, bare or wrapped by docker, Kubernetes, journald and others. Known files are read from where they
    ended; see: logtrace help getting-started.

    \b
    logtrace ingest /var/log/mcp
    kubectl logs deploy/edge-mcp | logtrace ingest -
    logtrace ingest --trace-key request_id edge-mcp.log
    """
    run(**options)


def run(
    settings: Settings, paths: tuple[str, ...], store: str | None, quiet: bool, as_json: bool, no_color: bool, follow: bool,
    printed: str | None, since_ns: int | None = None, until_ns: int | None = None, beside: Beside | None = None,
) -> None:  # fmt: skip
    """What `ingest` does, and `watch`."""
    from logtrace import api, config
    from logtrace.cli.following import Beside
    from logtrace.cli.following import follow as follow_files
    from logtrace.cli.progress import progress_bar
    from logtrace.cli.stdin import STDIN, stdin

    _require(paths, follow, printed, since_ns, until_ns)
    told = config.load()
    if follow:
        watched = beside or Beside()
        account = follow_files(paths, store_path(store), settings, told.shared, printed, as_json, watched)
        _show(account, not quiet and printed is None, as_json, no_color)
        return
    if STDIN in paths:
        stdin()
    with progress_bar(not quiet, not no_color) as progress:
        account = api.ingest(
            paths, store_path(store), settings=settings, shared=told.shared, progress=progress,
            since_ns=since_ns, until_ns=until_ns,
        )  # fmt: skip
    _show(account, as_json or not quiet, as_json, no_color)
    require_use(account)


def _require(paths: tuple[str, ...], follow: bool, printed: str | None, since_ns: int | None, until_ns: int | None) -> None:
    """Raises UsageError where a path is missing, or options stand together that can't."""
    if follow and (since_ns, until_ns) != (None, None):
        raise UsageError("--since and --until are about lines that are there, --follow about those that come", "leave one out")
    if since_ns is not None and until_ns is not None and since_ns > until_ns:
        raise UsageError("--since is later than --until", "a window goes from --since up to --until")
    if not paths:
        taken = (
            f"--print took {printed!r} for its expression: put PATH before it" if printed else "name files, folders or patterns"
        )
        raise UsageError("there is no PATH to read", taken)
    if printed is not None and not follow:
        raise UsageError("--print prints what --follow sees close", "logtrace traces lists what is in the store")


def _show(account: Account, wanted: bool, as_json: bool, no_color: bool) -> None:
    from logtrace.cli.steps import where
    from logtrace.views.upkeep.account import ingest_summary

    if wanted:
        Screen(json=as_json, colour=not no_color, pager=False).answer(lambda: [ingest_summary(account, where())], account.as_json)


def require_use(account: Account) -> None:
    """Raises InputError where a path can't be read, or where no line carried a trace id: then with what was found."""
    if account.explanation:
        found, *more = account.explanation
        help_ = "logtrace formats explain FILE shows what became of each key; logtrace help fields tells what a line needs"
        raise InputError(found, Lines.of([*more, help_]))
    if account.files_unreadable:
        (path, reason), *others = account.files_unreadable
        rest = f"; and {len(others):,} more" if others else ""
        raise InputError(f"not read: {path}: {reason}{rest}", "all else is ingested; again, the same command reads what is new")
