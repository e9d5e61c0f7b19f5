"""The answers of `show`: waterfalls, spans in full, a list; each for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from logtrace import config
from logtrace.cli.choose import require_service, spans_named
from logtrace.cli.find import Page
from logtrace.cli.screen import Screen, ascii_only
from logtrace.model import Span, Trace, TraceSummary
from logtrace.views.elements.ids import IdLength
from logtrace.views.json.shapes import VERSION, log_line_json, span_json, summary_json, trace_json
from logtrace.views.tree.options import KEY_ATTRIBUTES, WaterfallOptions


def waterfall_options(
    zone: tzinfo, *, logs: bool, errors: bool, service: str | None, min_duration: int | None, depth: int | None, everything: bool,
    plain: bool,
) -> WaterfallOptions:  # fmt: skip
    """The flags of `show` and the configuration as the view's options."""
    return WaterfallOptions(
        depth=depth, service=service, errors_only=errors, min_duration_ns=min_duration, all=everything, logs=logs,
        attributes=key_attributes(), zone=zone, ascii=plain or ascii_only(),
    )  # fmt: skip


def key_attributes() -> tuple[str, ...]:
    """Patterns of the attribute keys to show under a span: those of the configuration, else the usual ones."""
    chosen = config.load().show.attributes
    return KEY_ATTRIBUTES if chosen is None else tuple(chosen)


def answer_traces(
    screen: Screen, pages: Sequence[Page], options: WaterfallOptions, *, as_list: bool, raw_times: bool
) -> None:  # fmt: skip
    """The waterfalls, one below the other; as JSON one trace, or with as_list an object with all of them.

    raw_times: as logged; else by one clock. In JSON times are always as logged, with `skew_ns` beside them.
    """
    require_service([page.trace for page in pages], options.service)
    shapes = (_filtered(page, options) for page in pages)
    screen.answer(
        lambda: _pictures([page if raw_times else page._replace(trace=page.trace.adjusted) for page in pages], options),
        lambda: {"version": VERSION, "traces": shapes} if as_list else next(shapes),
    )


def _pictures(pages: Sequence[Page], options: WaterfallOptions) -> Iterator[RenderableType]:
    """The pictures, one below the other; below a single one what to ask next."""
    from logtrace.views.tree.waterfall import waterfall

    drawn = [waterfall(page.trace, page.history, options) for page in pages]
    yield from _spaced([_beside(picture, page, options) for picture, page in zip(drawn, pages, strict=True)])
    if len(pages) == 1:
        from logtrace.cli.steps import after_show

        yield after_show(pages[0], bool(drawn[0].slow))


def answer_snippets(screen: Screen, pages: Sequence[Page]) -> None:
    """Each trace as a short block of Markdown, one below the other; as JSON the lines of each."""
    from logtrace.views.requests.snippet import snippet

    found = [snippet(page.trace.adjusted, page.history, screen.zone, page.notes) for page in pages]
    screen.answer(
        lambda: (Text(line) for lines in found for line in lines),
        lambda: {"version": VERSION, "markdown": found},
        whole_lines=True,
    )


def answer_spans(screen: Screen, pages: Sequence[Page], wanted: str, *, raw_times: bool) -> None:
    """The spans that `wanted` means, in full, with their raw log lines. raw_times: as above."""
    from logtrace.views.tree.span import span_detail

    spans = [(page, span) for page in pages for span in spans_named(page.trace, wanted)]
    screen.answer(
        lambda: _spaced(
            [span_detail(*_by_clock(page, span, raw_times), page.lines_of(span), screen.zone) for page, span in spans]
        ),
        lambda: {"version": VERSION, "spans": [_span_shape(page, span) for page, span in spans]},
    )


def _by_clock(page: Page, span: Span, raw_times: bool) -> tuple[Trace, Span]:
    """A trace and its span, by one clock unless times are to be as logged."""
    trace = page.trace if raw_times else page.trace.adjusted
    return trace, trace.by_key[span.key]


def answer_why(screen: Screen, pages: Sequence[Page], wanted: str) -> None:
    """Why the spans that `wanted` means have their parents."""
    from logtrace.views.json.shapes import why_json
    from logtrace.views.tree.why import why_text

    found = [page.why(span) for page in pages for span in spans_named(page.trace, wanted)]
    screen.answer(
        lambda: _spaced([why_text(one) for one in found]),
        lambda: {"version": VERSION, "spans": [why_json(one) for one in found]},
    )


def answer_list(screen: Screen, matches: Sequence[TraceSummary], id_length: IdLength) -> None:
    """The list of the traces that an id means."""
    from logtrace.views.lists.tables import traces_table

    screen.answer(
        lambda: [traces_table(matches, screen.zone, id_length)],
        lambda: {"version": VERSION, "traces": [summary_json(summary) for summary in matches]},
    )


def _spaced(parts: Sequence[RenderableType]) -> Iterator[RenderableType]:
    for number, part in enumerate(parts):
        if number:
            yield Text()
        yield part


def _beside(picture: RenderableType, page: Page, options: WaterfallOptions) -> RenderableType:
    """The waterfall, and under it what was joined and what people noted about the trace."""
    parts: list[RenderableType] = [picture]
    if page.joins or page.left_out:
        from logtrace.views.requests.joins import JoinsBeside

        parts.append(JoinsBeside(page.joins, page.left_out))
    if related := page.related():
        from logtrace.views.requests.joins import RelatedBeside

        parts.append(RelatedBeside(related))
    if page.notes:
        from logtrace.views.errors.notes import NotesBeside

        parts.append(NotesBeside(page.notes, options.zone))
    return Group(*parts)


def _filtered(page: Page, options: WaterfallOptions) -> dict[str, Any]:
    """The trace as JSON with the spans that pass the filters, and their ancestors."""
    from logtrace.views.json.shapes import join_json

    trace = page.trace
    shape = {
        **trace_json(trace),
        "notes": [note.text for note in page.notes],
        "joins": [join_json(join) for join in page.joins],
    }
    if options.filters:
        from logtrace.views.tree.nodes import tree_nodes

        nodes = tree_nodes(trace, (), replace(options, all=True, logs=False))
        kept = {node.item.key for node in nodes if isinstance(node.item, Span)}
        pairs = zip(shape["spans"], trace.spans, strict=True)
        shape["spans"] = (as_json for as_json, span in pairs if span.key in kept)
    return shape


def _span_shape(page: Page, span: Span) -> dict[str, Any]:
    return {**span_json(span), "log": [log_line_json(line) for line in page.lines_of(span)]}
