"""The documented JSON shape of two populations of requests compared. As in shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from logtrace.analysis.cohorts.attributes import ValueFinding
from logtrace.analysis.cohorts.finding import Finding
from logtrace.analysis.cohorts.measured import ATTRIBUTE, CALLS, PRESENCE, TIMES, Kind
from logtrace.analysis.cohorts.windows import CohortComparison, Side
from logtrace.columns import Operation
from logtrace.views.comparing.cohort_text import finding_sentences, power_sentence, value_sentence
from logtrace.views.elements.glyphs import UNICODE
from logtrace.views.json.analysis import instant
from logtrace.views.json.shapes import VERSION


def cohorts_json(found: CohortComparison) -> dict[str, Any]:
    """Findings, the weightiest first; medians of times are nanoseconds."""
    power = found.found.power
    return {
        "version": VERSION,
        "now_ns": found.now_ns,
        "now": instant(found.now_ns),
        "before": _side_json(found.before),
        "after": _side_json(found.after),
        "requests": [_kind_json(kind) for kind in found.found.kinds],
        "tests": found.found.tests,
        "power": None if power is None else power._asdict(),
        "findings": [_finding_json(each) for each in found.found.findings],
        "untested": [_finding_json(each) for each in found.found.untested],
        "values": [_value_json(each) for each in found.values],
        "mix": [{**_named(mix.root), "before": mix.before, "after": mix.after, "q": mix.q} for mix in found.mix],
        "notes": list(found.notes),
    }


def _named(operation: Operation) -> dict[str, str]:
    return {"service": operation.service, "operation": operation.name}


def _side_json(side: Side) -> dict[str, Any]:
    return {
        "expression": side.chosen_by or None,
        "since_ns": side.since_ns,
        "since": instant(side.since_ns),
        "until_ns": side.until_ns,
        "until": instant(side.until_ns),
        "requests": side.requests,
        "compared": side.compared,
        "partial": side.partial,
    }


def _kind_json(kind: Kind) -> dict[str, Any]:
    one, other = (float(np.median(each)) if len(each) else None for each in (kind.before_ns, kind.after_ns))
    return {**_named(kind.root), "before": kind.before, "after": kind.after, "before_p50_ns": one, "after_p50_ns": other}


def _finding_json(each: Finding) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "request": _named(each.root),
        **_named(each.operation),
        "callee": None if each.other is None else _named(each.other),
        "key": each.key if each.kind == ATTRIBUTE else None,
        "before": each.before,
        "after": each.after,
        "before_n": each.before_n,
        "after_n": each.after_n,
        "ratio": each.ratio,
        "interval": None if each.interval is None else list(each.interval),
        "effect": each.effect,
        "p": each.p,
        "q": each.q,
        "per_request_ns": each.per_request_ns if each.kind in (*TIMES, CALLS, PRESENCE) else None,
        "share": each.share,
        "tail": None if each.tail is None else each.tail._asdict(),
        "related": [_finding_json(other) for other in each.related],
    }


def _value_json(each: ValueFinding) -> dict[str, Any]:
    return {
        "request": _named(each.root),
        "key": each.key,
        "value": each.value,
        **_named(each.operation),
        "before": each.before,
        "after": each.after,
        "hits_before": each.hits_before,
        "hits_after": each.hits_after,
        "lift": each.lift,
        "interval": list(each.interval),
        "q": each.q,
        "divergence": each.divergence,
    }


def cohorts_told_json(found: CohortComparison) -> dict[str, Any]:
    """The same in sentences: a list for each of `findings` and `untested`, in their order; one for each of `values`."""
    return {
        "findings": [list(finding_sentences(each, UNICODE)) for each in found.found.findings],
        "worse": [each.worse for each in found.found.findings],
        "untested": [list(finding_sentences(each, UNICODE)) for each in found.found.untested],
        "values": [value_sentence(each, UNICODE) for each in found.values],
        "power": power_sentence(found),
    }
