"""The documented JSON shapes of comparisons and similar requests. As in shapes: text as logged, null for unknown."""

from __future__ import annotations

from typing import Any

from logtrace.analysis.traces.attributes import AttributeChange
from logtrace.analysis.traces.compare import Change, Compared, Comparison, Node, agreed
from logtrace.analysis.traces.similar import Similar
from logtrace.model import Span, Trace
from logtrace.views.elements.ratios import brief_ratio_text
from logtrace.views.json.analysis import span_ref
from logtrace.views.json.shapes import VERSION, summary_json


def compare_json(found: Compared) -> dict[str, Any]:
    """A comparison: `nodes` are both trees as one, parents first; `changes` what is worth saying, in time order."""
    one = found.comparison
    return {
        "version": VERSION,
        "good": _trace_ref(one.a),
        "bad": _trace_ref(one.b),
        "common": one.common,
        "missing": [{"service": service, "operation": name} for service, name in one.missing],
        "new": [{"service": service, "operation": name} for service, name in one.new],
        "first": _change_json(one.first) if one.first else None,
        "changes": [_change_json(change) for change in one.changes],
        "nodes": [_node_json(node) for node in one.nodes],
        "compared_with": [each.a.trace_id for each in (one, *found.others)],
        "agreed": _agreed_json([one, *found.others]) if found.others else None,
    }


def compare_told_json(found: Compared) -> dict[str, Any]:
    """What the page shows as the terminal does: how many times as long the second is, node by node; "" where that is not
    known."""
    ratios = (node.timing.ratio if node.timing else None for node in found.comparison.nodes)
    return {"ratios": [brief_ratio_text(ratio) for ratio in ratios]}


def similar_json(found: Similar) -> dict[str, Any]:
    """Similar requests, the best first."""
    return {
        "version": VERSION,
        "similar": [
            {
                **summary_json(each.summary),
                "likeness": each.likeness,
                "same_paths": each.same_paths,
                "same_errors": each.same_errors,
            }
            for each in found.matches
        ],
        "looked_at": found.looked_at,
        "known": found.known,
    }


def _agreed_json(comparisons: list[Comparison]) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "service": each.service, "operation": each.name, "requests": each.requests}
        for each in agreed(comparisons)
    ]


def _trace_ref(trace: Trace) -> dict[str, Any]:
    failed = sum(span.status == "error" for span in trace.spans)
    return {
        "trace_id": trace.trace_id,
        "start_ns": trace.start_ns,
        "duration_ns": trace.duration_ns,
        "spans": len(trace.spans),
        "failed": failed,
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {"kind": change.kind, **span_ref(change.node.span), "at_ns": change.at_ns}


def _node_json(node: Node) -> dict[str, Any]:
    timing = node.timing
    return {
        "service": node.span.service,
        "operation": node.span.name,
        "good": _side_json(node.a),
        "bad": _side_json(node.b),
        "parent": node.parent if node.parent >= 0 else None,
        "depth": node.depth,
        "changes": list(node.changes),
        "ratio": timing.ratio if timing else None,
        "self_delta_ns": timing.self_delta_ns if timing else None,
        "beyond_p99": timing.beyond_p99 if timing else None,
        "attributes": [_attribute_json(change) for change in node.attributes],
    }


def _side_json(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {
        "span_id": span.span_id,
        "start_ns": span.start_ns,
        "duration_ns": span.duration_ns,
        "status": span.status,
        "error_type": span.error_type,
        "error_message": span.error_message,
    }


def _attribute_json(change: AttributeChange) -> dict[str, Any]:
    return {
        "key": change.key,
        "good": change.a,
        "bad": change.b,
        "in_good": change.known_a,
        "in_bad": change.known_b,
        "ratio": change.ratio,
        "minor": change.minor,
    }
