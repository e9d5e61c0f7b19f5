"""The documented JSON shapes of reading verbs: plain dicts with a version, for machines.

Text is as logged, not cleaned: whoever shows it cleans it. Unknown values are null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logtrace.ids import span_id_text
from logtrace.model import ErrorLevel, Flag, LineRef, Link, LogLine, Rank, Span, Trace, TraceSummary
from logtrace.reconstruct.spans.clocks import UNTOLD, Clock
from logtrace.units import NS, format_instant

if TYPE_CHECKING:
    from logtrace.analysis.traces.findings import Findings
    from logtrace.analysis.traces.linked import Join
    from logtrace.query.found import Hit, Match, Page, Timeline
    from logtrace.reconstruct.why import Why

VERSION = 1


def trace_json(trace: Trace) -> dict[str, Any]:
    """A trace with all its spans, in span order; `lines` are the log lines that name no span.

    `spans` is a generator: of a large trace the shapes of all would take more memory than the trace.
    """
    from logtrace.analysis.traces.findings import findings

    found = findings(trace.adjusted)
    return {
        "version": VERSION,
        "trace_id": trace.trace_id,
        **_times(trace.start_ns, trace.duration_ns),
        "services": trace.services,
        "roots": [root.span_id for root in trace.roots],
        "inferred": len(trace.inferred),
        "missing_parents": [span.span_id for span in trace.spans if span.phantom],
        "warnings": list(trace.warnings),
        "links": [link_json(link) for link in trace.links],
        **findings_json(found),
        "spans": ({**span_json(span), **_own_json(found, span)} for span in trace.spans),
        "lines": [_line_json(line) for line in trace.lines],
        "failures": [failure._asdict() for failure in trace.failures],
    }


def findings_json(found: Findings) -> dict[str, Any]:
    """What there is to say about the time of a trace; `span_id` of a section is null where no span runs."""
    ids = {span.key: span.span_id for span in found.trace.spans}
    return {
        "critical_path": {
            "root": found.path.root.span_id if found.path.root else None,
            "duration_ns": found.path.duration_ns if found.path.sections else None,
            "duration_is_lower_bound": found.path.lower_bound,
            "sections": [
                {"span_id": ids.get(section.key), "start_ns": section.start_ns, "duration_ns": section.duration_ns}
                for section in found.path.sections
            ],
        },
        "gaps": [
            {
                "span_id": gap.span.span_id,
                "start_ns": gap.start_ns,
                "duration_ns": gap.duration_ns,
                "after": gap.before.span_id if gap.before else None,
                "before": gap.after.span_id if gap.after else None,
            }
            for gap in found.gaps
        ],
        "repeats": [
            {
                "parent_span_id": run.parent.span_id,
                "service": run.first.service,
                "operation": run.first.name,
                "calls": run.calls,
                "covered_ns": run.covered_ns,
            }
            for run in found.repeats
        ],
    }


def _own_json(found: Findings, as_logged: Span) -> dict[str, Any]:
    span = found.trace.by_key[as_logged.key]
    return {
        "self_ns": found.self_ns(span),
        "critical_ns": found.path_ns.get(span.key, 0) if found.path.sections else None,
        "shape": found.shape(span)._asdict(),
    }


def span_json(span: Span) -> dict[str, Any]:
    """One span; `error` is 1 for a failed span, `error_line` for one with only an error-level line."""
    return {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": span.parent_span_id,
        "parent_source": span.parent.source,
        "parent_confidence": span.parent.confidence,
        "service": span.service,
        "operation": span.name,
        "operation_inferred": span.name_rank > Rank.DERIVED,
        "kind": span.kind,
        **_times(span.start_ns, span.duration_ns),
        "start_source": span.start.source,
        "start_confidence": span.start.confidence,
        "end_source": span.end.source,
        "end_confidence": span.end.confidence,
        "status": span.status,
        "error": int(span.error == ErrorLevel.HARD),
        "error_line": int(span.error == ErrorLevel.SOFT),
        "error_type": span.error_type,
        "error_message": span.error_message,
        "attributes": dict(span.attributes),
        "attribute_conflicts": {key: list(values) for key, values in span.attribute_conflicts.items()},
        "links": [link_json(link) for link in span.links],
        "attempts": span.attempts,
        "skew_ns": span.skew_ns,
        "phantom": span.phantom,
        "warnings": [str(flag.name).lower() for flag in Flag(span.flags)],
        "lines": [_line_json(line) for line in span.lines],
    }


def summary_json(summary: TraceSummary) -> dict[str, Any]:
    """The row of a trace in a list."""
    return {
        "trace_id": summary.trace_id,
        "root_service": summary.root_service,
        "root_operation": summary.root_name,
        **_times(summary.start_ns, summary.duration_ns),
        "spans": summary.spans,
        "services": summary.services,
        "errors": summary.errors,
        "inferred": summary.inferred,
        "lines": summary.lines,
        "partial": summary.partial,
        "duration_is_lower_bound": summary.lower_bound,
    }


def page_json(page: Page, sort: str, number: int) -> dict[str, Any]:
    """A page of the traces that were searched for, its order and its number."""
    return {
        "version": VERSION,
        "expression": page.expression,
        "sort": sort,
        "page": number,
        "more": page.more,
        "notes": list(page.notes),
        "traces": [hit_json(hit) for hit in page.hits],
    }


def timeline_json(timeline: Timeline) -> dict[str, Any]:
    """What an expression holds for, in time order."""
    return {
        "version": VERSION,
        "expression": timeline.expression,
        "more": timeline.more,
        "notes": list(timeline.notes),
        "entries": [match_json(entry) for entry in timeline.entries],
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """A trace that was searched for: its list row, and its spans that match."""
    longest = None if hit.longest is None else match_json(hit.longest)
    return {
        **summary_json(hit.summary),
        "soft_errors": hit.soft_errors,
        "matched_spans": hit.matched,
        "longest_match": longest,
    }


def match_json(match: Match) -> dict[str, Any]:
    """A span that an expression holds for; without `span_id` a log line of no span, which has `path` and `line`."""
    return {
        "trace_id": match.trace_id or None,
        "span_id": match.span_id or None,
        "service": match.service,
        "operation": match.operation,
        **_times(match.start_ns, match.duration_ns),
        "error": int(match.error == ErrorLevel.HARD),
        "error_line": int(match.error == ErrorLevel.SOFT),
        "path": match.path or None,
        "line": match.line or None,
    }


def log_line_json(line: LogLine) -> dict[str, Any]:
    """One raw log line with where it belongs and where it was read."""
    return {**line._asdict(), "time": _instant(line.time_ns)}


def clock_json(clock: Clock) -> dict[str, Any]:
    """What is added to the times of a domain: at each `time_ns`, in between the line."""
    knots = [{"time_ns": at, "add_ns": shift} for at, shift in clock.knots]
    return {**clock._asdict(), "knots": knots}


def left_clock_json(clock: Clock) -> dict[str, Any]:
    """A clock to which nothing is added: it may agree, or nothing is known of it."""
    known = clock.cases > 0
    return {
        "domain": clock.domain,
        "known": known,
        "uncertainty_ns": clock.uncertainty_ns if known else None,
        "cases": clock.cases,
        "reference": clock.reference if known else None,
        "why": "may agree as it is" if known else UNTOLD,
    }


def why_json(found: Why) -> dict[str, Any]:
    """The candidates of a span's parent, the best first."""
    candidates = [{**one._asdict(), "span": one.span.span_id, "service": one.span.service, "operation": one.span.name}
                  for one in found.candidates]  # fmt: skip
    paced = {"span": found.paced.span_id, "share": found.weight} if found.paced is not None else None
    doubts = {"rivalled": found.rivalled, "blurred": found.blurred, "doubted": found.doubted,
              "adrift": found.adrift}  # fmt: skip
    return {**span_json(found.span), "known": found.known, "paced": paced, **doubts, "candidates": candidates}


def link_json(link: Link) -> dict[str, Any]:
    """A link; `span_id` is null where the whole trace is meant."""
    return {"trace_id": str(link.trace), "span_id": span_id_text(link.span) if link.span else None}


def join_json(join: Join) -> dict[str, Any]:
    """How a trace was joined to another; `span_id` is the span it hangs under."""
    return {
        "trace_id": join.lower,
        "under": join.upper,
        "span_id": join.span.span_id if join.span else None,
        "how": join.how,
        "observed": join.observed,
    }


def _line_json(line: LineRef) -> dict[str, Any]:
    return {"time_ns": line.time_ns, "time": _instant(line.time_ns), "severity": line.severity, "body": line.body}


def _times(start_ns: int | None, duration_ns: int | None) -> dict[str, Any]:
    return {
        "start_ns": start_ns,
        "start_time": _instant(start_ns),
        "duration_ns": duration_ns,
        "duration_ms": None if duration_ns is None else duration_ns / NS["ms"],
    }


def _instant(time_ns: int | None) -> str | None:
    return None if time_ns is None else format_instant(time_ns)
