"""`logtrace compare`: a bad request beside a good one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from logtrace.cli import complete
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen, ascii_only

if TYPE_CHECKING:
    from logtrace.analysis.compare import Compared


@click.command("compare")
@click.argument("good", metavar="[GOOD]", shell_complete=complete.trace_ids)
@click.argument("bad", metavar="BAD", required=False, shell_complete=complete.trace_ids)
@click.argument("files", metavar="[FILES]...", nargs=-1, type=click.Path(readable=False))
@click.option("--all", "everything", is_flag=True, help="Every row, and attributes that differ in any two requests.")
@store_option
@reading
def command(screen: Screen, store: str | None, good: str, bad: str | None, files: tuple[str, ...], everything: bool) -> None:
    """A bad request beside a good one: what is missing, new, slower, failed or changed, and where they first part.

    With BAD alone it is compared with the healthy requests of the store that are most like it. Slower is
    only what is beyond the p99 of its operation, where the store has at least 100 of it.

    \b
    logtrace compare @error
    logtrace compare 6d1f0c5e c81e728d
    logtrace compare 6d1f0c5e9b2a47d3 c81e728d9d4c4f63 edge-mcp.log
    """
    from logtrace.views.compare import compare_view
    from logtrace.views.glyphs import signs
    from logtrace.views.json_compare import compare_json

    found = _compared(good, bad, files, store)
    view = compare_view(found.comparison, screen.zone, signs(ascii_only()), everything, found.others)
    screen.answer(lambda: [view], lambda: compare_json(found))


def _compared(good: str, bad: str | None, files: Sequence[str], store: str | None) -> Compared:
    """The comparison of two traces, of the store or of files; of one alone with those of the store."""
    from logtrace.analysis.compare import Compared, compare
    from logtrace.cli.find import source

    with source(files, store) as opened:
        if bad is None:
            assert opened.store is not None  # files come after BAD
            return opened.store.compare(opened.page(good).trace)
        one, other = opened.page(good), opened.page(bad)
        return Compared(compare(one.trace, other.trace, other.history), (), None)
