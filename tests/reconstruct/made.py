"""Hand-made traces for the tests of this folder: fragments by what their lines say, and what became of them."""

from __future__ import annotations

from logtrace.ids import NO_SPAN
from logtrace.model import Role
from logtrace.reconstruct.spans.collector import Collector
from logtrace.reconstruct.spans.fragments import Fragment, fragment_of_entries
from logtrace.reconstruct.trace import Rebuilt, rebuild
from tests.strategies import record


def lines(*records) -> Fragment:
    return fragment_of_entries([(each, 1, number) for number, each in enumerate(records)])


def collected(records) -> list[Fragment]:
    """The fragments of records that follow each other in one chunk."""
    collector = Collector()
    collector.add(records, 1, range(len(records)))
    return collector.fragments()


def whole(key: int, parent: int | None = NO_SPAN, at: float = 0, ms: float = 10, **told) -> Fragment:
    """A span with a start line and an end line."""
    start = record(key, Role.START, at, parent=parent, **told)
    return lines(start, record(key, Role.END, at + ms, ms, parent=parent, **told))


def points(key: int, *times: float, parent: int | None = None, **told) -> Fragment:
    """A span of which there are only lines in between."""
    return lines(*(record(key, at=at, parent=parent, **told) for at in times))


def loose(*services: str) -> list[Fragment]:
    """Lines that name no span, some of each service; of no two the same."""
    return [lines(record(NO_SPAN, at=4, text=1, service=each), record(NO_SPAN, at=9 + 30 * at, service=each))
            for at, each in enumerate(services)]  # fmt: skip


LOOSE = [[], loose("api"), loose("api", "db"), loose("db", "api", "worker"), loose("", "api")]


def parents(rebuilt: Rebuilt) -> dict[int, int]:
    return {span.key: span.parent for span in rebuilt.spans}


def by_key(*fragments: Fragment):
    return {span.key: span for span in rebuild(fragments).spans}
