"""`logtrace clocks`: how far the clocks of hosts differ."""

from __future__ import annotations

import click

from logtrace.cli.options import reading, store_option
from logtrace.cli.place import store_place
from logtrace.cli.screen import Screen


@click.command("clocks")
@store_option
@reading
def command(screen: Screen, store: str | None) -> None:
    """How far the clocks of hosts (or services) differ, and how that is known.

    Found from all calls between them at once, when logs are ingested. Logged times stay as they are: show adds what
    stands here, unless --raw-times is given.

    \b
    logtrace clocks
    logtrace show @last --raw-times
    """
    from logtrace import api
    from logtrace.views.json.shapes import VERSION, clock_json, left_clock_json
    from logtrace.views.lists.tables import clocks_table

    with api.open(store_place(store)) as opened:
        clocks, left = opened.clocks(), opened.clocks_left()
        screen.answer(
            lambda: [clocks_table(clocks, left)],
            lambda: {
                "version": VERSION, "clocks": [clock_json(c) for c in clocks], "uncorrected": [left_clock_json(c) for c in left]
            },
        )  # fmt: skip
