"""Progress of long work: a bar on stderr where that is a terminal, else nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

Progress = Callable[[int, int, int], None]
Done = Callable[[int, int], None]


@contextmanager
def progress_bar(wanted: bool, colour: bool) -> Iterator[Progress | None]:
    """Something to call with bytes done, bytes in all (0: not known) and lines read; None where nobody looks."""
    with _bar(wanted, colour, "DownloadColumn") as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("", total=None, rate="")

        def progress(done: int, size: int, lines: int) -> None:
            # packed files hold more than their size says: then the end is not known
            bar.update(task, completed=done, total=size if size >= done else None, rate=_rate(bar, lines, "lines"))

        yield progress


@contextmanager
def counting_bar(wanted: bool, colour: bool, of: str) -> Iterator[Done | None]:
    """Something to call with how many are done, and how many there are in all; None where nobody looks."""
    with _bar(wanted, colour, "MofNCompleteColumn") as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("", total=None, rate="")
        yield lambda done, every: bar.update(task, completed=done, total=every, rate=_rate(bar, done, of))


@contextmanager
def _bar(wanted: bool, colour: bool, amounts: str) -> Iterator[Bar | None]:
    """A bar with a column of rich for what is done; None where stderr is no terminal."""
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.BarColumn(),
        getattr(progress, amounts)(),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(compact=True),
        progress.TextColumn("left"),
    )
    console = Console(stderr=True, no_color=not colour or None)
    with progress.Progress(*columns, console=console, transient=True) as bar:
        yield bar


def _rate(bar: Bar, done: int, of: str) -> str:
    elapsed = bar.tasks[0].elapsed or 0
    return f"{done / elapsed:,.0f} {of}/s" if elapsed > 0 else ""
