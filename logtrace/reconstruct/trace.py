"""Fragments → trace: the one function that the store, the one-shot mode, other engines and the tests all call.

    fragments of one trace → drafts → (parents: repair, inference) → Trace

A trace that is a plain tree of explicit parents takes a direct path; any other is rebuilt through a networkx.DiGraph.
A property test holds that both agree where both apply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logtrace.ids import NO_SPAN, TraceId, span_id_text
from logtrace.model import Attribute, Failure, Flag, Rank, Span, Trace, TraceSummary
from logtrace.reconstruct.spans.bounds import known_duration
from logtrace.reconstruct.spans.clocks import Clocks, domain_of
from logtrace.reconstruct.spans.drafts import EXPLICIT, Draft, drafts
from logtrace.reconstruct.spans.fragments import Fragment, best_ranks, line_order, merged, without_untimed_copies
from logtrace.reconstruct.spans.naming import named
from logtrace.units import counted

if TYPE_CHECKING:
    from logtrace.reconstruct.evidence.priors import Model


class Rebuilt(NamedTuple):
    """A trace put together, before it is dressed for people: spans in span order, and the fragments of no span."""

    spans: list[Draft]
    loose: list[Fragment]
    plain: bool


def by_trace(fragments: Iterable[Fragment]) -> dict[tuple[int, int], list[Fragment]]:
    """Fragments by trace (low, high). The 64-bit form of an id joins its 128-bit form where just one such is known."""
    found: dict[tuple[int, int], list[Fragment]] = {}
    for fragment in fragments:
        found.setdefault(fragment.trace[:2], []).append(fragment)
    longer: dict[int, list[tuple[int, int]]] = {}
    for low, high in found:
        if high:
            longer.setdefault(low, []).append((low, high))
    for low, same in longer.items():
        if len(same) == 1:
            found[same[0]] += found.pop((low, 0), [])
    return found


def rebuild(
    fragments: Iterable[Fragment], model: Callable[[], Model] | None = None, clocks: Clocks | None = None
) -> Rebuilt:  # fmt: skip
    """Puts the fragments of one trace together. The order of the fragments, and how often each comes, change nothing.

    model: gives what is known of who calls whom, asked only where parents are to be inferred; None: nothing is known.
    clocks: those that need a correction. Times stay as they were logged; the correction lies beside them.
    """
    parts = list(fragments)
    loose = merged_loose(part for part in parts if part.span == NO_SPAN)
    spans = drafts(part for part in parts if part.span != NO_SPAN)
    if clocks:
        set_clocks(spans, clocks)
    plain = is_plain([(span.key, span.parent) for span in spans], all(is_settled(span) for span in spans))
    return Rebuilt(finished(spans) if plain else repaired(spans, model), loose, plain)


def set_clocks(spans: Iterable[Draft], clocks: Clocks) -> None:
    """Notes what each span's clock needs as a correction."""
    for span in spans:
        part = span.fragment
        if part is not None and span.start_ns is not None:
            attributes = (attribute.pair for attribute in best_ranks(part.attributes))
            span.domain = domain_of(attributes, part.service)
            span.skew_ns, span.skew_unsure_ns = clocks.correction(span.domain, span.start_ns)


def merged_loose(parts: Iterable[Fragment]) -> list[Fragment]:
    """The fragments of no span, one for each service; a line that comes with its service and without counts once."""
    found: dict[str, Fragment] = {}
    for part in parts:
        known = found.get(part.service)
        found[part.service] = part if known is None else merged(known, part)
    nameless = found.pop("", None)
    rest = None if nameless is None else _without_copies(nameless, list(found.values()))
    return ([rest] if rest is not None else []) + [found[service] for service in sorted(found)]


def _without_copies(nameless: Fragment, named_parts: list[Fragment]) -> Fragment | None:
    """Lines of no known service (piped in, say) without those that some service has as well; None where none is left."""
    known = {key for part in named_parts for key in part.lines}
    texts = {text for _, text in known}
    lines = {
        key: line for key, line in nameless.lines.items() if key not in known and (key[0] is not None or key[1] not in texts)
    }
    if not lines:
        return None
    rest = merged(nameless, nameless)
    rest.lines = lines
    return rest


def root_of(rebuilt: Rebuilt) -> Fragment | None:
    """The fragment that names a trace in a list: of its first root that was seen, else of its lines."""
    root = next((s.fragment for s in rebuilt.spans if s.parent == NO_SPAN and s.fragment is not None), None)
    if root is not None:
        return root
    seen = [span.fragment for span in rebuilt.spans if span.fragment is not None]
    return seen[0] if seen else rebuilt.loose[0] if rebuilt.loose else None


def is_settled(span: Draft) -> bool:
    """Whether nothing about a span is inferred, but for a root that no line calls one."""
    return (span.parent == NO_SPAN or span.evidence is EXPLICIT) and span.start.observed and span.end.observed


def is_plain(edges: list[tuple[int, int]], settled: bool = True) -> bool:
    """Whether (span, parent) pairs are one tree: one root, each parent there, all below the root.

    settled: whether all the rest that the direct path takes for granted holds. An empty trace is plain.
    """
    if not settled:
        return False
    parents = dict(edges)
    if len(parents) != len(edges) or (edges and sum(parent == NO_SPAN for parent in parents.values()) != 1):
        return False
    rooted = {NO_SPAN}
    for key in parents:
        at, path = key, []
        while at not in rooted:
            rooted.add(at)
            path.append(at)
            if (parent := parents.get(at)) is None:
                return False
            at = parent
        if path and at in path:
            return False
    return True


def repaired(spans: list[Draft], model: Callable[[], Model] | None = None) -> list[Draft]:
    """The general path: repair what lines say of parents, infer what they do not say, then widen inferred bounds."""
    import networkx

    from logtrace.reconstruct import parents
    from logtrace.reconstruct.evidence.priors import NOTHING
    from logtrace.reconstruct.spans import repair
    from logtrace.reconstruct.spans.told import take_told

    repair.cut_self_parents(spans)
    spans = repair.add_phantoms(spans)
    take_told(spans)
    graph = networkx.DiGraph()
    graph.add_nodes_from(span.key for span in spans)
    graph.add_edges_from((span.parent, span.key) for span in spans if span.parent != NO_SPAN)
    repair.cut_cycles(spans, graph)
    parents.infer_parents(spans, NOTHING if model is None else model())
    graph.add_edges_from((span.parent, span.key) for span in spans if span.parent != NO_SPAN)
    repair.widen(spans, graph)
    return finished(spans)


def finished(spans: list[Draft]) -> list[Draft]:
    """What both paths end with: flags that need the whole tree, and the order."""
    from logtrace.reconstruct.spans.repair import mark_outside

    mark_outside(spans)
    for span in spans:
        span.duration_ns = known_duration(span.duration_ns, span.start)
    return sorted(spans, key=lambda span: span.order)


SpanText = Callable[[int], str]


def to_trace(rebuilt: Rebuilt, trace_id: str, opaque: Mapping[int, str]) -> Trace:
    """The Trace of what was rebuilt. `opaque` has the text of span ids that are not hexadecimal, by key."""

    def text(key: int) -> str:
        return opaque.get(key) or span_id_text(key)

    spans = tuple(span_of(draft, trace_id, text) for draft in rebuilt.spans)
    lines = [line for part in rebuilt.loose for line in without_untimed_copies(part.lines)]
    services = tuple(sorted({part.service for part in rebuilt.loose if part.service}))
    links = tuple(sorted({link for part in rebuilt.loose for link in part.links}))
    failures = tuple(
        Failure(part.service, -part.failure[0], *part.failure[2:]) for part in rebuilt.loose if part.failure is not None
    )
    return Trace(trace_id, spans, tuple(sorted(lines, key=line_order)), services, tuple(warnings(spans)), links, failures)


def trace_id_of(fragments: Iterable[Fragment]) -> TraceId:
    """The id of a trace from its fragments: the 128-bit form where there is one."""
    return max((part.trace for part in fragments), key=lambda trace: (trace.high != 0, trace))


def span_of(draft: Draft, trace_id: str, text: SpanText) -> Span:
    """The span of a draft; text: gives that of a span's id."""
    part = draft.fragment or Fragment(TraceId(0, 0), draft.key, "", int(Rank.NONE))
    attributes, conflicts = chosen(part.attributes)
    lines = tuple(without_untimed_copies(part.lines))
    level, _, kind, message = part.failure or (0, 0, "", "")
    if level:
        kind = kind or str(attributes.get("error.type", ""))
        message = message or str(attributes.get("error.message", ""))
    name, rank = named(part, lines)
    return Span(
        trace_id=trace_id, span_id=text(draft.key), key=draft.key, parent_span_id=text(draft.parent) if draft.parent else None,
        parent_key=draft.parent, parent=draft.evidence, service=part.service, service_rank=part.service_rank, name=name,
        name_rank=rank, kind=part.kinds[0] if part.kinds else "", start_ns=draft.start_ns, duration_ns=draft.duration_ns,
        start=draft.start, end=draft.end, error=-level, error_type=kind, error_message=message, severity=part.severity,
        attributes=attributes, attribute_conflicts=conflicts, lines=lines, links=part.links, flags=int(draft.flags),
        attempts=draft.attempts, phantom=draft.phantom, skew_ns=draft.skew_ns, skew_unsure_ns=draft.skew_unsure_ns,
    )  # fmt: skip


def chosen(ranks: list[tuple[Attribute, ...]]) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """(attributes, further values of those keys) as JSON values; see winners_and_losers."""
    best = best_ranks(ranks)
    alone = {attribute.key: orjson.loads(attribute.value) for attribute in best}
    if len(alone) == len(best):  # of most spans no key has several values
        return alone, {}
    winners, losers = winners_and_losers(ranks)
    conflicts: dict[str, tuple[Any, ...]] = {}
    for attribute, _ in losers:
        conflicts[attribute.key] = (*conflicts.get(attribute.key, ()), orjson.loads(attribute.value))
    return {attribute.key: orjson.loads(attribute.value) for attribute, _ in winners}, conflicts


Ranked = tuple[Attribute, int]


def winners_and_losers(ranks: list[tuple[Attribute, ...]]) -> tuple[list[Ranked], list[Ranked]]:
    """The attributes with their ranks: of several values of a key the one from the span's end wins, then from its
    start, then from lines between; within those the largest number, else the first in order of its JSON."""
    best = best_ranks(ranks)
    found = list(best.items())
    if len({attribute.key for attribute in best}) == len(best):
        return found, []
    found.sort(key=_preference)
    taken: set[str] = set()
    winners: list[Ranked] = []
    losers: list[Ranked] = []
    for attribute, rank in found:
        (losers if attribute.key in taken else winners).append((attribute, rank))
        taken.add(attribute.key)
    return winners, losers


def _preference(ranked: Ranked) -> tuple[int, bool, float, str]:
    attribute, rank = ranked
    number = orjson.loads(attribute.value) if attribute.value[0] in "-0123456789" else None
    return (rank, number is None, 0 if number is None else -number, attribute.value)


def warnings(spans: Sequence[Span]) -> list[str]:
    """Sentences about a trace as a whole; what concerns one span is a flag of the span."""
    found = []
    kinds = Counter(int(span.flags) for span in spans)
    for flag, sentence in _SENTENCES.items():
        if many := sum(many for flags, many in kinds.items() if flags & flag):
            found.append(f"{counted(many, 'span')} {sentence}")
    if unended := sum(span.start.observed for span in spans if int(span.flags) & _OPEN):
        found.append(f"{counted(unended, 'span')} began and never ended: the log ended first, or a line was lost")
    return found


_OPEN = int(Flag.OPEN)
_TOLD = {
    Flag.CYCLE_CUT: "named a parent below itself; the link that closed the circle is not shown",
    Flag.SELF_PARENT: "named itself as parent",
    Flag.MANY_PARENTS: "named several parents; the first is shown",
    Flag.OUTSIDE_PARENT: "ran outside the time of the parent: asynchronous work, or clocks that differ",
    Flag.SHARED_ID: "had the id of the span that called it; it is shown as that span's child",
    Flag.REMOTE_SEGMENT: "logged with the id of the caller; it is shown below that span",
    Flag.ATTEMPTS: "began more than once under one id: the attempts are shown as one span",
    Flag.INVALID_DURATION: "logged a duration that is none, below zero or above a day",
    Flag.BOUNDS_CONFLICT: "logged a duration that disagrees with its start and end",
    Flag.UNIT_ASSUMED: "logged a duration without a unit; one was assumed",
}
_SENTENCES = {int(flag): sentence for flag, sentence in _TOLD.items()}
"""By number: flags are compared for every trace, which takes ten times as long where they are members of an Enum."""


def summary(rebuilt: Rebuilt, trace_id: str) -> TraceSummary:
    """The list row of a trace."""
    seen = [span for span in rebuilt.spans if span.fragment is not None]
    times = [line.time_ns for part in rebuilt.loose for line in part.lines.values() if line.time_ns is not None]
    starts = [s.start_ns for s in rebuilt.spans if s.start_ns is not None] + times
    ends = [s.start_ns + (s.duration_ns or 0) for s in rebuilt.spans if s.start_ns is not None] + times
    parts = [span.fragment for span in seen if span.fragment is not None] + rebuilt.loose
    root = root_of(rebuilt)
    start = min(starts, default=None)
    duration = None if start is None else max(ends) - start
    lower_bound = duration is not None and not _end_is_known(rebuilt.spans)
    lines = without_untimed_copies(root.lines) if root is not None else []
    return TraceSummary(
        trace_id=trace_id,
        root_service=root.service if root is not None else "",
        root_name=named(root, tuple(lines))[0] if root is not None else "",
        start_ns=start,
        duration_ns=None if lower_bound and not duration else duration,
        spans=len(seen),
        services=len({part.service for part in parts if part.service}),
        errors=sum(part.failure is not None for part in parts),
        inferred=sum(span.parent != NO_SPAN and not span.evidence.observed for span in rebuilt.spans),
        lines=sum(len(without_untimed_copies(part.lines)) for part in parts),
        partial=any(span.phantom for span in rebuilt.spans),
        lower_bound=bool(lower_bound and duration),
    )


def _end_is_known(spans: Iterable[Draft]) -> bool:
    """Whether a line says when the span ended that ended last."""
    ended = [(s.start_ns + (s.duration_ns or 0), s.end.observed) for s in spans if s.start_ns is not None]
    last = max((end for end, _ in ended), default=None)
    return any(observed for end, observed in ended if end == last)
