"""What `show` is to show: one trace, several (ids piped in), or a list of matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from logtrace import api
from logtrace.cli.files import opened_store
from logtrace.cli.named import refuse_name, require_named
from logtrace.cli.place import store_place
from logtrace.cli.stdin import STDIN, stdin
from logtrace.cli.talk import say
from logtrace.cli.together import refuse_together
from logtrace.errors import InputError, NotFoundError, StoreError, UsageError
from logtrace.model import LogLine, Span, Trace, TraceSummary
from logtrace.views.elements.ids import IdLength, whole_length

if TYPE_CHECKING:
    from logtrace.analysis.traces.linked import Join
    from logtrace.ingest.settings import Settings
    from logtrace.reconstruct.why import Why
    from logtrace.store.upkeep.notes import Note

PAGES = 10
"""More ids than this in what is piped in are listed, not drawn."""


class Page(NamedTuple):
    """A trace to draw, what is known of its operations, the raw log lines of any of its spans, why it has its parent, and
    what people noted; joins: what was joined with it, and how many traces were not; related: other traces that would be;
    id_length: how much of ids has to be typed; comparable: whether there may be a healthy request that begins alike."""

    trace: Trace
    history: Mapping[tuple[str, str], tuple[int, int]]
    lines_of: Callable[[Span], Sequence[LogLine]]
    why: Callable[[Span], Why]
    notes: Sequence[Note] = ()
    joins: Sequence[Join] = ()
    left_out: int = 0
    related: Callable[[], Sequence[str]] = tuple
    id_length: IdLength = whole_length
    comparable: Callable[[], bool] = bool


class Answer(NamedTuple):
    """Traces to draw, or (where there are too many, or an id means several) traces to list."""

    pages: Sequence[Page] = ()
    matches: Sequence[TraceSummary] = ()
    id_length: IdLength = whole_length


@contextmanager
def found(
    text: str, files: Sequence[str], store: str | None, settings: Callable[[], Settings], linked: bool = False
) -> Iterator[Answer]:
    """What an id means (`-`: the ids in the lines on stdin), in files or else in the store, which stays open meanwhile.

    Raises NotFoundError where nothing is found; what is missing of several is said. Where one id means several traces,
    they are the answer, and after it UsageError is raised.
    """
    refuse_together("store", "files")
    if text == STDIN and STDIN in files:
        raise UsageError("- stands for the ids and for the lines to read", "give an id, or name the files")
    if text == STDIN and not files:
        _require_store(store)
    ids = _piped_ids() if text == STDIN else [text]
    if files and linked and STDIN not in files:
        raise UsageError("--linked needs a store, and here are files", "ingest them first")
    if files and STDIN not in files:
        refuse_name(text)
        if len(ids) > PAGES:
            raise UsageError(f"{len(ids):,} ids are too many to look for in files", "ingest the files, then pipe the lines again")
        yield Answer(_each(ids, lambda each: _page_of_files(each, files, settings)))
        return
    with opened_store(store, files, settings) as opened:  # stdin can be read but once: a store is made of it
        require_named(opened, text)
        answer = _in_store(opened, ids)
        yield answer._replace(pages=[_joined(opened, page) for page in answer.pages]) if linked else answer
        if answer.matches and len(ids) == 1:
            raise UsageError(f"{len(answer.matches):,} traces answer to {text}", "open one by its id")


def _require_store(store: str | None) -> None:
    """Raises StoreError where ids are piped in and nothing holds their traces; whole logs that are piped in have a verb."""
    place = store_place(store)
    if isinstance(place, Path) and not place.exists():
        raise StoreError(
            f"- takes ids from stdin, and there is no store at {place} to look in",
            "of the lines themselves: … | logtrace ingest - makes one, … | logtrace show @slowest - shows a trace without one",
        )


def _piped_ids() -> list[str]:
    ids = api.ids_in_lines(stdin())
    if not ids:
        raise InputError("no line on stdin has a trace id", "pipe whole log lines: grep timeout edge-mcp.log | logtrace show -")
    return ids


def _in_store(store: api.Store, ids: Sequence[str]) -> Answer:
    if len(ids) > PAGES:
        listed = [summary for each in ids for summary in store.find(each)]
        say(f"{len(ids):,} ids, {len(listed):,} of them in the store; more than {PAGES} are listed")
        return Answer(matches=listed, id_length=store.id_length) if listed else _none(ids)
    matches = store.find(ids[0]) if len(ids) == 1 else []
    if len(matches) > 1:
        return Answer(matches=matches, id_length=store.id_length)
    return Answer(_each(ids, lambda each: _page_of_store(store, each)))


def _none(ids: Sequence[str]) -> Answer:
    raise NotFoundError(f"none of the {len(ids):,} ids is in the store", "logtrace ingest PATH… reads the logs they come from")


def _each(ids: Sequence[str], page_of: Callable[[str], Page]) -> list[Page]:
    """The pages of the ids that are found; the others are said, and none at all is an error."""
    pages: list[Page] = []
    missing: list[NotFoundError] = []
    for each in ids:
        try:
            pages.append(page_of(each))
        except NotFoundError as error:
            missing.append(error)
    if not pages:
        raise missing[0]
    for one in missing:
        say(one.message, one.hint)
    return pages


def page_of(store: api.Store, text: str) -> Page:
    """The page of one trace. Raises NotFoundError, or UsageError where an id means several traces."""
    require_named(store, text)
    return _page_of_store(store, text)


def _page_of_store(store: api.Store, text: str) -> Page:
    trace = store.trace(text)
    operations = {(span.service, span.name) for span in trace.spans}
    return Page(
        trace,
        store.history(operations),
        lambda span: store.span_logs(trace, span),
        lambda span: store.why(trace, span),
        store.noted_of(trace),
        related=lambda: store.related(trace),
        id_length=store.id_length,
        comparable=lambda: store.has_healthy_like(trace),
    )


def _joined(store: api.Store, page: Page) -> Page:
    """The page with all traces that belong to its own as one."""
    found = store.linked(page.trace)
    history = store.history({(span.service, span.name) for span in found.trace.spans})
    return page._replace(trace=found.trace, history=history, joins=found.joins, left_out=found.left_out, related=tuple)


def _page_of_files(text: str, files: Sequence[str], settings: Callable[[], Settings]) -> Page:
    one = api.trace_in_files(text, files, settings=settings())
    return Page(
        one.trace,
        one.history,
        lambda span: [line for line in one.logs if line.span_id == span.span_id],
        lambda span: api.why(one.trace, span),
        comparable=lambda: bool(one.trace.roots),
    )
