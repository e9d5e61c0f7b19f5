"""Two traces side by side: what differs, where they first part, and both trees as one with their durations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.traces.attributes import AttributeChange, tells_status
from logtrace.analysis.traces.compare import (
    ADDED,
    ATTRIBUTES,
    ERROR_LINE,
    FAILED,
    MOVED,
    OTHER_ERROR,
    REMOVED,
    SLOWER,
    Change,
    Comparison,
    Node,
    agreed,
)
from logtrace.model import LineRef, Trace
from logtrace.units import counted, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.names import duration_text, operation_text, place, span_name
from logtrace.views.elements.ratios import brief_ratio_text
from logtrace.views.elements.text import clean, fit, wrap
from logtrace.views.tree import nodes as tree
from logtrace.views.tree.details import attribute_text, error_text
from logtrace.views.tree.header import may_go_on
from logtrace.views.tree.labels import TreeColumn, count_text, label, rails
from logtrace.views.tree.rows import Row, limited_rows

MOST_ROWS = 60
MOST_NAMED = 12
WORDS_WIDTH = 70
REPEATED = 3
"""A change of an attribute in so many spans is told once, above the tree."""

_RESULT, _DIFFER = "result", "differ"

_WORDS = {ADDED: "new", REMOVED: "missing", FAILED: "failed", ATTRIBUTES: ""}


def compare_view(
    found: Comparison, zone: tzinfo, glyphs: Glyphs, everything: bool = False, others: Sequence[Comparison] = ()
) -> RenderableType:
    """The comparison for a console of any width from 40 cells.

    everything  every row, and minor changes of attributes
    others      comparisons of the same bad request with further good ones
    """
    return CompareView(found, zone, glyphs, everything, others)


@dataclass
class CompareView:
    """A renderable: the layout is made when the width is known."""

    found: Comparison
    zone: tzinfo
    glyphs: Glyphs
    everything: bool
    others: Sequence[Comparison] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for title, value, style in compare_facts(self.found, self.zone, self.glyphs):
            aside = self._aside() if title in (_DIFFER, _RESULT) else ""
            yield from labelled(title, self.glyphs.plain(value + aside), options.max_width, style)
        if self.others:
            yield from labelled("agreed", agreed_text([self.found, *self.others]), options.max_width)
        if self.found.common:
            yield Text()
            yield from self._tree(options.max_width)

    def _aside(self) -> str:
        """That attributes differ that are not shown."""
        changes = [change for node in self.found.nodes for change in node.attributes if change.minor]
        many = 0 if self.everything else sum(not tells_status(change.key) for change in changes)
        return f"; {counted(many, 'attribute')}, {'an id' if many == 1 else 'ids'} or much alike (--all)" if many else ""

    @cached_property
    def repeated(self) -> frozenset[tuple[str, str, str]]:
        """Changes of attributes that many spans share."""
        return frozenset(key for key, count in _shared(self.found).items() if count >= REPEATED)

    def _tree(self, width: int) -> Iterator[Text]:
        by_item = {id(node.span): node for node in self.found.nodes}
        changed = {node.span.key for node in self.found.nodes if node.changes}
        items = [tree.Node(node.span, node.parent, node.depth) for node in self.found.nodes]
        rows = limited_rows(items, changed, None if self.everything else MOST_ROWS)
        shown = [by_item[id(row.item)] for row in rows]
        layout = _layout(shown, rows, width, self.glyphs)
        yield layout.titles()
        for at, node in enumerate(shown):
            row = layout.line(at, node)
            row.rstrip()
            yield row
            yield from (Text(layout.margin(at) + line, style) for line, style in self._under(node, layout.room(at)))
        if rest := len(self.found.nodes) - len(rows):
            yield from (Text(), Text(f"{rest:,} more rows, changed ones first: --all shows them", palette.DIM))

    def _under(self, node: Node, room: int) -> Iterator[tuple[str, str]]:
        if FAILED in node.changes or OTHER_ERROR in node.changes or ERROR_LINE in node.changes:
            text = clean(error_text(node.span)) or "no message"
            yield from ((line, palette.ERROR) for line in wrap(f"error: {text}", room))
        for change in node.attributes:
            told = _key(change) in self.repeated
            if self.everything or not (change.minor or told):
                style = palette.DIM if change.minor else palette.SLOW
                yield fit(self.glyphs.plain(attribute_change_text(change, self.glyphs)), room, self.glyphs.ellipsis), style


def compare_facts(found: Comparison, zone: tzinfo, glyphs: Glyphs) -> Iterator[tuple[str, str, str]]:
    """(label, text, style) of what differs as a whole."""
    yield "good", trace_text(found.a, zone), ""
    yield "bad", trace_text(found.b, zone), ""
    if not found.common:
        yield "common", nothing_text(found), palette.SLOW
        return
    yield (
        "common",
        f"{found.common:,} of {len(found.a.spans):,} and {counted(len(found.b.spans), 'span')} answer to one another",
        "",
    )
    if found.missing:
        yield "missing", f"in bad: {_names(found.missing)}", palette.SLOW
    if found.new:
        yield "new", f"in bad: {_names(found.new)}", palette.SLOW
    if found.first is None:
        itself = found.a.trace_id == found.b.trace_id
        same = "it is the same trace" if itself else "the same spans, the same status; no duration differs enough to say so"
        yield _RESULT, same, palette.LABEL
    else:
        yield _DIFFER, count_changes(found), ""
        yield "first", change_text(found.first, glyphs), palette.LABEL
    for (key, a, b), count in _shared(found).items():
        if count >= REPEATED:
            yield "in many", f"{key}: {a} {glyphs.arrow} {b} (in {counted(count, 'span')})", ""


def nothing_text(found: Comparison) -> str:
    """Why two traces have nothing in common."""
    empty = [side for side, trace in (("good", found.a), ("bad", found.b)) if not trace.spans]
    if empty:
        return f"nothing: {' and '.join(empty)} {'have' if len(empty) > 1 else 'has'} no spans, only log lines"
    return "nothing: no operation of one answers to one of the other; they are different requests"


def agreed_text(comparisons: Sequence[Comparison]) -> str:
    """`against 5 healthy requests: CreateTask slower (5), PublishToQueue slower (1)`."""
    found = agreed(comparisons)
    told = [f"{operation_text(each.service, each.name)} {_WORDS.get(each.kind) or each.kind} ({each.requests})" for each in found]
    rest = len(told) - MOST_NAMED
    more = f" and {rest:,} more" if rest > 0 else ""
    return f"against the {len(comparisons)} healthy requests most like it: {', '.join(told[:MOST_NAMED]) or 'nothing'}{more}"


def trace_text(trace: Trace, zone: tzinfo) -> str:
    """`4bf92f… POST /api/v1/tasks, 2024-…, took 131ms, 6 spans, 1 failed`."""
    root = f" {span_name(trace.roots[0])}" if trace.roots else ""
    start = f", {format_instant(trace.start_ns, zone)}" if trace.start_ns is not None else ", no times"
    least = "at least " if may_go_on(trace) else ""
    took = f", took {least}{format_duration(trace.duration_ns)}" if trace.duration_ns is not None else ""
    failed = sum(span.status == "error" for span in trace.spans)
    return f"{clean(trace.trace_id)}{root}{start}{took}, {counted(len(trace.spans), 'span')}, {failed or 'none'} failed"


def count_changes(found: Comparison) -> str:
    """`2 missing, 1 failed, 1 slower`: how many spans have each kind of change."""
    counts = Counter(kind for node in found.nodes for kind in node.changes)
    return ", ".join(f"{count:,} {_WORDS.get(kind) or kind}" for kind, count in counts.items() if kind != ATTRIBUTES) or (
        f"attributes of {counted(counts[ATTRIBUTES], 'span')} alone"
    )


def change_text(change: Change, glyphs: Glyphs) -> str:
    """`+65ms edge-mcp: SendMessage failed: write tcp …: broken pipe`."""
    node = change.node
    at = f"+{format_duration(change.at_ns)} " if change.at_ns is not None else ""
    head = f"{at}{place(node.span)}"
    if change.kind in (FAILED, OTHER_ERROR, ERROR_LINE):
        return f"{head} {change.kind}: {clean(error_text(node.span)) or 'no message'}"
    if node.timing is not None and change.kind not in (MOVED, ATTRIBUTES):
        before, after = format_duration(node.timing.a_ns), format_duration(node.timing.b_ns)
        return f"{head} {kind_text(change.kind, node)}: {before} {glyphs.arrow} {after}"
    if change.kind == ATTRIBUTES:
        told = [attribute_change_text(each, glyphs) for each in node.attributes if not each.minor]
        return f"{head}: {'; '.join(told)}"
    return f"{head} {'is missing' if change.kind == REMOVED else 'is new' if change.kind == ADDED else change.kind}"


def kind_text(kind: str, node: Node) -> str:
    """The word for a kind of change; a slowdown says what it was measured against."""
    if kind != SLOWER or node.timing is None:
        return _WORDS.get(kind, kind)
    return "slower, beyond its p99" if node.timing.beyond_p99 else "slower, no baseline"


def attribute_change_text(change: AttributeChange, glyphs: Glyphs) -> str:
    """`context.size_bytes: 10.5MB (10485760) → 524MB (524288000)`; `- key: value` where it is gone, `+` where new."""
    if not change.known_b:
        return f"- {attribute_text(change.key, change.a)}"
    if not change.known_a:
        return f"+ {attribute_text(change.key, change.b)}"
    after = attribute_text(change.key, change.b).removeprefix(f"{clean(change.key)}: ")
    times = f" ({brief_ratio_text(change.ratio, glyphs.times)})" if change.ratio is not None and not change.minor else ""
    return f"{attribute_text(change.key, change.a)} {glyphs.arrow} {after}{times}"


def _names(operations: Sequence[tuple[str, str]]) -> str:
    named = [operation_text(*each) for each in operations]
    rest = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


def _key(change: AttributeChange) -> tuple[str, str, str]:
    def text(known: bool, value: Any) -> str:
        return attribute_text("", value).removeprefix(": ") if known else "(none)"

    return clean(change.key), text(change.known_a, change.a), text(change.known_b, change.b)


def _shared(found: Comparison) -> Counter[tuple[str, str, str]]:
    """How many spans each change of an attribute is in; minor ones are left out."""
    return Counter(_key(change) for node in found.nodes for change in node.attributes if not change.minor)


@dataclass(frozen=True)
class _Layout:
    """The columns: tree, both durations, their ratio, and (where there is room) what changed."""

    rows: Sequence[Row]
    column: TreeColumn
    cells: tuple[int, int, int]
    words: bool
    width: int
    glyphs: Glyphs

    def titles(self) -> Text:
        """The line above the tree."""
        good, bad, _ = self.cells
        return Text(f"{'':<{self.column.cells}} {'good':>{good}} {'bad':>{bad}}", palette.DIM, no_wrap=True)

    def line(self, at: int, node: Node) -> Text:
        """A row: what is missing or new has one duration."""
        text = label(self.rows, at, self.column, self.glyphs, count_text(self.rows[at], self.glyphs))
        text.append(" " * (self.column.cells - text.cell_len))
        texts = cell_texts(node, self.glyphs)
        for cells, cell in zip(self.cells, texts, strict=True):
            text.append(f" {cell:>{cells}}")
        words = changes_text(node)
        style = palette.ERROR if FAILED in node.changes else palette.SLOW
        return text.append(f"  {words if self.words else self.glyphs.slow * bool(words)}", style)

    def margin(self, at: int) -> str:
        """What stands before the lines under a row."""
        before = rails(self.rows, at, self.column, self.glyphs, numbered=False)
        return before + (self.glyphs.rail if self.rows[at].leads else " ") + " "

    def room(self, at: int) -> int:
        """Cells of a line under a row."""
        return max(10, self.width - cell_len(self.margin(at)))


def cell_texts(node: Node, glyphs: Glyphs) -> tuple[str, str, str]:
    """Both durations and their ratio; `-` where a side is missing."""
    good = duration_text(node.a, glyphs) if node.a is not None else "-"
    bad = duration_text(node.b, glyphs) if node.b is not None else "-"
    return good, bad, brief_ratio_text(node.timing.ratio, glyphs.times) if node.timing is not None else ""


def changes_text(node: Node) -> str:
    """What changed in a few words; attributes stand below."""
    return ", ".join(text for kind in node.changes if (text := kind_text(kind, node)))


def _layout(shown: Sequence[Node], rows: Sequence[Row], width: int, glyphs: Glyphs) -> _Layout:
    texts = [cell_texts(node, glyphs) for node in shown]
    good, bad, ratio = (max(least, *(cell_len(cells[at]) for cells in texts)) for at, least in enumerate((4, 3, 0)))
    words = width >= WORDS_WIDTH
    sign = max(cell_len(changes_text(node)) for node in shown) if words else cell_len(glyphs.slow)
    most = max(12, width - good - bad - ratio - 3 - sign - 2)
    depth = max((row.depth for row in rows if not isinstance(row.item, LineRef)), default=0)
    unit = 4 if depth * 4 <= most * 2 // 5 else 2
    column = TreeColumn(unit, max(2, most * 2 // 5 // unit), len(str(depth)), most)
    widest = max(label(rows, at, column, glyphs, count_text(row, glyphs)).cell_len for at, row in enumerate(rows))
    return _Layout(rows, column._replace(cells=min(most, max(12, widest))), (good, bad, ratio), words, width, glyphs)
