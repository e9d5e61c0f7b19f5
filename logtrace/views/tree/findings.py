"""What a waterfall says under its tree about time: the critical path, gaps, runs of like calls, how children run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from logtrace.analysis.traces.critical_path import CriticalPath
from logtrace.analysis.traces.findings import Findings
from logtrace.analysis.traces.gaps import Gap
from logtrace.analysis.traces.shape import MIXED, PARALLEL, SELF, SEQUENTIAL, SINGLE, Repeats
from logtrace.ids import NO_SPAN
from logtrace.model import Span
from logtrace.units import counted, format_duration
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.names import span_name
from logtrace.views.elements.ratios import percent
from logtrace.views.elements.text import clean

MOST = 3
"""So many of each are named; the rest is counted."""

_TOLD = (SINGLE, SEQUENTIAL, PARALLEL, MIXED, SELF)


def findings_lines(found: Findings, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Lines of `label value`; nothing for a trace of which there is nothing to say."""
    for label, value in finding_texts(found, glyphs):
        yield from labelled(label, glyphs.plain(value), width)


def finding_texts(found: Findings, glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """(label, text) of what is worth saying, clean."""
    if found.path_ns and len(found.trace.spans) > 1:
        yield f"path {glyphs.bar}", path_text(found, glyphs)
    if found.beyond.sections and found.path.root is not None:
        yield "after", beyond_text(found, glyphs)
    yield from (("shape", text) for text in shape_texts(found, glyphs))
    yield from (("N+1", text) for text in some([repeats_text(run, glyphs) for run in found.repeats]))
    yield from (("gap", text) for text in some([gap_text(gap, found) for gap in found.gaps]))


def some(texts: Sequence[str]) -> list[str]:
    """The first three, and how many there are besides."""
    rest = len(texts) - MOST
    return [*texts[:MOST], *([f"and {rest:,} more"] if rest > 0 else [])]


def path_text(found: Findings, glyphs: Glyphs) -> str:
    """`CreateTask 4.8s (92 %) · AuthorizeUser 200ms (4 %)`: the operations that decided how long it took."""
    of = f"of {named_span(found, found.path.root)}: " if found.path.root and len(found.trace.roots) > 1 else ""
    least = "at least " if found.path.lower_bound else ""
    return of + least + _longest(found, found.path, glyphs) + _doubt(found)


def beyond_text(found: Findings, glyphs: Glyphs) -> str:
    """`POST /tasks ended after 92.2ms, what it set off 1m10s later: worker: ExecuteTask 1m09s (99 %)`."""
    assert found.path.root is not None
    root, later = found.path.root, found.beyond
    ended = f"{named_span(found, root)} ended after {format_duration(root.duration_ns or 0)}"
    return f"{ended}, what it set off {format_duration(later.duration_ns)} later: {_longest(found, later, glyphs)}"


def _longest(found: Findings, path: CriticalPath, glyphs: Glyphs) -> str:
    """The operations of a path, the longest first."""
    named: dict[str, list[int]] = {}
    for key, ns in path.times().items():
        name = named_span(found, found.trace.by_key[key]) if key in found.trace.by_key else "(no span runs)"
        named.setdefault(name, []).append(ns)
    longest = sorted(named.items(), key=lambda pair: -sum(pair[1]))
    parts = [_on_path(name, times, path.duration_ns, glyphs) for name, times in longest[:MOST]]
    if rest := longest[MOST:]:
        parts.append(_on_path(f"{len(rest):,} more", [sum(sum(times) for _, times in rest)], path.duration_ns, glyphs))
    return f" {glyphs.dot} ".join(parts)


def _doubt(found: Findings) -> str:
    """What the path rests on beside what lines tell: parents that are inferred."""
    spans = [found.trace.by_key[key] for key in found.path_ns if key in found.trace.by_key]
    inferred = sum(span.parent_key != NO_SPAN and not span.parent.observed for span in spans)
    return f"; rests on {counted(inferred, 'inferred parent')}" if inferred else ""


def _on_path(name: str, times: Sequence[int], total_ns: int, glyphs: Glyphs) -> str:
    calls = f" {glyphs.times} {len(times):,}" if len(times) > 1 else ""
    return f"{name}{calls} {format_duration(sum(times))} ({percent(sum(times), total_ns)})"


def named_span(found: Findings, span: Span) -> str:
    """The operation, with its service where the trace has several; clean."""
    service = f"{clean(span.service)}: " if span.service and len(found.trace.services) > 1 else ""
    return service + span_name(span)


def shape_texts(found: Findings, glyphs: Glyphs) -> list[str]:
    """How the children run of the root and of large parents, by label: `sequential: ListTasks (97 % covered)`."""
    roots = [found.path.root] if found.path.root is not None else []
    large = [span for span in found.trace.spans if span is not found.path.root and _is_large(found, span)]
    by_label: dict[str, list[str]] = {}
    for span in [*roots, *sorted(large, key=lambda span: -(span.duration_ns or 0))][:MOST]:
        made = found.shape(span)
        if made.label in _TOLD:
            at_once = f"up to {made.concurrency} at once, " if made.concurrency > 1 else ""
            by_label.setdefault(made.label, []).append(f"{span_name(span)} ({at_once}{percent(made.coverage, 1)} covered)")
    parts = [f"{label}: {', '.join(names)}" for label, names in by_label.items()]
    return [f" {glyphs.dot} ".join(parts)] if parts else []


def _is_large(found: Findings, span: Span) -> bool:
    """A parent that takes a fifth of the path or more."""
    return 5 * (span.duration_ns or 0) >= found.path.duration_ns > 0 and len(found.trace.children.get(span.key, ())) > 1


def repeats_text(run: Repeats, glyphs: Glyphs) -> str:
    """`SELECT × 40 one after the other in ListTasks: 1.2s (80 % of it)`."""
    share = percent(run.covered_ns, run.parent.duration_ns or 0)
    calls = f"{span_name(run.first)} {glyphs.times} {run.calls:,}"
    return f"{calls} one after the other in {span_name(run.parent)}: {format_duration(run.covered_ns)} ({share} of it)"


def gap_text(gap: Gap, found: Findings) -> str:
    """`4s (53 % of the trace) in Retry between CallBedrock and CallBedrock: no span under it covers that`."""
    if gap.before and gap.after:
        where = f"between {span_name(gap.before)} and {span_name(gap.after)}"
    elif gap.before:
        where = f"after {span_name(gap.before)}"
    else:
        where = f"before {span_name(gap.after)}" if gap.after else "around its children"
    share = percent(gap.duration_ns, found.trace.duration_ns or 0)
    return f"{format_duration(gap.duration_ns)} ({share} of the trace) in {named_span(found, gap.span)} {where}"
