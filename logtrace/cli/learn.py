"""`logtrace learn`: who calls whom, from traces with known parents."""

from __future__ import annotations

import click

from logtrace.cli.options import reading, store_option
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen
from logtrace.cli.talk import say
from logtrace.errors import UsageError


@click.command("learn")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(readable=False))
@click.option("--show", is_flag=True, help="What is known: pairs of operations, the most frequent first.")
@store_option
@reading
def command(screen: Screen, store: str | None, files: tuple[str, ...], show: bool) -> None:
    """Learn who calls whom from traces with known parents, so that logs without them get better trees.

    FILE: traces that name their parents, of any system that runs the same services: logs, or an export in any format
    that ingest reads. They are not added to the store. Ten traces are enough to tell most calls.

    \b
    logtrace learn staging.log
    logtrace learn --show
    """
    from logtrace import api
    from logtrace.views.json.shapes import VERSION
    from logtrace.views.lists.tables import learned_text, pairs_table

    if not files and not show:
        raise UsageError("learn needs a FILE or --show", "logtrace learn --help tells more")
    path = store_path(store)
    if files:
        is_new = not path.exists()
        learned = api.learn(files, path)
        if is_new:
            say(f"there was no store at {path}: it was made, and knows this alone", "logs are ingested into it with --store")
        if not show:
            screen.answer(lambda: [learned_text(learned)], lambda: {"version": VERSION, **learned._asdict()})
            return
    with api.open(path) as opened:
        pairs = opened.known_pairs()
        screen.answer(
            lambda: [pairs_table(pairs)] if pairs else [], lambda: {"version": VERSION, "pairs": [p._asdict() for p in pairs]}
        )
        if not pairs:
            say(f"{opened.name} knows no pairs: all parents are named by lines", "logtrace learn PATH… learns from other logs")
