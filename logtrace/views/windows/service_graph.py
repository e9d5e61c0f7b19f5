"""Services and their calls, for people: a tree from where requests begin; Mermaid and DOT for drawings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.statistics.service_graph import Calls, ServiceGraph
from logtrace.units import counted, format_duration
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import UNICODE, Glyphs
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.ratios import share_text
from logtrace.views.elements.remarks import notes_lines
from logtrace.views.elements.text import clean
from logtrace.views.windows.stats import percentile_text

UNNAMED = "(not named)"


def service_graph_view(found: ServiceGraph, glyphs: Glyphs) -> RenderableType:
    """The graph as a tree; what was drawn already is not drawn again."""
    return ServiceGraphView(found, glyphs)


@dataclass(frozen=True)
class ServiceGraphView:
    """A renderable: laid out when the width is known."""

    found: ServiceGraph
    glyphs: Glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        found, width = self.found, options.max_width
        columns = [Column(title, right=True) for title in ("calls", "failed", "p50", "p99")]
        yield from grid([*columns, Column("service")], list(self._rows()), width, cut=True)
        if found.unknown_lengths:
            many = f"{found.unknown_lengths:,} of {counted(sum(each.calls for each in (*found.edges, *found.entries)), 'call')}"
            yield from labelled("left out", f"{many}: open, or at least so long, and in no percentile", width)
        inferred = sum(each.inferred for each in found.edges)
        if inferred:
            many = f"{inferred:,} of {counted(sum(each.calls for each in found.edges), 'call')}"
            yield from labelled("inferred", f"the callers of {many} are named by no line", width)
        for service, many_lost in found.not_logged:
            name = clean(service) or UNNAMED
            yield from labelled("partial", f"{counted(many_lost, 'call')} of {name} from spans that were never logged", width)
        for cycle in found.cycles:
            names = f" {self.glyphs.arrow} ".join(clean(name) or UNNAMED for name in (*cycle, cycle[0]))
            yield from labelled("circle", names, width)
        yield from notes_lines(found.notes, width)

    def _rows(self) -> Iterator[tuple[Text, ...]]:
        entries = {each.callee: each for each in self.found.entries}
        drawn: set[str] = set()
        for top in self.found.tops():
            yield self._row(entries.get(top), "", top, " (drawn above)" if top in drawn else "")
            yield from self._below(top, "", drawn)

    def _below(self, caller: str, rails: str, drawn: set[str]) -> Iterator[tuple[Text, ...]]:
        """The calls of a service, without recursion: (rails, edge) from the last to the first."""
        stack = self._edges_of(caller, rails)
        drawn.add(caller)
        while stack:
            before, last, each = stack.pop()
            again = each.callee in drawn
            branch = f"{before}{self.glyphs.corner if last else self.glyphs.tee}{self.glyphs.dash * 2} "
            yield self._row(each, branch, each.callee, " (drawn above)" if again and self._has_calls(each.callee) else "")
            if not again:
                drawn.add(each.callee)
                stack += self._edges_of(each.callee, before + ("    " if last else f"{self.glyphs.rail}   "))

    def _has_calls(self, service: str) -> bool:
        return bool(self.found.graph.out_degree(service))

    def _edges_of(self, caller: str, rails: str) -> list[tuple[str, bool, Calls]]:
        edges = [each for each in self.found.edges if each.caller == caller]
        return [(rails, each is edges[-1], each) for each in reversed(edges)]

    def _row(self, each: Calls | None, branch: str, service: str, more: str) -> tuple[Text, ...]:
        name = (
            Text(branch, no_wrap=True).append(clean(service) or UNNAMED, palette.service_style(service)).append(more, palette.DIM)
        )
        numbers = ("", "", "", "") if each is None else call_texts(each)
        calls, failed, p50, p99 = map(self.glyphs.plain, numbers)
        return Text(calls), Text(failed, palette.ERROR), Text(p50), Text(p99), name


def call_texts(each: Calls) -> tuple[str, str, str, str]:
    """Number, share of failures, p50 and p99 of calls."""
    p50 = "" if each.p50_ns is None else format_duration(each.p50_ns)
    p99 = percentile_text(each.p99_ns, each.samples, each.p99_is_max)
    return f"{each.calls:,}", share_text(each.errors / each.calls), p50, p99


def mermaid(found: ServiceGraph) -> str:
    """The graph in Mermaid's notation, for Markdown pages and tickets."""
    ids = {name: f"s{number}" for number, name in enumerate(found.services)}
    lines = [f'    {ids[name]}["{_mermaid_text(name)}"]' for name in found.services]
    lines += [f'    {ids[each.caller]} -->|"{_mermaid_text(_label(each))}"| {ids[each.callee]}' for each in found.edges]
    return "\n".join(["flowchart LR", *lines])


def dot(found: ServiceGraph) -> str:
    """The graph in the notation of Graphviz."""
    lines = [f"    {_dot_text(name)};" for name in found.services]
    lines += [
        f"    {_dot_text(each.caller)} -> {_dot_text(each.callee)} [label={_dot_text(_label(each))}];" for each in found.edges
    ]
    return "\n".join(["digraph services {", "    rankdir=LR;", "    node [shape=box];", *lines, "}"])


TEXTS = {"mermaid": mermaid, "dot": dot}
"""Notation → how a graph is written in it."""


def _label(each: Calls) -> str:
    calls, failed, p50, p99 = call_texts(each)
    times = [f"p50 {p50}", p99 if each.p99_is_max else f"p99 {p99}"] if each.samples else []
    return UNICODE.plain(
        ", ".join([f"{calls} call{'' if each.calls == 1 else 's'}", *([f"{failed} failed"] if failed else []), *times])
    )


def _mermaid_text(text: str) -> str:
    """Text between quotes: whatever Mermaid or HTML would read goes in as a code."""
    return "".join(char if char.isalnum() or char in " .,:/_-%()" else f"#{ord(char)};" for char in _name(text))


def _dot_text(text: str) -> str:
    escaped = _name(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _name(text: str) -> str:
    return clean(text) or UNNAMED


def graph_lines(found: ServiceGraph, notation: str) -> Sequence[RenderableType]:
    """The graph in Mermaid or DOT, as it is to be copied."""
    return [Text(TEXTS[notation](found), no_wrap=True)]
