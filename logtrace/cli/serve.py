"""`logtrace serve`: the page, and what Jaeger's own clients ask."""

from __future__ import annotations

import ipaddress

import click

from logtrace.cli.options import store_option, talking
from logtrace.cli.talk import say
from logtrace.errors import UsageError


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=16686, show_default=True, help="0: any that is free.")
@click.option("--root-path", default="", metavar="PATH", help="Where a proxy has it, such as /logtrace.")
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name by which this machine is asked.")
@click.option("--token", envvar="LOGTRACE_TOKEN", metavar="TEXT", help="What clients must know; auto: one is made up.")
@click.option("--no-auth", is_flag=True, help="Whoever can reach --host may read all logs.")
@click.option("--open", "browse", is_flag=True, help="Open the page in a browser.")
@store_option
@talking
def command(
    host: str, port: int, root_path: str, hosts: tuple[str, ...], token: str | None, no_auth: bool, browse: bool,
    store: str | None,
) -> None:  # fmt: skip
    """A page to look at, and the query API of Jaeger, until interrupted.

    Only this machine can reach it, unless --host says otherwise; then a --token guards it. See: logtrace help serve.

    \b
    logtrace serve
    logtrace serve --host 0.0.0.0 --token auto
    """
    from logtrace import api, config
    from logtrace.server.guard import Rules
    from logtrace.server.run import serve

    rules = Rules(_token(host, token, no_auth), frozenset(hosts), _prefix(root_path))
    path = config.store_path(store)
    api.open(path).close()  # raises where there is none
    serve(path, host, port, rules, lambda address: _started(address, rules.token, browse))


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
    return f"/{path.strip('/')}" if path.strip("/") else ""


def _started(address: str, token: str, browse: bool) -> None:
    page = f"{address}?token={token}" if token else address
    say(f"serving at {page}", "Ctrl-C ends it")
    if browse:
        import webbrowser

        webbrowser.open(page)
