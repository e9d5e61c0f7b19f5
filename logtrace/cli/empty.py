"""What to say when a list is empty, or goes on: never silence."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from logtrace.cli.talk import say
from logtrace.units import format_instant

if TYPE_CHECKING:
    from logtrace.api import Store
    from logtrace.model import TraceSummary

ROUND = 5


def tell_of_traces(store: Store, found: Sequence[TraceSummary], limit: int, service: str | None, zone: tzinfo) -> None:
    """Says that a list of traces goes on, or why it is empty."""
    if len(found) > limit:
        say(f"the {limit:,} most recent; there are more", f"{_again('--limit', str(limit * ROUND))} shows more")
    elif not found:
        tell(store, service, zone)


def tell(store: Store, service: str | None, zone: tzinfo) -> None:
    """Says why a list is empty: an empty store, or a window beside the newest record."""
    newest = store.traces(limit=1, service=service)
    if not newest:
        say(f"the store at {store.name} holds no traces", "logtrace ingest PATH… reads logs into it")
    elif newest[0].start_ns is None:
        say("nothing in that time; the store holds traces without a time", f"{_again()} shows them")
    else:
        start = format_instant(newest[0].start_ns, zone, digits=0)
        of = f" of {service}" if service else ""
        say(f"nothing in that time; the newest trace{of} began at {start}", f"{_again('--since', start)} reaches it")


def _again(*more: str) -> str:
    """The command of this call, with its own flags but for the window (and for what is given anew), and `more`."""
    context = click.get_current_context()
    words = ["logtrace", str(context.info_name)]
    for param in context.command.params:
        flag = param.opts[-1]
        given = context.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
        if given and param.name not in ("since_ns", "until_ns") and flag not in more:
            value = context.params[param.name or ""]
            words += [flag] if isinstance(value, bool) else [flag, str(value)]
    return shlex.join([*words, *more])
