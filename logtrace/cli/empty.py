"""What to say when a list is empty, or goes on: never silence."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Set
from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from logtrace.cli.group import WORDS
from logtrace.cli.talk import say
from logtrace.units import format_instant

if TYPE_CHECKING:
    from rich.console import RenderableType

    from logtrace.api import Store

ROUND = 5
_WINDOW = ("since_ns", "until_ns")


def going_on(sentence: str, *more: str) -> RenderableType:
    """What stands below a list that was cut: a sentence, and this call with `more` words, which shows more. It belongs to
    the list, so that who reads only its beginning is not told beside it."""
    from rich.text import Text

    from logtrace.views import palette

    return Text(f"{sentence}; there are more: {_again(*more, anew=())}", palette.DIM)


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


def tell_of_none(store: Store, sentence: str, newest_ns: int | None, zone: tzinfo) -> None:
    """Says that nothing was found: in an empty store, or in a window beside the newest that would be (None: there is none)."""
    if newest_ns is not None:
        start = format_instant(newest_ns, zone, digits=0)
        say(f"{sentence} in that time; the newest that does began at {start}", f"{_again('--since', start)} reaches it")
    elif not store.traces(limit=1):
        say(f"the store at {store.name} holds no traces", "logtrace ingest PATH… reads logs into it")
    else:
        say(sentence)


def _again(*more: str, anew: Collection[str] = _WINDOW) -> str:
    """The command of this call, with its own words but for the parameters `anew` and those of `more`, and `more`."""
    context = click.get_current_context()
    gone = [param.opts for param in context.command.params if param.name in anew or set(param.opts) & set(more)]
    words = _without({flag for flags in gone for flag in flags}, context.meta.get(WORDS, ()))
    return shlex.join(["logtrace", str(context.info_name), *words, *more])


def _without(flags: Set[str], words: Iterable[str]) -> Iterator[str]:
    """The words of a command line without some flags and the value of each."""
    left = iter(words)
    for word in left:
        if word in flags:
            next(left, None)
        elif word.partition("=")[0] not in flags:
            yield word
