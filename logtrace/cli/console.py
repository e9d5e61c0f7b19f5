"""The rich console that pictures are printed on."""

from __future__ import annotations

from typing import IO, NoReturn

import rich.console


class Console(rich.console.Console):
    """A console that leaves a closed pipe to `main`: rich would end the program with exit code 1."""

    def on_broken_pipe(self) -> NoReturn:
        """Called where BrokenPipeError is handled: raises it again."""
        raise  # noqa: PLE0704


def console(out: IO[str], width: int, colour: bool) -> Console:
    """A console that takes text as it is: no markup, no highlighting, no emoji codes; without colour no control codes."""
    return Console(
        file=out, width=width, force_terminal=colour, color_system="auto" if colour else None,
        markup=False, highlight=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
