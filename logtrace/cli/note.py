"""`logtrace note`: what is known about an error or a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli.options import reading, store_option
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.api import Store
    from logtrace.store.upkeep.notes import Note


@click.command("note")
@click.argument("subject", metavar="[FINGERPRINT|TRACE_ID]", required=False)
@click.argument("text", metavar="[TEXT]...", nargs=-1)
@click.option("--remove", is_flag=True, help="Forget all notes about it.")
@store_option
@reading
def command(screen: Screen, store: str | None, subject: str | None, text: tuple[str, ...], remove: bool) -> None:
    """Keep what is known about a kind of error or a request; errors, show and report tell it from then on.

    Without TEXT: the notes about it; without anything: all notes. The beginning of a fingerprint or an id will do.

    \b
    logtrace note 2095ff23 "Bedrock quota: see the runbook"
    logtrace note 98f13708 "customer was told"
    logtrace note
    """
    from logtrace import api
    from logtrace.views.errors.notes import notes_view
    from logtrace.views.json.errors import notes_json

    with api.open(store_path(store)) as opened:
        found = _asked(opened, subject, text, remove)
        screen.answer(lambda: [notes_view(found, screen.zone, removed=remove)], lambda: notes_json(found))


def _asked(store: Store, subject: str | None, words: tuple[str, ...], remove: bool) -> list[Note]:
    """Does what the words ask for; gives the notes that are there (or were, where they are removed)."""
    if subject is None:
        if remove:
            raise UsageError("--remove needs a fingerprint or a trace id", "logtrace note lists the notes")
        return store.noted()
    if remove and words:
        raise UsageError("--remove takes no text", "it forgets all notes about a subject")
    if remove:
        return store.forget(subject)
    if words:
        return [store.note(subject, " ".join(words))]
    return store.noted([store.subject(subject)])
