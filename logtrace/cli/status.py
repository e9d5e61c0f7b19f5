"""`logtrace status`: what the store holds and what it could not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli.options import reading, store_option
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen, screen_width
from logtrace.cli.talk import say

if TYPE_CHECKING:
    from logtrace.api import Store


@click.command("status")
@click.option("--rejected", is_flag=True, help="Each rejected line with file, number and reason.")
@store_option
@reading
def command(screen: Screen, store: str | None, rejected: bool) -> None:
    """The store: its sources, what it holds, rejected lines by reason, its size.

    \b
    logtrace status
    logtrace status --rejected
    """
    from logtrace import api
    from logtrace.views.upkeep.status import store_status

    with api.open(store_path(store)) as opened:
        if rejected:
            _rejected(screen, opened)
            return
        status = opened.status()
        screen.answer(lambda: [store_status(status, screen.zone)], status.as_json)


def _rejected(screen: Screen, store: Store) -> None:
    from logtrace.views.json.shapes import VERSION
    from logtrace.views.upkeep.status import rejected_places

    lines = tuple(store.rejected())
    screen.answer(
        lambda: rejected_places(lines, screen_width()),
        lambda: {"version": VERSION, "rejected": [line._asdict() for line in lines]},
    )
    if not lines:
        say(f"no line in {store.name} was rejected")
