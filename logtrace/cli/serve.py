"""`logtrace serve`: the page, and what Jaeger's own clients ask."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import params
from logtrace.cli.options import parsing, store_option, talking
from logtrace.cli.place import store_path
from logtrace.cli.talk import say
from logtrace.errors import UsageError
from logtrace.patterns import lazy_pattern

if TYPE_CHECKING:
    from logtrace.ingest.records import Settings
    from logtrace.server.otlp_in import Intake

_PATH = lazy_pattern(r"(?:/?[A-Za-z0-9._~-]+)*/?", re.ASCII)


@click.command("serve")
@click.argument("files", metavar="[FILES]...", nargs=-1, type=click.Path(readable=False))
@click.option("--follow", is_flag=True, help="FILES are read into the store as they grow; the page is live.")
@click.option("--otlp", is_flag=True, help="Also take OTLP at /v1/traces and /v1/logs into the store.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=16686, show_default=True, help="0: any that is free.")
@click.option("--root-path", default="", metavar="PATH", help="Where a proxy has it, such as /logtrace.")
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name by which this machine is asked.")
@click.option("--token", envvar="LOGTRACE_TOKEN", metavar="TEXT", help="What clients must know; auto: one is made up.")
@click.option("--no-auth", is_flag=True, help="Whoever can reach --host may read all logs.")
@click.option(
    "--max-clock-skew", "most_skew_ns", type=params.duration, default="0s", show_default=True, metavar="DURATION",
    help="Jaeger's API moves spans of other hosts by at most so much; 0s: it only warns.",
)  # fmt: skip
@click.option("--open", "browse", is_flag=True, help="Open the page in a browser.")
@parsing
@store_option
@talking
def command(
    host: str, port: int, root_path: str, hosts: tuple[str, ...], token: str | None, no_auth: bool, most_skew_ns: int,
    browse: bool, **sources: Any,
) -> None:  # fmt: skip
    """A page to look at, and the query API of Jaeger, until interrupted.

    With FILES: of these, without a store. Only this machine can reach it, unless --host says otherwise; then a --token
    guards it. See: logtrace help serve.

    \b
    logtrace serve
    logtrace serve incident/*.log
    logtrace serve --follow /var/log/mcp
    logtrace serve --host 0.0.0.0 --token auto
    """
    from logtrace.server.guard import Rules
    from logtrace.server.run import serve

    rules = Rules(_token(host, token, no_auth), frozenset(hosts), _prefix(root_path), most_skew_ns)
    with _sources(**sources) as (path, intake):
        serve(path, host, port, rules, lambda address: _started(address, rules.token, browse), intake)


@contextmanager
def _sources(
    files: tuple[str, ...], follow: bool, otlp: bool, settings: Settings, store: str | None
) -> Iterator[tuple[Path, Intake | None]]:
    """(the store to serve, what takes OTLP into it) for as long as it is served."""
    from logtrace import api, config
    from logtrace.cli.files import opened_store

    if follow and not files:
        raise UsageError("there is nothing to follow", "name files, folders or patterns")
    with ExitStack() as stack:
        if files and not follow:
            if store is not None:
                raise UsageError("FILES are served without a store", "leave --store out, or add --follow")
            path = stack.enter_context(opened_store(None, files)).path
        else:
            path = store_path(store)
        intake, spooled = _intake(stack, path, follow) if otlp else (None, ())
        if follow:
            shared = config.load().shared
            stack.enter_context(api.following([*files, *spooled], path, _ended, settings=settings, shared=shared))
        api.open(path).close()  # raises where there is none
        yield path, intake


def _intake(stack: ExitStack, path: Path, follow: bool) -> tuple[Intake, tuple[str, ...]]:
    """What takes OTLP, and the files that it writes."""
    from logtrace import api
    from logtrace.jobs.intake.spool import Spool
    from logtrace.server.otlp_in import Intake, require_protobuf

    require_protobuf()
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="logtrace-otlp-")))
    spool = Spool(folder, path, followed=follow)
    if not follow and not path.exists():
        api.ingest([spool.pattern], path)  # an empty store to begin with
    return Intake(spool), (spool.pattern,)


def _ended(told: str) -> None:
    say(f"nothing is followed any more: {told}")


def _token(host: str, told: str | None, no_auth: bool) -> str:
    """The token that clients must know, "" for none. Raises UsageError where everybody could read everything by mistake."""
    if told == "auto":
        import secrets

        return secrets.token_urlsafe(24)
    if not told and not no_auth and not _is_loopback(host):
        raise UsageError(f"others can reach {host}, and nothing would guard the logs", "add --token auto, or --no-auth")
    return told or ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _prefix(path: str) -> str:
    """The path with a slash before it and none behind; "" for the root. Raises UsageError for what no address may have."""
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise UsageError(
            f"--root-path {path!r} is no path of an address", "letters, digits and - . _ ~ between slashes: /logtrace"
        )
    return f"/{path.strip('/')}" if path.strip("/") else ""


def _started(address: str, token: str, browse: bool) -> None:
    page = f"{address}?token={token}" if token else address
    say(f"serving at {page}", "Ctrl-C ends it")
    if browse:
        import webbrowser

        webbrowser.open(page)
