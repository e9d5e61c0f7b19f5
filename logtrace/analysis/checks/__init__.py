"""Checks of how services log: one a file, with a line in CHECKS."""

from __future__ import annotations

from logtrace.analysis.checks import (
    bare_spans,
    clock_skew,
    consumers,
    context_lost,
    generic_names,
    many_names,
    many_spans,
    orphans,
    partial_traces,
    personal_names,
    preservation,
    sampling,
    secrets,
    silent_errors,
    split_requests,
    units,
)
from logtrace.analysis.checks._check import Check

__all__ = ["CHECKS", "Check"]

CHECKS: tuple[Check, ...] = (
    context_lost.CHECK,
    split_requests.CHECK,
    consumers.CHECK,
    orphans.CHECK,
    generic_names.CHECK,
    personal_names.CHECK,
    many_names.CHECK,
    many_spans.CHECK,
    bare_spans.CHECK,
    silent_errors.CHECK,
    secrets.CHECK,
    sampling.CHECK,
    preservation.CHECK,
    units.CHECK,
    clock_skew.CHECK,
    partial_traces.CHECK,
)
"""In the order of a report."""
