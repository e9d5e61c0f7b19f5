"""`logtrace errors`: the errors of one request, or of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli import complete
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.screen import Screen, ascii_only
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.api import Store

MOST = 10


@click.command("errors", cls=FilesCommand)
@click.argument("trace_id", metavar="[TRACE_ID]", required=False, shell_complete=complete.trace_ids)
@window
@click.option("--service", metavar="NAME", shell_complete=complete.services, help="Of this service alone.")
@click.option("--all", "everything", is_flag=True, help="All of them, however many.")
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, trace_id: str | None, files: tuple[str, ...], since_ns: int | None, until_ns: int | None,
    service: str | None, everything: bool,
) -> None:  # fmt: skip
    """Why a request failed: where its errors began, and who passed them on. Without TRACE_ID: what kinds of errors
    there are, how many, since when, and what is new since --since.

    An error has a fingerprint: the same trouble in the same operation, whatever ids and numbers its message holds.

    \b
    logtrace errors
    logtrace errors --since 1h --service worker
    logtrace errors @error
    logtrace errors --from worker.log edge-mcp.log
    """
    if trace_id is not None and (since_ns, until_ns, service) != (None, None, None):
        raise UsageError("--since, --until and --service are for the errors of all requests", "leave them out, or TRACE_ID")
    with opened_store(store, files) as opened:
        if trace_id is None:
            _of_all(screen, opened, since_ns, until_ns, service, everything)
        else:
            _of_one(screen, opened, trace_id, everything)


def _of_one(screen: Screen, opened: Store, trace_id: str, everything: bool) -> None:
    from logtrace.cli.find import page_of
    from logtrace.cli.steps import after_errors
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.errors.of_trace import trace_errors_view
    from logtrace.views.json.analysis import trace_errors_json

    page = page_of(opened, trace_id)
    found = opened.trace_errors(page.trace)
    screen.answer(
        lambda: [
            trace_errors_view(found, screen.zone, signs(ascii_only()), everything, page.notes),
            after_errors(page),
        ],
        lambda: trace_errors_json(found, [note.text for note in page.notes]),
    )


def _of_all(
    screen: Screen, opened: Store, since_ns: int | None, until_ns: int | None, service: str | None, everything: bool
) -> None:
    from logtrace.cli import empty
    from logtrace.cli.steps import after_kinds
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.errors.groups import error_groups_view
    from logtrace.views.errors.notes import by_subject
    from logtrace.views.json.errors import error_groups_json

    found = opened.errors(since_ns=since_ns, until_ns=until_ns, service=service)
    notes = by_subject(opened.noted())
    most = len(found.groups) if everything else MOST
    example = next((group.examples[0] for group in found.groups if group.count and group.examples), "")
    screen.answer(
        lambda: [error_groups_view(found, most, notes, screen.zone, signs(ascii_only())), after_kinds(example, opened.id_length)],
        lambda: error_groups_json(found, notes),
    )
    if not found.groups and not opened.traces(since_ns=since_ns, until_ns=until_ns, service=service, limit=1):
        empty.tell(opened, service, screen.zone, of_spans=False)
