"""The vocabulary of the house: what a log line becomes on its way to a trace.

    line → Record (or the reason why there is none) → Fragment (see reconstruct.spans.fragments) → Span → Trace

All values are immutable. Times are integer nanoseconds since the Unix epoch (`*_ns`); a missing time is None.
Ids inside are integers (`TraceId.low`, span keys); text only at the edge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum, IntFlag
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from logtrace.ids import NO_SPAN, TraceId

if TYPE_CHECKING:
    import networkx


class Attribute(NamedTuple):
    """One attribute: its flat dotted key and its value as compact JSON text."""

    key: str
    value: str

    @property
    def pair(self) -> tuple[str, str]:
        """(key, value) as what crosses between processes."""
        return self.key, self.value


class Role(IntEnum):
    """What a record says about its span."""

    POINT = 0
    START = 1
    END = 2
    COMPLETE = 3


class Rank(IntEnum):
    """How well a name or a service is known; the smaller wins."""

    OBSERVED = 0
    """The record names it."""
    DERIVED = 1
    """Put together from what the record names (method and route), or told by the envelope."""
    WEAK = 2
    """Told by the logger, the code location or the file name."""
    GUESS = 3
    """The message with its numbers masked, or --default-service."""
    NONE = 9


class ErrorLevel(IntEnum):
    """How a record or span is an error."""

    NONE = 0
    SOFT = 1
    """Only a line of level error says so."""
    HARD = 2
    """A status or an error field says so."""


class Flag(IntFlag):
    """Facts about how a record was read, and what is wrong with a span. Merged by OR."""

    NONE = 0
    UNIT_ASSUMED = 1
    """A duration had no unit anywhere; one was assumed: milliseconds, unless its size speaks for another."""
    UNIT_LIBRARY = 2
    """The unit is the convention of the logging library the line looks like."""
    DURATION_IN_TEXT = 4
    """The duration was read from the message."""
    IDS_IN_TEXT = 8
    """The ids were read from the message."""
    SPAN_FROM_LINE = 16
    """No line names a span id; the span is made of one line that has a duration."""
    STATUS_OK = 32
    """A line says that all went well: a status of ok or success, an HTTP status below 400."""
    STATUS_UNSET = 64
    """A line has a status that says nothing: the status of its format was never set."""
    DURATION_COARSE = 128
    """The duration is rounded, or measured beside the span's lines: where those tell both ends, they count."""
    # found when the trace is put together
    CYCLE_CUT = 1 << 8
    SELF_PARENT = 1 << 9
    MANY_PARENTS = 1 << 10
    BOUNDS_CONFLICT = 1 << 11
    INVALID_DURATION = 1 << 12
    LOWER_BOUND = 1 << 13
    OPEN = 1 << 14
    REMOTE_SEGMENT = 1 << 15
    SHARED_ID = 1 << 16
    ATTEMPTS = 1 << 17
    OUTSIDE_PARENT = 1 << 18


class Link(NamedTuple):
    """A reference to another trace or span that is not a parent; span 0 means the whole trace."""

    trace: TraceId
    span: int


class Record(NamedTuple):
    """One parsed log entry (an OTel LogRecord with what it says about its span).

    parent      None: the record does not tell; NO_SPAN: it says there is none; else the parent's span key
    time_ns     when the entry was written; start_ns and end_ns only where fields of that meaning exist
    attributes  in the order of the record
    text_hash   32-bit hash of the line under its envelopes: with time and service it tells repeated lines
    """

    trace: TraceId | None
    span: int
    parent: int | None
    role: int
    time_ns: int | None
    start_ns: int | None
    end_ns: int | None
    duration_ns: int | None
    service: str
    service_rank: int
    name: str
    name_rank: int
    kind: str
    severity: int
    body: str
    error: int
    error_type: str
    error_message: str
    attributes: tuple[Attribute, ...]
    links: tuple[Link, ...]
    flags: int
    text_hash: int


class Evidence(NamedTuple):
    """Where a value comes from. `observed` sources state it; all others infer it, with a confidence of 0 to 100."""

    source: str
    confidence: int

    @property
    def observed(self) -> bool:
        return self.source in OBSERVED_SOURCES


OBSERVED_SOURCES = frozenset({"explicit", "root", "link", "field", "duration", "record"})
"""explicit: a parent id in a line; root: a line says there is no parent; link: a line names the trace that this one was
joined to; field: a start or end field; duration: the other end and a duration; record: a start or end line's own time."""

UNKNOWN = Evidence("none", 0)


class Failure(NamedTuple):
    """An error that lines tell: its ErrorLevel, the type and message as far as they are told."""

    service: str
    level: int
    error_type: str
    message: str


class LineRef(NamedTuple):
    """Where one log line of a span is kept, with what a list of lines shows. `body` may be cut (see BODY_CHARS)."""

    time_ns: int | None
    text_hash: int
    chunk: int
    line: int
    severity: int
    body: str


def plain_key(key: str) -> str:
    """A key as it is compared in the last resort: `traceId`, `trace-id` and `trace.id` are one."""
    return key.replace("_", "").replace("-", "").replace(".", "").lower()


BODY_CHARS = 160
"""A LineRef keeps this much of a message, then an ellipsis; the raw line is kept whole in its chunk."""


@dataclass(frozen=True, slots=True)
class Span:
    """One span of a trace, with the evidence for each thing that no line states.

    name            the operation; `name_rank` above DERIVED means inferred
    start_ns        None where no line of the span and no child has a time
    duration_ns     None while unknown (open span); a lower bound where flags has LOWER_BOUND
    error           ErrorLevel; error_type and error_message are "" where not told
    attributes      flat dotted keys to JSON values; `attribute_conflicts` holds further values seen for a key
    lines           the span's log lines in time order
    phantom         stands in for a parent that is named but was never seen
    skew_ns         added to its times, brings them to the clocks of the other spans; see Trace.adjusted
    skew_unsure_ns  plus or minus so much
    """

    trace_id: str
    span_id: str
    key: int
    parent_span_id: str | None
    parent_key: int
    parent: Evidence
    service: str
    service_rank: int
    name: str
    name_rank: int
    kind: str
    start_ns: int | None
    duration_ns: int | None
    start: Evidence
    end: Evidence
    error: int
    error_type: str
    error_message: str
    severity: int
    attributes: Mapping[str, Any] = field(default_factory=dict)
    attribute_conflicts: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    lines: tuple[LineRef, ...] = ()
    links: tuple[Link, ...] = ()
    flags: int = 0
    attempts: int = 1
    phantom: bool = False
    skew_ns: int = 0
    skew_unsure_ns: int = 0

    @property
    def end_ns(self) -> int | None:
        """start + duration; None where either is unknown."""
        return None if self.start_ns is None or self.duration_ns is None else self.start_ns + self.duration_ns

    @property
    def status(self) -> str:
        """OTel's status by name: "error" where a status or error field says so, "ok" where a line says that all went well,
        else "unset"."""
        if self.error == ErrorLevel.HARD:
            return "error"
        return "ok" if self.flags & Flag.STATUS_OK else "unset"

    def moved(self, by_ns: int) -> Span:
        """The span and its lines so much later; one without a time as it is."""
        if self.start_ns is None:
            return self
        lines = (line if line.time_ns is None else line._replace(time_ns=line.time_ns + by_ns) for line in self.lines)
        values = list(_values(self))  # dataclasses.replace takes five times as long, and traces have many spans
        values[_START], values[_LINES] = self.start_ns + by_ns, tuple(lines)
        return Span(*values)


_NAMES = [each.name for each in fields(Span)]
_START, _LINES = _NAMES.index("start_ns"), _NAMES.index("lines")
_values = attrgetter(*_NAMES)


@dataclass(frozen=True)
class Trace:
    """All spans of one trace id as a tree (or several, where it has several roots).

    spans       in the order (start, longest first, id); spans without a time come last
    lines       log lines of the trace that name no span, in time order
    warnings    sentences about the trace as a whole
    failures    errors that lines without a span tell, the first and worst of each service
    by_one_clock    times are not as logged, but with what clocks need added (see `adjusted`)
    """

    trace_id: str
    spans: tuple[Span, ...]
    lines: tuple[LineRef, ...] = ()
    line_services: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    failures: tuple[Failure, ...] = ()
    by_one_clock: bool = False

    @cached_property
    def by_key(self) -> dict[int, Span]:
        return {span.key: span for span in self.spans}

    @cached_property
    def children(self) -> dict[int, list[Span]]:
        """Parent key → its children in span order; NO_SPAN holds the roots."""
        found: dict[int, list[Span]] = {}
        for span in self.spans:
            found.setdefault(span.parent_key, []).append(span)
        return found

    @property
    def roots(self) -> list[Span]:
        return self.children.get(NO_SPAN, [])

    @cached_property
    def start_ns(self) -> int | None:
        """The earliest time of any span or line; None where no times were logged."""
        times = [s.start_ns for s in self.spans if s.start_ns is not None]
        times += [line.time_ns for line in self.lines if line.time_ns is not None]
        return min(times, default=None)

    @cached_property
    def end_ns(self) -> int | None:
        times = [s.end_ns if s.end_ns is not None else s.start_ns for s in self.spans]
        times += [line.time_ns for line in self.lines]
        return max((t for t in times if t is not None), default=None)

    @property
    def duration_ns(self) -> int | None:
        if self.start_ns is None or self.end_ns is None:
            return None
        return self.end_ns - self.start_ns

    @cached_property
    def services(self) -> list[str]:
        """Service names in order of first appearance."""
        return list(dict.fromkeys([s.service for s in self.spans if s.service] + list(self.line_services)))

    @property
    def errors(self) -> list[Span]:
        """Spans with an error of any level, in span order."""
        return [span for span in self.spans if span.error]

    @property
    def inferred(self) -> list[Span]:
        """Spans whose shown parent no line names."""
        return [s for s in self.spans if s.parent_key and not s.parent.observed]

    def walk(self) -> Iterator[tuple[int, Span]]:
        """(depth, span) in tree order, without recursion."""
        stack = [(0, root) for root in reversed(self.roots)]
        while stack:
            depth, span = stack.pop()
            yield depth, span
            stack.extend((depth + 1, child) for child in reversed(self.children.get(span.key, [])))

    @property
    def adjusted(self) -> Trace:
        """The trace by one clock: the times of spans, and of their lines, with what their clocks need added."""
        return self._moved or self  # one that kept itself would be freed by the cycle collector alone: late, where there are many

    @cached_property
    def _moved(self) -> Trace | None:
        if not any(span.skew_ns for span in self.spans):
            return None
        spans = [span.moved(span.skew_ns) if span.skew_ns else span for span in self.spans]
        spans.sort(key=lambda s: (s.start_ns is None, s.start_ns or 0, -(s.duration_ns or 0), s.key))
        return replace(self, spans=tuple(spans), by_one_clock=True)

    @property
    def logged(self) -> tuple[int | None, int | None]:
        """(start, duration) as logged, which is what lists are sorted by and tell."""
        if not self.by_one_clock:
            return self.start_ns, self.duration_ns
        times = [
            (s.start_ns - s.skew_ns, (s.start_ns if s.end_ns is None else s.end_ns) - s.skew_ns)
            for s in self.spans if s.start_ns is not None
        ]  # fmt: skip
        times += [(line.time_ns, line.time_ns) for line in self.lines if line.time_ns is not None]
        start_ns = min(start for start, _ in times)
        return start_ns, max(end for _, end in times) - start_ns

    @cached_property
    def graph(self) -> networkx.DiGraph:
        """The tree as a networkx.DiGraph: nodes are span ids with the Span as data "span", edges parent → child
        with the data "source" and "confidence" of the parent evidence."""
        import networkx

        graph = networkx.DiGraph(trace_id=self.trace_id)
        for span in self.spans:
            graph.add_node(span.span_id, span=span)
        for span in self.spans:
            if span.parent_span_id is not None:
                graph.add_edge(span.parent_span_id, span.span_id, source=span.parent.source, confidence=span.parent.confidence)
        return graph


class TraceSummary(NamedTuple):
    """The row of a trace in a list, without spans."""

    trace_id: str
    root_service: str
    root_name: str
    start_ns: int | None
    duration_ns: int | None
    spans: int
    services: int
    errors: int
    inferred: int
    lines: int
    partial: bool
    lower_bound: bool = False
    """The trace lasted at least `duration_ns`: no line says when what ended last ended."""


class LogLine(NamedTuple):
    """One raw log line with where it belongs and where it was read. `text` is the line as kept, decoded."""

    trace_id: str
    span_id: str
    service: str
    time_ns: int | None
    severity: int
    body: str
    text: str
    path: str
    line: int
