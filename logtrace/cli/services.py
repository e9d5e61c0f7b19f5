"""`logtrace services`: who speaks in the logs of a store, and who calls whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli import empty
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.screen import Screen, ascii_only

if TYPE_CHECKING:
    from logtrace.api import Store

NOTATIONS = ("terminal", "mermaid", "dot")


@click.command("services", cls=FilesCommand)
@click.option(
    "--graph", "notation", is_flag=False, flag_value="terminal", type=click.Choice(NOTATIONS), metavar="[=NOTATION]",
    help="Who calls whom: calls, failures, p50 and p99; =mermaid or =dot for drawings.",
)  # fmt: skip
@window
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, files: tuple[str, ...], since_ns: int | None, until_ns: int | None, notation: str | None
) -> None:
    """Services with their spans, operations and errors, and when they were seen; or who calls whom.

    \b
    logtrace services
    logtrace services --since 1h --json
    logtrace services --graph
    logtrace services --graph=dot | dot -Tsvg > services.svg
    """
    with opened_store(store, files) as opened:
        show = _table if notation is None else _graph
        if not show(screen, opened, since_ns, until_ns, notation or ""):
            empty.tell(opened, None, screen.zone)


def _table(screen: Screen, opened: Store, since_ns: int | None, until_ns: int | None, _: str) -> bool:
    """Whether there is a service."""
    from logtrace.views.json.shapes import VERSION
    from logtrace.views.lists.tables import services_table

    rows, sampled = opened.services(since_ns=since_ns, until_ns=until_ns), opened.sampled()
    notes = [f"{sampled}; numbers are of what is kept"] if sampled else []
    screen.answer(
        lambda: [services_table(rows, screen.zone, notes)] if rows else [],
        lambda: {"version": VERSION, "notes": notes, "services": [row._asdict() for row in rows]},
    )
    return bool(rows)


def _graph(screen: Screen, opened: Store, since_ns: int | None, until_ns: int | None, notation: str) -> bool:
    """Whether there is a service in the graph."""
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.json.stats import service_graph_json
    from logtrace.views.windows.service_graph import graph_lines, service_graph_view

    found = opened.service_graph(since_ns=since_ns, until_ns=until_ns)
    drawn = notation in NOTATIONS[1:]
    screen.answer(
        lambda: (
            graph_lines(found, notation) if drawn else [service_graph_view(found, signs(ascii_only()))][: len(found.services)]
        ),
        lambda: service_graph_json(found),
        whole_lines=drawn,
    )
    return bool(found.services)
