"""The progress of an ingest: a bar on stderr where that is a terminal, else nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int, int], None]


@contextmanager
def progress_bar(wanted: bool, colour: bool) -> Iterator[Progress | None]:
    """Something to call with bytes done, bytes in all (0: not known) and lines read; None where nobody looks."""
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
    )
    with Bar(*columns, console=Console(stderr=True, no_color=not colour or None), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def progress(done: int, size: int, lines: int) -> None:
            elapsed = bar.tasks[0].elapsed or 0
            rate = f"{lines / elapsed:,.0f} lines/s" if elapsed > 0 else ""
            # packed files hold more than their size says: then the end is not known
            bar.update(task, completed=done, total=size if size >= done else None, rate=rate)

        yield progress
