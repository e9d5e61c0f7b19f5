"""What a waterfall leaves out, exactly, and the flags that show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from logtrace.analysis.traces.folding import Fold
from logtrace.model import LineRef, Rank, Span, Trace
from logtrace.units import counted
from logtrace.views.tree.nodes import Item, Node
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.rows import Row, spans_of


def footer(trace: Trace, nodes: Sequence[Node], rows: Sequence[Row], options: WaterfallOptions) -> Iterator[str]:
    """Sentences; nothing where everything is shown."""
    folds = [row.item for row in rows if isinstance(row.item, Fold)]
    if folds:
        spans, rows_text = sum(fold.spans for fold in folds), "one row" if len(folds) == 1 else f"{len(folds):,} rows"
        yield f"{counted(spans, 'span')} folded into {rows_text} of like siblings; --all shows each."
    filtered = len(trace.spans) - sum(spans_of(node.item) for node in nodes)
    if filtered:
        yield f"{filtered:,} of {len(trace.spans):,} spans hidden by {', '.join(options.filters) or 'the shape of the tree'}."
    if len(rows) < len(nodes):
        yield _over_limit(nodes, rows, options)
    if any(isinstance(row.item, Span) and row.item.name_rank > Rank.DERIVED and row.item.name for row in rows):
        yield "~ marks a name taken from a message or a logger: no line names the operation."


def _over_limit(nodes: Sequence[Node], rows: Sequence[Row], options: WaterfallOptions) -> str:
    """How many spans and log lines the row limit left out, and how many of the spans have an error."""
    shown, kept = [row.item for row in rows], [node.item for node in nodes]
    parts = [f"{counted(sum(map(spans_of, kept)) - sum(map(spans_of, shown)), 'span')}"]
    if errors := _errors(kept) - _errors(shown):
        parts.append(f"{errors:,} of them with an error")
    if lines := _lines(kept) - _lines(shown):
        parts.append(f"{counted(lines, 'log line')}")
    return (
        f"{counted(len(nodes) - len(rows), 'row')} left out ({', '.join(parts)}): the limit is {options.max_rows:,} rows, "
        "errors, slow spans and the top levels first. --all shows every row; --depth N, --service NAME or --errors show fewer."
    )


def _errors(items: Iterable[Item]) -> int:
    return sum(isinstance(item, Span) and bool(item.error) for item in items)


def _lines(items: Iterable[Item]) -> int:
    return sum(isinstance(item, LineRef) for item in items)
