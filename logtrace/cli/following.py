"""An ingest that goes on until it is told to stop, for `ingest --follow` and `watch`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from logtrace.cli.talk import say
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.account import Account
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.following.tending import Tending
    from logtrace.model import TraceSummary


class Beside(NamedTuple):
    """What is done beside following: alerts (rules), where they go, the port of metrics (None: none)."""

    alerts: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    metrics_port: int | None = None


def follow(
    paths: tuple[str, ...], store: Path, settings: Settings, shared: bool, printed: str | None, as_json: bool,
    beside: Beside = Beside(),  # noqa: B008 - an immutable value
) -> Account:  # fmt: skip
    """Follows until SIGINT or SIGTERM. What is wrong with files is said at the end.

    printed     each trace is printed as it closes: "" all, else those that the expression holds for; None: none is
    """
    from logtrace import api, config
    from logtrace.jobs.keeping.policy import policy_of
    from logtrace.jobs.workers.allocation import give_memory_back

    give_memory_back()
    tell_what_is_not_read(paths)
    with _tending(beside, store) as tending, stopped_by_signals() as stop:
        closed = None if printed is None else _printed(as_json)
        account = api.follow(
            paths, stop, store, settings=settings, shared=shared, closed=closed, expression=printed or None,
            policy=policy_of(config.load()), tending=tending,
        )  # fmt: skip
    for path, reason in account.files_unreadable:
        say(f"not read: {path}: {reason}")
    return account


def tell_what_is_not_read(paths: Iterable[str]) -> None:
    """Says what there is nothing to read in by now, and which files never will be: their names are not those of logs."""
    from logtrace.ingest.files.paths import expand
    from logtrace.jobs.intake.tally import left_out_sentences

    left_out: list[str] = []
    for path, reason in expand(list(paths), left_out)[1]:
        say(f"waiting for {path}: {reason}")
    for sentence in left_out_sentences(left_out):
        say(sentence)


@contextmanager
def _tending(beside: Beside, store: Path) -> Iterator[Tending | None]:
    """Alerts and metrics for as long as the block lasts; None where none are asked for."""
    if beside.targets and not beside.alerts:
        raise UsageError("--alert-to says where alerts go, and there is none", "add --alert RULE")
    if not beside.alerts and beside.metrics_port is None:
        yield None
        return
    from logtrace.cli.steps import where
    from logtrace.jobs.following.tending import Tending
    from logtrace.query.alerts import parse_alert

    made = Tending(
        store, list(map(parse_alert, beside.alerts)), beside.targets, beside.metrics_port, say, click.echo, where=where()
    )
    try:
        yield made
    finally:
        made.close()


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGINT or SIGTERM sets; a second SIGINT interrupts at once."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def set_stop(_number: int, _frame: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in before:
        signal.signal(number, set_stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _printed(as_json: bool) -> Callable[[list[TraceSummary]], None]:
    from logtrace.views.json.shapes import VERSION, summary_json
    from logtrace.views.json.text import json_text
    from logtrace.views.lists.closed import trace_line

    def show(closed: list[TraceSummary]) -> None:
        for summary in closed:
            shape = {"version": VERSION, **summary_json(summary)}
            click.echo(json_text(shape, pretty=False) if as_json else trace_line(summary, UTC))

    return show
