"""Where answers go: a terminal (in colour, through a pager), a pipe (plain), or a program (JSON)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

TERMINAL_WIDTH = 80
PIPED_WIDTH = 120
MIN_WIDTH, MAX_WIDTH = 40, 2_000
ECHOED = 1 << 16


@dataclass(frozen=True)
class Screen:
    """How a reader wants answers: the zone of times, as JSON, in colour, through a pager."""

    zone: tzinfo = UTC
    json: bool = False
    colour: bool = True
    pager: bool = True

    def answer(
        self, view: Callable[[], Iterable[RenderableType]], shape: Callable[[], Any], *, whole_lines: bool = False
    ) -> None:
        """Prints what the reader asked for: the JSON of `shape`, or the renderables of `view`, one after the other.

        shape           gives a value as json_parts takes it
        whole_lines     lines are longer than the terminal on purpose: they are neither cut nor wrapped; so are those of a
                        part that says so of itself, since it has commands to copy
        """
        if self.json:
            from logtrace.views.json.text import json_parts

            echo_pieces(json_parts(shape(), pretty=is_terminal()))
            click.echo()
            return
        with self.console() as console:
            for part in view():
                console.print(part, soft_wrap=whole_lines or getattr(part, "whole_lines", False))

    @contextmanager
    def console(self) -> Iterator[Console]:
        """A console on stdout, or on a pager in front of it."""
        from logtrace.cli.console import console

        with self.output() as out:
            yield console(out, screen_width(), self.colour and colours_wanted())

    @contextmanager
    def output(self) -> Iterator[IO[str]]:
        """stdout, or a pager in front of it where stdout is a terminal."""
        if not (self.pager and is_terminal()):
            yield sys.stdout
            return
        from logtrace.cli.pager import paged

        with paged() as out:
            yield out


def echo_pieces(pieces: Iterable[str]) -> None:
    """Pieces of text to stdout, as click.echo writes them (as UTF-8 where stdout knows ASCII alone): many with one call of it."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= ECHOED:
            click.echo("".join(held), nl=False)
            held, size = [], 0
    click.echo("".join(held), nl=False)


def is_terminal() -> bool:
    """Whether a person sees stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def colours_wanted() -> bool:
    """NO_COLOR forbids, FORCE_COLOR demands; else a terminal that can."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (is_terminal() and os.environ.get("TERM") != "dumb")


def screen_width() -> int:
    """Cells in a line: COLUMNS, else the terminal's, else 80 for a terminal and 120 for a pipe; from 40 to 2,000."""
    fallback = TERMINAL_WIDTH if is_terminal() else PIPED_WIDTH
    return min(MAX_WIDTH, max(MIN_WIDTH, _columns() or fallback))


def _columns() -> int:
    """COLUMNS, else what the terminal says, else 0. As shutil does it, which takes as long to load as a small trace to show."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and told.strip("0"):
        return int(told[:9])
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 0
    except (ValueError, OSError):
        return 0


def ascii_only() -> bool:
    """Whether stdout can't show box drawing."""
    try:
        "├━✓".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return True
    return False
