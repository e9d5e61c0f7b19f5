"""The rich console that pictures are printed on."""

from __future__ import annotations

from typing import IO, Any, NoReturn

import rich.console
from rich.text import Text


class Console(rich.console.Console):
    """A console that leaves a closed pipe to `main`: rich would end the program with exit code 1. Of a text that is neither
    wrapped nor coloured it makes no picture: there may be hundred thousands of such lines."""

    def print(self, *objects: Any, soft_wrap: bool | None = None, **how: Any) -> None:
        """As rich has it."""
        match objects:
            case (Text(plain=plain, end=end),) if soft_wrap and self.color_system is None and not how and "\t" not in plain:
                self.file.write(plain + end)
            case _:
                super().print(*objects, soft_wrap=soft_wrap, **how)

    def on_broken_pipe(self) -> NoReturn:
        """Called where BrokenPipeError is handled: raises it again."""
        raise  # noqa: PLE0704


def console(out: IO[str], width: int, colour: bool) -> Console:
    """A console that takes text as it is: no markup, no highlighting, no emoji codes; without colour no control codes."""
    return Console(
        file=out, width=width, force_terminal=colour, color_system="auto" if colour else None,
        markup=False, highlight=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
