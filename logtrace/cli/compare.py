"""`logtrace compare`: a bad request beside a good one; or many requests beside many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option
from logtrace.cli.populations import Populations, compared_populations, given_populations, populations_options
from logtrace.cli.screen import Screen, ascii_only
from logtrace.cli.together import refuse_together
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.analysis.traces.compare import Compared
    from logtrace.api import Store

MOST = 10


@click.command("compare", cls=FilesCommand)
@click.argument("good", metavar="[GOOD]", required=False, shell_complete=complete.trace_ids)
@click.argument("bad", metavar="[BAD]", required=False, shell_complete=complete.trace_ids)
@populations_options
@click.option("--all", "everything", is_flag=True, help="Every row, and attributes that differ in any two requests.")
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), default=MOST, show_default=True, help="At most so many findings, and values."
)
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, good: str | None, bad: str | None, files: tuple[str, ...], everything: bool, limit: int,
    **options: Any,
) -> None:  # fmt: skip
    """A bad request beside a good one: what is missing, new, slower, failed or changed, and where they first part.

    With BAD alone it is compared with the healthy requests of the store that are most like it. Slower is
    only what is beyond the p99 of its operation, where the store has at least 100 of it.

    With --before and --after, --deploy or --ago: many requests beside many. Each kind of request is compared with its
    own kind; a finding is more than chance among all tests made (that takes: pip install 'logtrace[stats]').

    \b
    logtrace compare @error
    logtrace compare 6d1f0c5e c81e728d
    logtrace compare @slowest --from /var/log/mcp
    logtrace compare --ago 1h --window 10m
    logtrace compare --deploy 2024-01-10T14:30Z
    logtrace compare --before "version = '1.4'" --after "version = '1.5'"
    """
    given = given_populations(options)
    if given.asked == (good is not None):
        both = "ids of requests and populations do not go together" if good else "there is nothing to compare"
        raise UsageError(both, "give BAD, or GOOD BAD; or --before with --after, --deploy or --ago")
    refuse_together("good", "limit")
    for name in Populations._fields:
        refuse_together(name, "everything")
    with opened_store(store, files) as opened:
        if good is not None:
            _two(screen, opened, good, bad, everything)
        else:
            _many(screen, opened, given, limit)


def _two(screen: Screen, opened: Store, good: str, bad: str | None, everything: bool) -> None:
    from logtrace.cli.steps import after_compare
    from logtrace.views.comparing.two import compare_view
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.compare import compare_json

    found = _compared(opened, good, bad)
    view = compare_view(found.comparison, screen.zone, signs(ascii_only()), everything, found.others)
    a, b = found.comparison.a, found.comparison.b
    screen.answer(lambda: [view, after_compare(a, b, opened.id_length)], lambda: compare_json(found))


def _many(screen: Screen, opened: Store, given: Populations, limit: int) -> None:
    from logtrace.views.comparing.cohorts import cohorts_view
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.cohorts import cohorts_json

    found = compared_populations(opened, given, screen.zone)
    screen.answer(lambda: [cohorts_view(found, limit, screen.zone, signs(ascii_only()))], lambda: cohorts_json(found))


def _compared(store: Store, good: str, bad: str | None) -> Compared:
    """The comparison of two traces; of one alone with healthy ones."""
    from logtrace.cli.named import require_named

    require_named(store, good)
    if bad is None:
        return store.compare(store.trace(good))
    require_named(store, bad)
    one = store.trace(good)
    same = [found.trace_id for found in store.find(bad)] == [one.trace_id]  # with itself: it is read once
    return store.compare(one if same else store.trace(bad), one)
