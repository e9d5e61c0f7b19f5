"""Parquet as a store: what a question is about is loaded into a store of its own, and that is asked.

So every verb gives the same answers, by the same code. A window or an id leaves most of the Parquet where it is; other
questions load all of it, up to a limit that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from logtrace.errors import UsageError
from logtrace.jobs.parquet.load import load
from logtrace.jobs.parquet.search import Question, alike, newest, parts
from logtrace.jobs.verbs.opened import node_of
from logtrace.jobs.verbs.store import Store
from logtrace.model import LogLine, Span, Trace, TraceSummary
from logtrace.parquet.dataset import ALL, Dataset, Part
from logtrace.parquet.spans import ParquetSpans
from logtrace.reconstruct.spans.clocks import Clocks, clocks_of
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.search.shortest import MOST_RIVALS, shortest

if TYPE_CHECKING:
    from logtrace.account import ServiceRow
    from logtrace.analysis.traces.similar import Similar
    from logtrace.query.ast import Node
    from logtrace.query.found import Page
    from logtrace.reconstruct.spans.clocks import Clock
    from logtrace.reconstruct.why import Why
    from logtrace.store.reading.protocol import SpanSource
    from logtrace.store.upkeep.notes import Note

NO_LINES = "Parquet keeps no raw lines: rejected ones, and secrets in them, are not among what is looked at"

Found = TypeVar("Found")

_NEWEST = {"@last": False, "@error": True}
"""What means the newest trace, and whether it is the newest that failed."""

MOST_ROWS = 20_000_000
"""No more are loaded for a question."""


class ParquetStore(Store):
    """A store over a Dataset; see Store."""

    def __init__(self, place: str) -> None:
        self._data = Dataset(place)
        self._folder = TemporaryDirectory(prefix="logtrace-")
        self._loaded: dict[Part, SqliteReader] = {}
        self._paths: dict[str, int] = {}
        self._part = ALL
        self._spans = ParquetSpans(self._data)
        self.name = f"parquet:{place}"
        self.remarks = (NO_LINES,)

    @property
    def reader(self) -> SqliteReader:  # type: ignore[override]
        """What is loaded for the question at hand; all of it, where nothing says which part."""
        return self._loaded.get(self._part) or self._load(self._part)

    @property
    def path(self) -> Path:  # type: ignore[override]
        """The store that is loaded."""
        return self.reader.path

    def close(self) -> None:
        """Closes what was loaded, which is gone then."""
        for reader in self._loaded.values():
            reader.close()
        self._folder.cleanup()

    def _load(self, part: Part) -> SqliteReader:
        data = self._data
        if (many := data.count(part)) > MOST_ROWS:
            raise UsageError(f"{many:,} rows of {self.name} are too many for one question", "narrow it: --since, --until, an id")
        path = Path(self._folder.name) / f"{len(self._loaded)}.db"
        load(path, data.rows(part), many, data.meta, data.operations(), self._paths)
        self._loaded[part] = SqliteReader(path)
        return self._loaded[part]

    @contextmanager
    def _about(self, part: Part) -> Iterator[None]:
        """Meanwhile, questions are about a part."""
        before, self._part = self._part, part
        try:
            yield
        finally:
            self._part = before

    def _of_id(self, text: str) -> Part:
        named = text.strip().lower()
        if ALL in self._loaded:
            return ALL
        if named in _NEWEST:
            return Part(trace_ids=newest(self._data, failed=_NEWEST[named]))
        return ALL if named.startswith("@") else Part(trace_ids=tuple(sorted(self._data.ids(text))))

    def _any(self) -> SqliteReader:
        """What is loaded, whatever it is: for what goes with all rows."""
        return next(iter(self._loaded.values()), None) or self.reader

    # questions about a part

    def trace(self, text: str) -> Trace:
        with self._about(self._of_id(text)):
            return super().trace(text)

    def find(self, text: str) -> list[TraceSummary]:
        with self._about(self._of_id(text)):
            return super().find(text)

    def search(
        self, expression: str | Node | None = None, *, text: str | None = None, since_ns: int | None = None,
        until_ns: int | None = None, order: str = "newest", limit: int = 20, offset: int = 0, by_span: bool = False,
    ) -> Page:  # fmt: skip
        if text is not None:
            self._refuse("raw lines are not in it")
        ask = partial(
            super().search, expression, since_ns=since_ns, until_ns=until_ns, order=order, limit=limit, offset=offset,
            by_span=by_span,
        )  # fmt: skip
        asked = Question(node_of(expression), since_ns, until_ns, order, offset + limit + 1)
        page = None if by_span else self._first(ask, asked, lambda page: page.more)
        if page is not None and page.hits:
            return page
        with self._about(ALL if by_span else Part(since_ns, until_ns)):
            page = ask()
        if page.hits or expression is None:
            return page
        with self._about(ALL):  # a page without a hit says what no trace has
            return ask()

    def traces(
        self, *, since_ns: int | None = None, until_ns: int | None = None, service: str | None = None, limit: int | None = 20,
        newest: bool = True,
    ) -> list[TraceSummary]:  # fmt: skip
        ask = partial(super().traces, since_ns=since_ns, until_ns=until_ns, service=service, limit=limit, newest=newest)
        asked = Question(None, since_ns, until_ns, "newest" if newest else "oldest", limit or 0, service or "")
        found = None if limit is None else self._first(ask, asked, lambda found: len(found) == limit)
        if found is not None:
            return found
        with self._about(Part(since_ns, until_ns)):
            return ask()

    def _first(self, ask: Callable[[], Found], asked: Question, is_full: Callable[[Found], bool]) -> Found | None:
        """The answer of the first part that is full, or of all traces that may be meant; None where that may be any."""
        self.require_service(asked.service)
        for part, is_all in parts(self._data, self._spans, asked):
            with self._about(part):
                found = ask()
            if is_all or is_full(found):
                return found
        return None

    # what DuckDB answers itself

    @property
    def spans(self) -> SpanSource:
        return self._spans

    def services(self, *, since_ns: int | None = None, until_ns: int | None = None) -> list[ServiceRow]:
        from logtrace.account import ServiceRow

        return [ServiceRow(*row) for row in self._data.services(since_ns, until_ns)]

    def service_names(self) -> list[str]:
        return sorted({service for service, _, _ in self._data.operations() if service})

    def similar(self, trace: Trace, *, limit: int = 10, healthy: bool = False) -> Similar:
        part = next((part for part, is_all in parts(self._data, self._spans, alike(trace, "slowest")) if is_all), ALL)
        with self._about(part):
            return super().similar(trace, limit=limit, healthy=healthy)

    def has_healthy_like(self, trace: Trace) -> bool:
        if ALL in self._loaded:
            return super().has_healthy_like(trace)
        own = self._of_id(trace.trace_id).trace_ids or ()
        for part, is_all in parts(self._data, self._spans, alike(trace, "newest")):
            with self._about(Part(trace_ids=(*(part.trace_ids or ()), *own))):
                found = super().has_healthy_like(trace)
            if found or is_all:
                return found
        return super().has_healthy_like(trace)

    def exported(self, form: str = "otlp-json", *, traces: Sequence[str] = (), **asked: Any) -> Generator[bytes, None, None]:
        parts = [self._of_id(text) for text in traces]
        if not parts or any(value is not None for value in asked.values()) or ALL in parts:
            return super().exported(form, traces=traces, **asked)
        return self._exported(
            Part(trace_ids=tuple(sorted({each for part in parts for each in part.trace_ids or ()}))), form, traces
        )

    def _exported(self, part: Part, form: str, traces: Sequence[str]) -> Generator[bytes, None, None]:
        with self._about(part):
            yield from super().exported(form, traces=traces)

    # what goes with all rows

    def id_length(self, trace_ids: Sequence[str]) -> int:
        return shortest(trace_ids, lambda heads: self._data.alike(heads, MOST_RIVALS))

    def history(self, pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[int, int]]:
        return self._data.samples(list(pairs))

    def clocks(self) -> tuple[Clock, ...]:
        return self._clocks().needed

    def clocks_left(self) -> tuple[Clock, ...]:
        return self._clocks().left

    def _clocks(self) -> Clocks:
        model = self._data.meta.model
        return Clocks(clocks_of(model[3]) if model else ())

    def why(self, trace: Trace, span: Span) -> Why:
        from logtrace.reconstruct.why import why

        return why(trace, span, self._any().model())

    def span_logs(self, trace: Trace | None, span: Span) -> list[LogLine]:
        """The messages of a span: its raw lines are not kept."""
        paths = {number: path for path, number in self._paths.items()}
        trace_id = trace.trace_id if trace else span.trace_id
        return [
            LogLine(
                trace_id, span.span_id, span.service, line.time_ns, line.severity, line.body, line.body,
                paths[line.chunk], line.line,
            )
            for line in span.lines
        ]  # fmt: skip

    def noted(self, subjects: Iterable[str] | None = None) -> list[Note]:  # noqa: ARG002 - nobody can write any
        return []

    def related(self, trace: Trace) -> list[str]:  # noqa: ARG002 - see logtrace help parquet
        return []

    # what it can't do

    def _refuse(self, why: str) -> NoReturn:
        raise UsageError(f"{self.name} can't answer that: {why}", "ingest the logs into a store of SQLite: logtrace help parquet")

    def _no_lines(self, *_: Any, **__: Any) -> NoReturn:
        self._refuse("raw lines are not in it")

    def _read_only(self, *_: Any, **__: Any) -> NoReturn:
        self._refuse("it is only read")

    logs = grep = grep_together = hits = shown_hits = grep_counts = in_context = rejected = _no_lines
    note = forget = pin = unpin = status = _read_only
