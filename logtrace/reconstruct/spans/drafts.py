"""Drafts: the spans of one trace while it is put together. One draft per span, made of the fragments of its id."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from logtrace.ids import NO_SPAN, hashed_key
from logtrace.model import UNKNOWN, Evidence, Flag, Rank
from logtrace.reconstruct.spans.bounds import bounds, of_lines
from logtrace.reconstruct.spans.fragments import Fragment, merged, of_one_service, without_untimed_copies

EXPLICIT = Evidence("explicit", 100)
ROOT = Evidence("root", 100)
REMOTE = Evidence("remote", 70)
_FAR = 1 << 62


class Draft:
    """A span in the making. `parent` is NO_SPAN until one is known; `skew_ns`, added to
    its times, brings them to the clocks of the others, plus or minus `skew_unsure_ns`;
    `domain` is that of its clock, "" where all agree."""

    __slots__ = (
        "attempts", "domain", "duration_ns", "end", "evidence", "flags", "fragment", "key", "parent", "skew_ns", "skew_unsure_ns",
        "start", "start_ns",
    )  # fmt: skip

    def __init__(self, key: int, fragment: Fragment | None) -> None:
        self.key = key
        self.fragment = fragment
        self.parent = NO_SPAN
        self.evidence = UNKNOWN
        self.start_ns: int | None = None
        self.duration_ns: int | None = None
        self.start = self.end = UNKNOWN
        self.flags = 0
        self.attempts = 1
        self.skew_ns = self.skew_unsure_ns = 0
        self.domain = ""
        if fragment is not None:
            self._take(fragment)

    def _take(self, fragment: Fragment) -> None:
        self.flags = of_lines(fragment.flags, fragment.marks)
        times = sorted(line.time_ns for line in fragment.lines.values() if line.time_ns is not None)
        found = bounds(fragment.marks, times)
        self.start_ns, self.duration_ns, self.start, self.end = found.start_ns, found.duration_ns, found.start, found.end
        self.flags |= found.flags
        self.attempts = found.attempts
        parents = [parent for parent in fragment.parents if parent != NO_SPAN]
        if parents:
            self.parent = next((parent for parent in parents if parent != self.key), self.key)
            self.evidence = EXPLICIT
            self.flags |= Flag.MANY_PARENTS if len(parents) > 1 else 0
        elif fragment.parents:
            self.evidence = ROOT

    @property
    def phantom(self) -> bool:
        """Whether no line of this span was seen."""
        return self.fragment is None

    @property
    def end_ns(self) -> int | None:
        return None if self.start_ns is None or self.duration_ns is None else self.start_ns + self.duration_ns

    @property
    def true_ns(self) -> int | None:
        """The start by the common clock."""
        return None if self.start_ns is None else self.start_ns + self.skew_ns

    @property
    def order(self) -> tuple[int, int, int]:
        """Start, longest first, id: the one order of spans everywhere."""
        return (_FAR if self.start_ns is None else self.start_ns, -(self.duration_ns or 0), self.key)


def drafts(fragments: Iterable[Fragment]) -> list[Draft]:
    """The drafts of all spans of a trace, in span order.

    fragments: of one trace, in any order, the lines without a span (NO_SPAN) left out. Fragments of one span and
    service are merged; a service known only by file name joins the one that lines name.
    """
    by_span: dict[int, dict[str, Fragment]] = {}
    for fragment in chain.from_iterable(map(of_one_service, fragments)):
        services = by_span.setdefault(fragment.span, {})
        known = services.get(fragment.service)
        services[fragment.service] = fragment if known is None else merged(known, fragment)
    found: list[Draft] = []
    for key, services in by_span.items():
        parts = list(services.values())
        found.extend([Draft(key, parts[0])] if len(parts) == 1 else _shared(key, parts))
    if len(found) > len(by_span):
        _hand_over(found)
    return sorted(found, key=lambda draft: draft.order)


def _shared(key: int, parts: list[Fragment]) -> list[Draft]:
    """Drafts of a span id that lines of several services carry.

    The services that only a file name or a flag tells join the first that a line names. Of what is left, the one that
    logged the span's start or end (else the earliest) owns the id; each other is a child of it: the callee that logged
    its caller's id, or the server half of a span that client and server share (Zipkin).
    """
    strong = sorted((p for p in parts if p.service_rank <= Rank.DERIVED), key=_owner_order)
    weak = sorted((p for p in parts if p.service_rank > Rank.DERIVED), key=_owner_order)
    named = strong or weak[:1]
    owner = named[0]
    for part in weak if strong else weak[1:]:
        owner = merged(owner, part)
    result = [Draft(key, owner)]
    for part in named[1:]:
        half = Draft(hashed_key(f"{key}|{part.service}"), part)
        half.parent, half.evidence = key, REMOTE
        half.flags |= Flag.SHARED_ID if part.marks else Flag.REMOTE_SEGMENT
        result.append(half)
    return result


def _hand_over(spans: list[Draft]) -> None:
    """What the server half of a shared span called names the id that both have, and is a child of that half."""
    halves = {(span.parent, _service(span)): span for span in spans if span.flags & Flag.SHARED_ID}
    for span in spans:
        half = halves.get((span.parent, _service(span)))
        if half is not None and half is not span:
            span.parent = half.key


def _service(span: Draft) -> str:
    return span.fragment.service if span.fragment else ""


def _owner_order(part: Fragment) -> tuple[bool, bool, int, str]:
    """The least owns the id. What joins the owner makes it only less, so that it owns the id in the next run, too."""
    first = min((line.time_ns for line in part.lines.values() if line.time_ns is not None), default=_FAR)
    return (not part.marks, "client" not in part.kinds, first, part.service)


def line_count(fragment: Fragment) -> int:
    """How many distinct lines a fragment has; copies of one line count once."""
    return len(without_untimed_copies(fragment.lines))
