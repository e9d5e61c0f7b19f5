"""The verbs that find a trace by what names it, of an opened store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from logtrace.errors import NotFoundError, UsageError
from logtrace.ids import TraceId
from logtrace.jobs.verbs.occurrences import occurrences
from logtrace.model import Span, Trace, TraceSummary
from logtrace.store.reading.protocol import Filter
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.search import lookup
from logtrace.store.search.wanted import MIN_PREFIX, wanted

_NAMED = {
    "@last": Filter(limit=1),
    "@slowest": Filter(order="slowest", limit=1),
    "@error": Filter(errors=True, limit=1),
}


class Named:
    """What a store has under a text: an id, the beginning of one, or any other way to name a trace."""

    name: str
    reader: SqliteReader

    def exactly(self, text: str) -> Trace | None:
        """The trace of a whole id, as it was logged or as 1 to 32 hexadecimal digits (those of its hash, where it was logged
        as something else); None where there is none."""
        return next((trace for found in lookup.exactly(self.reader, text) if (trace := self.reader.trace(found))), None)

    def as_sent(self, text: str) -> Trace | None:
        """The same, with a span for each time that one was sent under an id: see occurrences."""
        found = self.exactly(text)
        return None if found is None else occurrences(self.reader, found)

    def outline(self, text: str, *, most: int = 5_000) -> tuple[Trace, bool]:
        """(the one trace that a text means, whether it is whole). One of more than so many spans may come without attributes
        and lines, which is quicker by far. Raises as `trace` does."""
        found = self._ids(text)
        if len(found) == 1 and self.reader.summary(found[0]).spans > most:
            from logtrace.store.reading.skeleton import skeleton

            if (bare := skeleton(self.reader, found[0])) is not None:
                return bare, False
        return self.trace(text), True

    def outlined_span(self, text: str, span_id: str, *, most: int = 5_000) -> tuple[Trace | None, Span]:
        """(the trace, one of its spans with all that is known of it); no trace where it has more than so many spans. Raises as
        `trace` does, and NotFoundError where it has no such span."""
        found = self._ids(text)
        if len(found) == 1 and self.reader.summary(found[0]).spans > most:
            from logtrace.store.reading.skeleton import span_alone

            if (alone := span_alone(self.reader, found[0], span_id)) is not None:
                return None, alone
        whole = self.trace(text)
        for span in whole.spans:
            if span.span_id == span_id:
                return whole, span
        raise NotFoundError(f"the trace has no span {span_id!r}")

    def trace(self, text: str) -> Trace:
        """The one trace that a text means (see find). Raises NotFoundError, or UsageError where there are several."""
        trace = self.reader.trace(self.named_trace(text))
        if trace is None:
            raise self._unknown(text)
        return trace

    def named_trace(self, text: str) -> TraceId:
        """The id of the one trace that a text means. Raises as `trace` does."""
        found = self._ids(text)
        if len(found) > 1:
            known = ", ".join(str(trace_id) for trace_id in found[:10])
            more = ", …" if len(found) > 10 else ""
            raise UsageError(f"{text!r} means {len(found)} traces: {known}{more}", "give more of the id")
        if not found:
            raise self._unknown(text)
        return found[0]

    def _unknown(self, text: str) -> NotFoundError:
        near = self.nearest(text)
        hint = f"nearest: {', '.join(near)}" if near else _elsewhere(text)
        return NotFoundError(f"no trace {text[:80]!r} in {self.name}", hint)

    def find(self, text: str) -> list[TraceSummary]:
        """Every trace that a text means, [] if none.

        text: an id in any case, with or without dashes and leading zeros; the beginning of one (4 characters or more);
        a traceparent header; a Jaeger URL; a span id; a request id; @last, @slowest, @error.
        """
        return [self.reader.summary(trace_id) for trace_id in self._ids(text)]

    def _ids(self, text: str) -> list[TraceId]:
        named = _NAMED.get(text.strip().lower())
        if named is None:
            return lookup.find(self.reader, text)
        return [trace_id for summary in self.reader.summaries(named) for trace_id in lookup.find(self.reader, summary.trace_id)]

    def id_length(self, trace_ids: Sequence[str]) -> int:
        """How many digits of those ids, 8 at least, have to be typed for each to mean one trace alone."""
        from logtrace.store.search.shortest import alike_in, shortest

        return shortest(trace_ids, partial(alike_in, self.reader))

    def nearest(self, text: str) -> list[str]:
        """Ids that look like a text which means none."""
        return lookup.nearest(self.reader, text)


def _elsewhere(text: str) -> str:
    """Where to look for what no trace answers to."""
    plain = text.strip()
    if plain.startswith("@"):
        return f"known: {', '.join(_NAMED)}"
    if wanted(plain).digits or not plain:
        short = len(plain) < MIN_PREFIX
        return f"give {MIN_PREFIX} characters of the id or more" if short else "logtrace traces lists what is there"
    import shlex

    return f"logtrace grep -F {shlex.quote(plain)} looks for it in all lines"
