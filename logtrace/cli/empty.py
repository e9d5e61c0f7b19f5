"""What to say when a list is empty, or goes on: never silence."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Set
from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from logtrace.cli.group import WORDS
from logtrace.cli.talk import say
from logtrace.units import NS, format_instant
from logtrace.when import point_ns

if TYPE_CHECKING:
    from rich.console import RenderableType

    from logtrace.api import Store

ROUND = 5
_WINDOW = ("since_ns", "until_ns")


def going_on(sentence: str, *more: str) -> RenderableType:
    """What stands below a list that was cut: a sentence, and this call with `more` words, which shows more. It belongs to
    the list, so that who reads only its beginning is not told beside it."""
    from rich.text import Text

    from logtrace.views.elements import palette
    from logtrace.views.elements.text import clean

    return Text(clean(f"{sentence}; there are more: {_again(*more, anew=())}"), palette.DIM)


def tell(
    store: Store, service: str | None, zone: tzinfo, what: str = "no span of the store is one of those", of_spans: bool = True
) -> None:
    """Says why a list is empty: an empty store, one without spans (of_spans: the list is of these), or a window beside the
    newest record. what: without a window."""
    newest = store.traces(limit=1, service=service)
    if not newest:
        say(f"the store at {store.name} holds no traces", "logtrace ingest PATH… reads logs into it")
    elif of_spans and store.spans.newest_span_ns() is None and not store.stats().spans:
        told = f"the store at {store.name} holds traces, but no spans: no line names one, or tells how long something took"
        say(told, "logtrace help fields tells what a span is read from")
    elif not any(click.get_current_context().params.get(name) is not None for name in _WINDOW):
        say(what, "logtrace traces lists what is there")
    elif newest[0].start_ns is None:
        say("nothing in that time; the store holds traces without a time", f"{_again()} shows them")
    else:
        start = format_instant(newest[0].start_ns, zone, digits=0)
        of = f" of {service}" if service else ""
        say(
            f"nothing in that time{_from_now(zone)}; the newest trace{of} began at {start}",
            f"{_again('--since', start)} reaches it",
        )


def tell_of_none(store: Store, sentence: str, newest_ns: int | None, zone: tzinfo) -> None:
    """Says that nothing was found: in an empty store, or in a window beside the newest that would be (None: there is none)."""
    if newest_ns is not None:
        start = format_instant(newest_ns, zone, digits=0)
        told = f"{sentence} in that time{_from_now(zone)}; the newest that does began at {start}"
        say(told, f"{_again('--since', start)} reaches it")
    elif not store.traces(limit=1):
        say(f"the store at {store.name} holds no traces", "logtrace ingest PATH… reads logs into it")
    else:
        say(sentence)


def _from_now(zone: tzinfo) -> str:
    """Where the window counts from now (1h, yesterday), when that is: logs may be of another time."""
    now_ns, given = time.time_ns(), _given(click.get_current_context())
    if all(point_ns(text, zone, now_ns) == point_ns(text, zone, now_ns - NS["d"]) for text in given):
        return ""
    return f", which counts from now ({format_instant(now_ns, zone, digits=0)})"


def _given(context: click.Context) -> Iterator[str]:
    """The values of the words of this call that name a window."""
    words = context.meta.get(WORDS, ())
    flags = {flag for param in context.command.params if param.name in _WINDOW for flag in param.opts}
    for word, following in zip(words, [*words[1:], ""], strict=False):
        flag, sign, value = word.partition("=")
        if flag in flags:
            yield value if sign else following


def _again(*more: str, anew: Collection[str] = _WINDOW) -> str:
    """The command of this call, with its own words but for the parameters `anew` and those of `more`, and `more`."""
    from logtrace.views.elements.text import shell_word

    context = click.get_current_context()
    gone = [param.opts for param in context.command.params if param.name in anew or set(param.opts) & set(more)]
    words = _without({flag for flags in gone for flag in flags}, context.meta.get(WORDS, ()))
    return " ".join(map(shell_word, ["logtrace", str(context.info_name), *words, *more]))


def _without(flags: Set[str], words: Iterable[str]) -> Iterator[str]:
    """The words of a command line without some flags and the value of each."""
    left = iter(words)
    for word in left:
        if word in flags:
            next(left, None)
        elif word.partition("=")[0] not in flags:
            yield word
