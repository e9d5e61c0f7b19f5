"""--from PATH…: a verb that reads a store reads log files instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logtrace.cli.options import parsing_settings
from logtrace.cli.place import store_place
from logtrace.cli.together import refuse_together
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.api import Store
    from logtrace.ingest.settings import Settings

FLAG = "--from"
_BEFORE = "--from takes all words up to the next option; what is asked for stands before it"


class FilesCommand(click.Command):
    """A command whose --from takes all words up to the next option, as a shell leaves them of a pattern."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            rest = super().parse_args(ctx, list(_one_by_one(args)))
        except click.MissingParameter as error:
            if not any(word.partition("=")[0] == FLAG for word in args) or not isinstance(error.param, click.Argument):
                raise
            raise UsageError(f"there is no {error.param.make_metavar(ctx)}", _BEFORE) from error
        self._refuse_swallowed(ctx)
        return rest

    def _refuse_swallowed(self, ctx: click.Context) -> None:
        """Raises UsageError where --from took what was asked for: without it the answer would be another one."""
        lacking = [each for each in self.params if isinstance(each, click.Argument) and not ctx.params.get(each.name or "")]
        if lacking and not ctx.resilient_parsing:
            for word in ctx.params["files"]:
                if word != "-" and not Path(word).exists() and not glob(word, recursive=True):
                    raise UsageError(f"{word}: no such file", _BEFORE)


def _one_by_one(args: Iterable[str]) -> Iterator[str]:
    """The words of a command line with --from before each word that belongs to it."""
    words = iter(args)
    open_flag = taking = False
    for word in words:
        if open_flag or (taking and not _is_option(word)):
            yield from (FLAG, word)
            open_flag = False
        elif word == FLAG:
            open_flag = taking = True
        else:
            taking = word.startswith(f"{FLAG}=")
            yield word
            if word == "--":
                yield from words
    if open_flag:
        yield FLAG


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def from_option(body: Callable[..., None]) -> Callable[..., None]:
    """--from, as `files`; give the command the class FilesCommand."""
    return click.option(
        FLAG, "files", multiple=True, metavar="PATH...", type=click.Path(readable=False),
        help="These log files, folders or patterns (- for stdin) instead of a store.",
    )(body)  # fmt: skip


@contextmanager
def opened_store(store: str | None, files: Sequence[str], settings: Callable[[], Settings] | None = None) -> Iterator[Store]:
    """The store that --store or the configuration names; where there are files, a temporary one of them. What of them
    could not be read is said. settings: how files are read; None: as the configuration says."""
    from logtrace import api

    refuse_together("store", "files", "paths")
    if not files:
        with api.open(store_place(store)) as opened:
            yield opened
        return
    from logtrace.cli.progress import progress_bar
    from logtrace.cli.stdin import STDIN, stdin
    from logtrace.cli.talk import say

    if STDIN in files:
        stdin()
    told = (settings or parsing_settings)()
    with ExitStack() as stack:
        with progress_bar(True, True) as progress:
            opened = stack.enter_context(api.open_files(files, settings=told, progress=progress))
        for note in opened.remarks:
            say(note)
        yield opened
