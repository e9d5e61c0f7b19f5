"""The verbs about raw lines, of an opened store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logtrace.jobs.lines.hits import NamedLines
    from logtrace.jobs.workers.forked import Made
    from logtrace.model import LogLine
    from logtrace.store.reading.sqlite_reader import SqliteReader


class Raw:
    """What a store finds in the lines as they were written."""

    reader: SqliteReader

    def grep(self, pattern: str, *, literal: bool = False, ignore_case: bool = False, invert: bool = False) -> Iterator[LogLine]:
        """The raw lines with a pattern (RE2; literal: with a text), source by source; invert: those without.

        Lines that name no trace are among them. Raises UsageError for what is no pattern.
        """
        return chain.from_iterable(self.grep_together(pattern, literal=literal, ignore_case=ignore_case, invert=invert))

    def grep_together(
        self, pattern: str, *, literal: bool = False, ignore_case: bool = False, invert: bool = False
    ) -> Iterator[list[LogLine]]:
        """As grep: some lines at a time, as they are found; none of these lists empty."""
        from logtrace.jobs.lines import grep

        return grep.grep_together(self.reader, grep.Pattern(pattern, literal, ignore_case, invert))

    def hits(
        self, pattern: str, *, literal: bool = False, ignore_case: bool = False, invert: bool = False
    ) -> Iterator[NamedLines]:
        """As grep_together, with no more than trace, span, service and text of each line: much sooner."""
        from logtrace.jobs.lines.hits import hits
        from logtrace.jobs.lines.searched import Pattern

        return hits(self.reader, Pattern(pattern, literal, ignore_case, invert))

    def shown_hits(
        self, show: Callable[[NamedLines], bytes], pattern: str, *, literal: bool = False, ignore_case: bool = False,
        invert: bool = False,
    ) -> Iterator[Made]:  # fmt: skip
        """What `show` makes of hits, each to be taken before the next. Where there are many, forks of this process call it, which
        may have no other threads."""
        from logtrace.jobs.lines.hits import shown_hits
        from logtrace.jobs.lines.searched import Pattern

        return shown_hits(self.reader, Pattern(pattern, literal, ignore_case, invert), show)

    def grep_counts(
        self, pattern: str, *, literal: bool = False, ignore_case: bool = False, invert: bool = False
    ) -> dict[str, int]:
        """How many raw lines of each source have a pattern (see grep), by path."""
        from logtrace.jobs.lines import grep

        return grep.counts(self.reader, grep.Pattern(pattern, literal, ignore_case, invert))

    def in_context(self, lines: Iterable[LogLine], many: int) -> Iterator[list[tuple[LogLine, bool]]]:
        """Lines that grep found among up to `many` lines of their trace before and behind each: runs of (line, whether
        it is one that was found)."""
        from logtrace.jobs.lines.context import in_context

        return in_context(self.reader, lines, many)
