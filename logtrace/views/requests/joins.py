"""What was joined to a trace, and on what evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from logtrace.analysis.traces.linked import Join
from logtrace.units import counted
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.names import place
from logtrace.views.elements.text import clean

MOST = 8
_KEYS = {"requestid": "request id", "eventid": "event id", "correlationid": "correlation id"}


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


@dataclass(frozen=True)
class RelatedBeside:
    """A renderable: other traces that belong to one and are not drawn."""

    trace_ids: Sequence[str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text()
        named = ", ".join(clean(each) for each in self.trace_ids[:MOST])
        rest = len(self.trace_ids) - MOST
        more = f" and {rest:,} more" if rest > 0 else ""
        told = f"{counted(len(self.trace_ids), 'other trace')}, by a link or a shared id: {named}{more}"
        yield from labelled("related", f"{told}; --linked draws them as one", options.max_width)


def join_text(join: Join) -> str:
    """`98f1… under worker: PublishToQueue of 4bf9…: its lines name that trace (observed)`."""
    under = f"under {place(join.span)} of" if join.span is not None else "beside"
    key = _KEYS.get(join.how, join.how)
    evidence = "its lines name that trace (observed)" if join.observed else f"both log the same {key} (inferred)"
    return f"{clean(join.lower)} {under} {clean(join.upper)}: {evidence}"
