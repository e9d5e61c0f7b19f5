"""`logtrace push`: traces go to a collector or to Jaeger."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import click

from logtrace.cli import complete
from logtrace.cli.options import coloured, in_json, quieted, store_option, talking, window, zoned
from logtrace.cli.pushing import Asked, choosing, connecting, follow, once, sending, verified
from logtrace.cli.screen import Screen
from logtrace.errors import UsageError


@click.command("push")
@click.argument("url", metavar="[URL]", default="")
@click.argument("words", metavar="[TRACE_ID]...", nargs=-1, shell_complete=complete.trace_ids)
@zoned
@window
@choosing
@sending
@connecting
@click.option("--dry-run", is_flag=True, help="Say what would be sent; send nothing.")
@click.option("--follow", "live", is_flag=True, help="Go on as spans close; [TRACE_ID]... are then PATHs, read meanwhile.")
@click.option("--verify", metavar="URL", help="Send nothing: compare with what this Jaeger shows (http://HOST:16686).")
@store_option
@quieted
@in_json
@coloured
@talking
def command(
    tz: tzinfo, url: str, words: tuple[str, ...], dry_run: bool, live: bool, verify: str | None, quiet: bool, as_json: bool,
    no_color: bool, **asked: Any,
) -> None:  # fmt: skip
    """Send traces to an OpenTelemetry collector or to Jaeger, by OTLP: http(s)://HOST:4318 or grpc(s)://HOST:4317.

    What was taken is remembered in the store for each receiver: the same command again sends the rest, also after a kill.
    See: logtrace help jaeger.

    \b
    logtrace push http://jaeger:4318 --dry-run
    logtrace push http://jaeger:4318 --where 'error' --since 1d
    logtrace push grpc://collector:4317 @error
    logtrace push --follow http://jaeger:4318 /var/log/mcp
    logtrace push --verify http://jaeger:16686 --since 1d
    """
    screen = Screen(tz, as_json, not no_color, pager=False)
    told = Asked(screen, quiet, **asked)
    if verify is not None:
        verified(told, verify, (*filter(None, [url]), *words))
    elif not url:
        raise UsageError("there is no receiver", "name one: logtrace push http://HOST:4318, or grpc://HOST:4317")
    elif live:
        follow(told, url, words, dry_run)
    else:
        once(told, url, words, dry_run)
