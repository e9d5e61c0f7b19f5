"""`logtrace compare`: a bad request beside a good one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen, ascii_only

if TYPE_CHECKING:
    from logtrace.analysis.compare import Compared
    from logtrace.api import Store


@click.command("compare", cls=FilesCommand)
@click.argument("good", metavar="[GOOD]", shell_complete=complete.trace_ids)
@click.argument("bad", metavar="BAD", required=False, shell_complete=complete.trace_ids)
@click.option("--all", "everything", is_flag=True, help="Every row, and attributes that differ in any two requests.")
@from_option
@store_option
@reading
def command(screen: Screen, store: str | None, good: str, bad: str | None, files: tuple[str, ...], everything: bool) -> None:
    """A bad request beside a good one: what is missing, new, slower, failed or changed, and where they first part.

    With BAD alone it is compared with the healthy requests of the store that are most like it. Slower is
    only what is beyond the p99 of its operation, where the store has at least 100 of it.

    \b
    logtrace compare @error
    logtrace compare 6d1f0c5e c81e728d
    logtrace compare @slowest --from /var/log/mcp
    """
    from logtrace.cli.steps import after_compare
    from logtrace.views.compare import compare_view
    from logtrace.views.glyphs import signs
    from logtrace.views.json_compare import compare_json

    with opened_store(store, files) as opened:
        found = _compared(opened, good, bad)
        view = compare_view(found.comparison, screen.zone, signs(ascii_only()), everything, found.others)
        steps = after_compare(found.comparison.a, found.comparison.b)
        screen.answer(lambda: [view, steps], lambda: compare_json(found))


def _compared(store: Store, good: str, bad: str | None) -> Compared:
    """The comparison of two traces; of one alone with healthy ones."""
    from logtrace.cli.named import require_named

    require_named(store, good)
    if bad is None:
        return store.compare(store.trace(good))
    require_named(store, bad)
    one = store.trace(good)
    return store.compare(store.trace(bad), one)
