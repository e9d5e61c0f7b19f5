"""What to ask next, below an answer: commands, each with what it tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from logtrace.views.elements import palette
from logtrace.views.elements.labelled import LABEL_CELLS
from logtrace.views.elements.text import shell_word

GAP = 2


class Step(NamedTuple):
    """The words of a command line, and what it tells."""

    words: tuple[str, ...]
    tells: str


@dataclass(frozen=True)
class NextSteps:
    """A renderable: a line a step. Commands can be copied: too long ones go on after a backslash; what they tell goes where
    it has no room."""

    steps: Sequence[Step]
    whole_lines: ClassVar[bool] = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.steps:
            yield Text()
        room = options.max_width - LABEL_CELLS
        commands = [list(command_lines(step.words, room)) for step in self.steps]
        longest = max((cell_len(line) for lines in commands for line in lines), default=0)
        for number, (step, lines) in enumerate(zip(self.steps, commands, strict=True)):
            told = len(lines) == 1 and longest + GAP + cell_len(step.tells) <= room
            for at, line in enumerate(lines):
                label = "next" if number == at == 0 else ""
                text = Text(no_wrap=True).append(f"{label:<{LABEL_CELLS}}", palette.DIM).append(line)
                yield text.append(" " * (longest - cell_len(line) + GAP) + step.tells, palette.DIM) if told else text


def command_lines(words: Sequence[str], room: int) -> Iterator[str]:
    """A command as a shell reads it, in lines of at most so many cells as far as its words allow."""
    line = ""
    for word in map(shell_word, words):
        if line and cell_len(line) + 1 + cell_len(word) + GAP > room:
            yield f"{line} \\"
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line
