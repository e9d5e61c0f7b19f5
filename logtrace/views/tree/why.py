"""Why a span has its parent: the evidence, and the candidates with the parts of their scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.reconstruct.evidence.kinds import KIND, NAME
from logtrace.reconstruct.why import Weighed, Why
from logtrace.views.elements import palette
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.names import span_name
from logtrace.views.elements.text import clean
from logtrace.views.tree.evidence import parent_text

MOST = 12

_PACES = "the trace as a whole decides between the candidates: how soon operations call and answer; shares are without that"
_RIVAL = (
    "another span, within its parent or beside it, holds it, or may where lines alone tell when it ended, and could have called "
    "it as well: so it is less than 80 % sure"
)
_BLUR = "times in whole milliseconds leave open which of those about as near called it: so it is less than 80 % sure"
_DOUBT = (
    "what else always holds this operation's spans, ends just before them, or explains their times nearly as well, "
    "may call it: so it is less than 80 % sure"
)
_DRIFT = "by as much as clocks leave open another span that is no longer holds it: so it is less than 80 % sure"


def why_text(found: Why) -> RenderableType:
    """The explanation of one span's parent."""
    return WhyText(found)


@dataclass(frozen=True)
class WhyText:
    """A renderable: wrapped when the width is known."""

    found: Why

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        span, width = self.found.span, options.max_width
        yield from labelled("span", f"{span_name(span)}, {clean(span.service) or '(no service)'}, {clean(span.span_id)}", width)
        yield from labelled("parent", clean(span.parent_span_id or "none, a root"), width)
        yield from labelled("because", parent_text(span.parent), width)
        yield from labelled("from", _knowledge(self.found), width)
        if self.found.paced is not None:
            yield from labelled("paces", f"{_PACES}; {_trees(self.found)}", width)
        doubts = (
            (_RIVAL, self.found.rivalled),
            (_BLUR, self.found.blurred),
            (_DOUBT, self.found.doubted),
            (_DRIFT, self.found.adrift),
        )
        for text in (text for text, told in doubts if told):
            yield from labelled("doubt", text, width)
        yield Text()
        if not self.found.candidates:
            yield Text("no other span could be its parent", palette.DIM)
            return
        told = tuple(f"+ {column}" for column in self._told)
        titles = ("share", "score", "= calls", "+ gate", "+ between", "+ relation", *told, "+ room", "candidate")
        columns = [Column(title, title != "candidate") for title in titles]
        yield from grid(columns, list(self._rows()), width, cut=False)
        if len(self.found.candidates) > MOST:
            yield Text(f"{len(self.found.candidates) - MOST:,} more have less", palette.DIM)

    @property
    def _told(self) -> Sequence[str]:
        """The columns of what lines tell of both, where that speaks."""
        return [column for column in ("shared", "peers") if any(getattr(one, column) for one in self.found.candidates)]

    def _rows(self) -> Iterator[tuple[Text, ...]]:
        for one in self.found.candidates[:MOST]:
            chosen = one.span.key == self.found.span.parent_key
            told = (getattr(one, column) for column in self._told)
            numbers = (one.score, one.prior, one.gate, one.between, one.relation, *told, one.room)
            yield (
                Text(f"{one.share * 100:.0f} %", palette.LABEL if chosen else ""),
                *(Text(f"{number + 0.0:.2f}") for number in numbers),
                Text(_described(one, chosen), palette.LABEL if chosen else ""),
            )


def _trees(found: Why) -> str:
    assert found.paced is not None
    name = f"{clean(found.paced.service)}: {span_name(found.paced)}" if found.paced.service else span_name(found.paced)
    return f"of the trees by that, {found.weight * 100:.0f} % have it under {name}, {clean(found.paced.span_id)}"


_ASKED = {KIND: "its kind and those of others: what of them calls such spans; others are left out",
          NAME: "its name: what names itself the other end of the call; others are left out"}  # fmt: skip


def _knowledge(found: Why) -> str:
    if found.asks:
        return _ASKED[found.asks]
    if found.known:
        return "calls of this operation that lines name, or that were learned (logtrace learn --show)"
    return "times alone: no call of this operation is known; logtrace learn FILE… would tell more"


def _described(one: Weighed, chosen: bool) -> str:
    service = f"{clean(one.span.service)}: " if one.span.service else ""
    return f"{'▸ ' if chosen else ''}{service}{span_name(one.span)}, {one.how}"
