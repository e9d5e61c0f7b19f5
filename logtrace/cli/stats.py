"""`logtrace stats`: numbers about all requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import complete, params
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.screen import Screen, ascii_only
from logtrace.cli.together import refuse_together

if TYPE_CHECKING:
    from logtrace.api import Store
    from logtrace.jobs.statistics.of_spans import Asked

MOST = 20


@click.command("stats", cls=FilesCommand)
@window
@click.option("--service", metavar="NAME", shell_complete=complete.services, help="Of this service alone.")
@click.option("--operation", metavar="NAME", shell_complete=complete.operations, help="Of this operation alone, also over time.")
@click.option("--by", metavar="KEY", help="A row for each value of an attribute.")
@click.option("--series", metavar="KEY", help="A numeric attribute (or duration) over time: does it grow?")
@click.option("--sum", "total", metavar="KEY", help="A numeric attribute added up.")
@click.option("--step", "step_ns", type=params.stretch, metavar="DURATION", help="Of a series; else some thirty steps.")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=MOST, show_default=True, help="At most so many rows.")
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, files: tuple[str, ...], since_ns: int | None, until_ns: int | None, service: str | None,
    operation: str | None, by: str | None, series: str | None, total: str | None, step_ns: int | None, limit: int,
) -> None:  # fmt: skip
    """How many, how often, how many failed, how long (p50, p95, p99, max), whose time it was; with --since also against
    the window before.

    Percentiles are exact. Spans whose length is not known whole are left out of them, and how many is said. Of fewer
    than 100 a p99 is but the largest: that is what is printed. The time is that which no child of a span covers.

    \b
    logtrace stats --since 1h
    logtrace stats --operation CreateTask --since 24h --step 1h
    logtrace stats --by user.tier --operation CreateTask
    logtrace stats --series context.size_bytes --operation LoadContext
    logtrace stats --sum cost.total --since yesterday
    """
    from logtrace.jobs.statistics.of_spans import Asked

    refuse_together("by", "series", "total")
    refuse_together("step_ns", "total")
    asked = Asked(since_ns, until_ns, service, operation, by)
    with opened_store(store, files) as opened:
        if total is not None:
            _sum(screen, opened, asked, total)
        elif series is not None:
            _series(screen, opened, asked, series, step_ns)
        else:
            _stats(screen, opened, asked, step_ns, limit)


def _stats(screen: Screen, opened: Store, asked: Asked, step_ns: int | None, limit: int) -> None:
    from logtrace.cli import empty
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.stats import series_json, stats_json
    from logtrace.views.windows.series import series_view
    from logtrace.views.windows.stats import stats_view

    found, glyphs = opened.stats(**asked._asdict()), signs(ascii_only())
    if asked.operation is None or asked.by is not None or not found.spans:
        screen.answer(lambda: [stats_view(found, limit, screen.zone, glyphs)], lambda: stats_json(found))
        if not found.spans:
            empty.tell(opened, asked.service, screen.zone)
        return
    over_time = opened.series(**_place(asked), step_ns=step_ns)
    screen.answer(
        lambda: [stats_view(found, limit, screen.zone, glyphs), "", series_view(over_time, _name(asked), screen.zone, glyphs)],
        lambda: {**stats_json(found), "series": series_json(over_time)},
    )


def _series(screen: Screen, opened: Store, asked: Asked, key: str, step_ns: int | None) -> None:
    from logtrace.cli import empty
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.stats import series_json
    from logtrace.views.windows.series import series_view

    found = opened.series(key, **_place(asked), step_ns=step_ns)
    screen.answer(lambda: [series_view(found, _name(asked), screen.zone, signs(ascii_only()))], lambda: series_json(found))
    if not found.steps:
        empty.tell(opened, asked.service, screen.zone)


def _sum(screen: Screen, opened: Store, asked: Asked, key: str) -> None:
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.stats import sums_json
    from logtrace.views.windows.series import sums_view

    found = opened.sums(key, **_place(asked))
    screen.answer(lambda: [sums_view(found, signs(ascii_only()))], lambda: sums_json(found))


def _place(asked: Asked) -> dict[str, Any]:
    """All that is asked for but the attribute."""
    return {name: value for name, value in asked._asdict().items() if name != "by"}


def _name(asked: Asked) -> str:
    """What a series is of."""
    from logtrace.views.elements.text import clean

    return clean(": ".join(name for name in (asked.service, asked.operation) if name) or "all spans")
