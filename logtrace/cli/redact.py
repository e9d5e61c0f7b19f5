"""`logtrace redact`: secrets in what was ingested before."""

from __future__ import annotations

import click

from logtrace.cli.options import reading, store_option
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen, screen_width
from logtrace.cli.talk import say
from logtrace.cli.together import refuse_together

FINDINGS = 10


@click.command("redact")
@click.argument("path", metavar="[STORE]", required=False)
@click.option("--scan", is_flag=True, help="Say what there is, and change nothing; that is what happens without --apply.")
@click.option("--apply", "applied", is_flag=True, help="Take it out of the store: lines, and all that was made of them.")
@store_option
@reading
@click.pass_context
def command(ctx: click.Context, screen: Screen, path: str | None, store: str | None, scan: bool, applied: bool) -> None:  # noqa: ARG001 - the default
    """Secrets in the lines of a store: which rules find how many, and where. Ends with 10 where there are some left.

    Lines are redacted when they are ingested; this is for what was ingested before, or with fewer rules. See: logtrace help
    redaction.

    \b
    logtrace redact
    logtrace redact --scan incident.db
    logtrace redact --apply
    """
    from logtrace import api
    from logtrace.cli.options import parsing_settings
    from logtrace.views.upkeep.secrets import secrets_view

    refuse_together("scan", "applied")
    refuse_together("path", "store")
    found = api.redact(store_path(path or store), settings=parsing_settings(), apply=applied)
    screen.answer(lambda: secrets_view(found, screen_width()), found.as_json)
    if found.by_rule and not found.removed:
        say("secrets are kept in this store", "logtrace redact --apply takes them out")
        ctx.exit(FINDINGS)
