"""`logtrace doctor`: whether all is well with the store and around it."""

from __future__ import annotations

import click

from logtrace.cli.options import coloured, in_json, paged, store_option, talking
from logtrace.cli.screen import Screen, ascii_only, screen_width

FINDINGS = 10


@click.command("doctor")
@click.option("--repair", is_flag=True, help="Make a new store beside it, of all lines that can still be read.")
@store_option
@in_json
@coloured
@paged
@talking
@click.pass_context
def command(ctx: click.Context, store: str | None, repair: bool, as_json: bool, no_color: bool, no_pager: bool) -> None:
    """Is all well: configuration, versions, permissions, disk, the store itself, its sources, the clock; and how to mend what
    is not. Ends with 10 where something is to be mended.

    Nothing is changed; --repair leaves the store as it is and makes a new one. See: logtrace help store.

    \b
    logtrace doctor
    logtrace doctor --repair
    """
    from logtrace import api
    from logtrace.views.upkeep.doctor import examined_view

    examined = api.doctor(store or None, repair=repair)
    screen = Screen(json=as_json, colour=not no_color, pager=not no_pager)
    screen.answer(lambda: examined_view(examined, screen_width(), plain=ascii_only()), examined.as_json)
    if not examined.is_well and examined.salvaged is None:
        ctx.exit(FINDINGS)
