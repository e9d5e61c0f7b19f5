"""Parquet as a store: what a question is about is loaded into a store of its own, and that is asked.

So every verb gives the same answers, by the same code. A window or an id leaves most of the Parquet where it is; other
questions load all of it, up to a limit that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

from logtrace.errors import UsageError
from logtrace.jobs.opened import Store
from logtrace.jobs.parquet_load import load
from logtrace.model import LogLine, Span, Trace, TraceSummary
from logtrace.parquet.dataset import ALL, Dataset, Part
from logtrace.store.arrays import MARGIN_NS
from logtrace.store.sqlite_reader import SqliteReader

if TYPE_CHECKING:
    from logtrace.query.found import Page
    from logtrace.reconstruct.clocks import Clock
    from logtrace.reconstruct.why import Why
    from logtrace.store.notes import Note

NO_LINES = "Parquet keeps no raw lines: rejected ones, and secrets in them, are not among what is looked at"

MOST_ROWS = 20_000_000
"""No more are loaded for a question."""


def _windowed(verb: Callable[..., Any]) -> Any:
    """A verb of a store about what is in a window, asked of the traces that this takes."""

    @wraps(verb)
    def ask(self: ParquetStore, *what: Any, since_ns: int | None = None, until_ns: int | None = None, **asked: Any) -> Any:
        with self._about(self._window(since_ns, until_ns)):
            return verb(self, *what, since_ns=since_ns, until_ns=until_ns, **asked)

    return ask


class ParquetStore(Store):
    """A store over a Dataset; see Store."""

    def __init__(self, place: str) -> None:
        self._data = Dataset(place)
        self._folder = TemporaryDirectory(prefix="logtrace-")
        self._loaded: dict[Part, SqliteReader] = {}
        self._paths: dict[str, int] = {}
        self._part = ALL
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

    def _window(self, since_ns: int | None, until_ns: int | None) -> Part:
        """The traces that a question about a window needs: also those of the window before, which it is compared with, and
        what lies a little outside."""
        if since_ns is not None:
            end_ns = until_ns if until_ns is not None else self._data.newest_ns or since_ns
            since_ns -= max(0, end_ns - since_ns) + MARGIN_NS
        return Part(since_ns, None if until_ns is None else until_ns + MARGIN_NS)

    def _of_id(self, text: str) -> Part:
        return ALL if text.strip().startswith("@") else Part(trace_ids=tuple(sorted(self._data.ids(text))))

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

    def search(self, expression: Any = None, *, text: str | None = None, by_span: bool = False, **asked: Any) -> Page:
        if text is not None:
            self._refuse("raw lines are not in it")
        part = ALL if by_span else self._window(asked.get("since_ns"), asked.get("until_ns"))
        with self._about(part):
            return super().search(expression, by_span=by_span, **asked)

    traces = _windowed(Store.traces)
    services = _windowed(Store.services)
    errors = _windowed(Store.errors)
    stats = _windowed(Store.stats)
    series = _windowed(Store.series)
    sums = _windowed(Store.sums)
    heatmap = _windowed(Store.heatmap)
    service_graph = _windowed(Store.service_graph)
    bottlenecks = _windowed(Store.bottlenecks)

    # what goes with all rows

    def history(self, pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[int, int]]:
        return self._data.samples(list(pairs))

    def clocks(self) -> tuple[Clock, ...]:
        return self._any().clocks().all

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

    logs = grep = grep_counts = in_context = rejected = _no_lines
    note = forget = pin = unpin = status = _read_only
