"""What was joined to a trace, and on what evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from logtrace.analysis.linked import Join
from logtrace.views.header import counted, labelled
from logtrace.views.labels import place
from logtrace.views.text import clean


@dataclass(frozen=True)
class JoinsBeside:
    """A renderable: one line a join, below the picture of all."""

    joins: Sequence[Join]
    left_out: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text()
        for join in self.joins:
            yield from labelled("joined", join_text(join), options.max_width)
        if self.left_out:
            yield from labelled("joined", f"not {counted(self.left_out, 'more trace')} that belong to them", options.max_width)


def join_text(join: Join) -> str:
    """`98f1… under worker: PublishToQueue of 4bf9…: its lines name that trace (observed)`."""
    under = f"under {place(join.span)} of" if join.span is not None else "beside"
    evidence = "its lines name that trace (observed)" if join.observed else f"both log the same {join.how} (inferred)"
    return f"{clean(join.lower)} {under} {clean(join.upper)}: {evidence}"
