"""The verbs about what there is: services, operations, who calls whom, sources; of an opened store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from logtrace.store.reading import lists

if TYPE_CHECKING:
    from logtrace.account import RejectedLine, ServiceRow, StoreStatus
    from logtrace.model import TraceSummary
    from logtrace.store.reading.calls import Call, Edge
    from logtrace.store.reading.heat import Heat
    from logtrace.store.reading.sqlite_reader import SqliteReader
    from logtrace.store.upkeep.status import Mark


class Held:
    """What a store holds."""

    name: str
    reader: SqliteReader

    def added(self, mark: Mark | None, limit: int) -> tuple[Mark, list[TraceSummary]]:
        """(the mark of now, traces that came or grew since an earlier mark, the newest first; None: no traces)."""
        from logtrace.store.reading.protocol import Filter
        from logtrace.store.upkeep import status

        now = status.mark(self.reader)
        if mark is None or now == mark:
            return now, []
        known = status.documents_at(self.reader, mark)
        return now, self.reader.summaries(Filter(after_document=known, limit=limit))

    def require_service(self, service: str | None) -> None:
        """Raises UsageError, with near names, where no such service is known."""
        if service and service not in (known := self.service_names()):
            from logtrace.store.search.names import no_service

            raise no_service(service, known, self.name)

    def require_known(self, service: str | None = None, operation: str | None = None, attributes: Iterable[str] = ()) -> None:
        """Raises UsageError, with near names, where there is no such service, no such operation (of it, where it is given), or
        no span with an attribute of a key."""
        from logtrace.jobs.verbs.unknown import require_known

        self.require_service(service)
        require_known(self.reader, service or "", operation or "", attributes, self.name)

    def service_names(self) -> list[str]:
        """All services, sorted."""
        return lists.service_names(self.reader)

    def services_with_spans(self) -> list[str]:
        """The services that have spans, sorted; "" among them where spans have none."""
        from logtrace.store.reading import calls

        return calls.services_with_spans(self.reader)

    def operations(self, service: str) -> list[tuple[str, str]]:
        """(name, kind) of the operations of a service, sorted."""
        from logtrace.store.reading import calls

        return calls.operations(self.reader, service)

    def calls(self, since_ns: int, until_ns: int, *, whole: bool = False) -> Iterator[Call]:
        """The spans of all traces that touch a window (whole: that lie in it), each with the service that called it."""
        from logtrace.store.reading import calls

        return calls.calls(self.reader, since_ns, until_ns, whole=whole)

    def edges(self, since_ns: int, until_ns: int, *, whole: bool = False) -> Mapping[Edge, int]:
        """How often who called whom, and how it ended, in those traces."""
        from logtrace.store.reading import calls

        return calls.edges(self.reader, since_ns, until_ns, whole=whole)

    def heat(self, since_ns: int | None = None, until_ns: int | None = None) -> Heat | None:
        """How long requests took over time: counts in a grid; None where no trace starts in the window."""
        from logtrace.store.reading.heat import heat

        return heat(self.reader, since_ns, until_ns)

    def newest_ns(self) -> int | None:
        """When the newest trace starts; None where no trace has a time."""
        return lists.newest_ns(self.reader)

    def sampled(self) -> str:
        """That the store is a sample, as a sentence; "" where nothing was left out of it."""
        return self.reader.sample_text()

    def services(self, *, since_ns: int | None = None, until_ns: int | None = None) -> list[ServiceRow]:
        """Services by name, with their spans that start in a window."""
        return lists.services(self.reader, since_ns, until_ns)

    def status(self) -> StoreStatus:
        """What the store holds and where it came from."""
        from logtrace.store.upkeep import status

        return status.status(self.reader)

    def rejected(self, limit: int | None = None) -> Iterator[RejectedLine]:
        """The lines that gave no record, in the order they were read."""
        from logtrace.store.reading import lines

        return lines.rejected(self.reader, limit)
