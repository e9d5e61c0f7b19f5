"""Runs made of records, for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logtrace.model import Record
from logtrace.reconstruct.spans.runs import Bundle, Run, Template, numbers


def run_of(found: Sequence[Record], indexes: Sequence[int], split: int = 0) -> Run:
    """The run of records; the first `split` attributes of each stand in its template.

    Records that differ only in what a run has columns for share a template, as those of a decoder do; equal attributes
    share a bundle.
    """
    templates: dict[object, Template] = {}
    bundles: dict[object, Bundle] = {}
    for each in found:
        templates.setdefault(_kind(each, split), Template(each, each.attributes[:split]))
        bundles.setdefault(each.attributes[split:], Bundle.of(each.attributes[split:]))
    traces = [each.trace for each in found]
    return Run(
        np.array(indexes, np.int64), [templates[_kind(each, split)] for each in found],
        [bundles[each.attributes[split:]] for each in found], np.array([trace is not None for trace in traces], np.bool_),
        np.array([trace.low if trace else 0 for trace in traces], np.int64),
        np.array([trace.high if trace else 0 for trace in traces], np.int64),
        np.array([each.span for each in found], np.int64), np.array([each.parent is not None for each in found], np.bool_),
        np.array([each.parent or 0 for each in found], np.int64), numbers(each.time_ns for each in found),
        numbers(each.duration_ns for each in found), numbers(each.start_ns for each in found),
        numbers(each.end_ns for each in found), [each.body for each in found],
        np.array([each.text_hash for each in found], np.int64),
        np.array([each.error for each in found], np.int64), [(each.error_type, each.error_message) for each in found],
        {trace[:2]: trace.text for trace in traces if trace is not None and trace.text},
    )  # fmt: skip


def _kind(record: Record, split: int) -> tuple[object, ...]:
    alike = record._replace(
        trace=None, span=0, parent=None, time_ns=None, start_ns=None, end_ns=None, duration_ns=None, body="", text_hash=0,
        error=0, error_type="", error_message="", attributes=(),
    )  # fmt: skip
    return (*alike, record.attributes[:split])
