"""The verbs about many requests, of an opened store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logtrace.analysis.cohorts.windows import CohortComparison
    from logtrace.analysis.statistics.heatmap import Heatmap
    from logtrace.analysis.statistics.path_times import WindowBottlenecks
    from logtrace.analysis.statistics.series import Series
    from logtrace.analysis.statistics.service_graph import ServiceGraph
    from logtrace.analysis.statistics.stats import Stats
    from logtrace.analysis.statistics.sums import Sums
    from logtrace.jobs.statistics.cohorts import Chosen
    from logtrace.store.reading.protocol import SpanSource
    from logtrace.store.reading.sqlite_reader import SqliteReader


class Many:
    """What a store tells about all spans that start in a window (None: no limit). Raises UsageError for names it lacks."""

    reader: SqliteReader

    @property
    def spans(self) -> SpanSource:
        """Where columns of spans come from."""
        return self.reader

    def stats(
        self,
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        service: str | None = None,
        operation: str | None = None,
        by: str | None = None,
        outliers: int = 10,
    ) -> Stats:
        """Numbers, rates, errors, percentiles and shares of the time of operations; by: for each value of an attribute.

        With since_ns also how it was in the window before, which is as long. outliers: so many are named, the farthest
        first.
        """
        from logtrace.jobs.statistics.of_spans import Asked, stats

        return stats(self.spans, Asked(since_ns, until_ns, service, operation, by), outliers)

    def series(
        self,
        what: str = "duration",
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        service: str | None = None,
        operation: str | None = None,
        step_ns: int | None = None,
    ) -> Series:
        """Durations, or the numbers of an attribute, step by step; step_ns None: some thirty steps."""
        from logtrace.jobs.statistics.amounts import series
        from logtrace.jobs.statistics.of_spans import Asked

        return series(self.spans, Asked(since_ns, until_ns, service, operation), what, step_ns)

    def sums(
        self,
        key: str,
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        service: str | None = None,
        operation: str | None = None,
    ) -> Sums:
        """A numeric attribute added up, by operation."""
        from logtrace.jobs.statistics.amounts import sums
        from logtrace.jobs.statistics.of_spans import Asked

        return sums(self.spans, Asked(since_ns, until_ns, service, operation), key)

    def service_graph(self, *, since_ns: int | None = None, until_ns: int | None = None) -> ServiceGraph:
        """Who calls whom, how often, how long, and how much of it failed; `graph` of it is a networkx.DiGraph."""
        from logtrace.jobs.statistics.service_graph import service_graph

        return service_graph(self.spans, since_ns, until_ns)

    def heatmap(
        self,
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        service: str | None = None,
        operation: str | None = None,
        step_ns: int | None = None,
        most_steps: int = 400,
    ) -> Heatmap:
        """Spans by when they started and how long they took; step_ns None: the shortest that gives at most so many steps."""
        from logtrace.jobs.statistics.heatmap import heatmap
        from logtrace.jobs.statistics.of_spans import Asked

        return heatmap(self.spans, Asked(since_ns, until_ns, service, operation), step_ns, most_steps)

    def compare_populations(self, before: Chosen, after: Chosen) -> CohortComparison:
        """What differs between the requests of two windows, or those that two expressions hold for: findings that are more
        than chance, the weightiest first. Raises NotFoundError where either is empty."""
        from logtrace.jobs.statistics.cohorts import compare_populations

        return compare_populations(self.reader, before, after)

    def compare_deploy(self, at_ns: int, *, window_ns: int | None = None) -> CohortComparison:
        """Requests from an instant on beside those before it, for as long (None: as long as there are some after it)."""
        from logtrace.jobs.statistics.two_windows import around_deploy

        return self.compare_populations(*around_deploy(self.reader, at_ns, window_ns))

    def compare_ago(self, ago_ns: int, *, window_ns: int) -> CohortComparison:
        """The last window of the store beside the one that ended so long before: now is when its last request starts."""
        from logtrace.jobs.statistics.two_windows import ago, now_notes

        before, after = ago(self.reader, ago_ns, window_ns)
        found, notes = self.compare_populations(before, after), now_notes(self.reader, window_ns)
        return replace(found, now_ns=after.until_ns, notes=(*notes, *found.notes))

    def bottlenecks(
        self,
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        service: str | None = None,
        operation: str | None = None,
    ) -> WindowBottlenecks:
        """What decided how long the requests took that start in a window, with a root of that service and operation."""
        from logtrace.jobs.statistics.of_spans import Asked
        from logtrace.jobs.statistics.path_times import window_bottlenecks

        return window_bottlenecks(self.spans, Asked(since_ns, until_ns, service, operation))
