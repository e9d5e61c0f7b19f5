"""Numbers about the spans of an operation or a service, and about everything."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from logtrace.analysis.rules.judge import Kept, Verdict, first_line, is_meant, named
from logtrace.analysis.verdicts import Finding, Place
from logtrace.ids import NO_SPAN
from logtrace.model import ErrorLevel, Flag, LineRef, Span, Trace
from logtrace.query.rules import DURATIONS, SHARES, Metric, Subject
from logtrace.query.values import ORDER
from logtrace.units import counted, format_duration


class _Shown(NamedTuple):
    """A value with the request and the line that shows it."""

    value: float
    trace_id: str
    lines: tuple[LineRef, ...]


_NOTHING = _Shown(-1, "", ())


class MetricJudge:
    """Judges a Metric about some spans."""

    def __init__(self, rule: Metric, subject: Subject) -> None:
        self._rule = rule
        self._subject = subject
        self._durations: list[int] = []
        self._count = self._errors = self._soft = self._most = 0
        self._shown = _NOTHING

    def see(self, trace: Trace) -> None:
        depths = {span.key: depth for depth, span in trace.walk()} if self._rule.name == "depth" else {}
        for span in trace.spans:
            if is_meant(self._subject, span):
                self._count += 1
                self._errors += span.error > 0
                self._soft += span.error == ErrorLevel.SOFT
                value = self._value(trace, span, depths)
                if value > self._shown.value:
                    self._shown = _Shown(value, trace.trace_id, first_line(trace, span))

    def _value(self, trace: Trace, span: Span, depths: dict[int, int]) -> float:
        """What of a span decides which one is shown."""
        if self._rule.name in DURATIONS:
            if span.duration_ns is not None:
                self._durations.append(span.duration_ns)
            return span.duration_ns or 0
        if self._rule.name in ("depth", "children"):
            value = depths.get(span.key, 0) if depths else len(trace.children.get(span.key, ()))
            self._most = max(self._most, value)
            return value
        return span.error

    def verdict(self, kept: Kept) -> Verdict:  # noqa: ARG002 - a judge's signature
        name = self._rule.name
        if name in DURATIONS and not self._durations:
            return Verdict(remark=f"no span of {named(self._subject)} has a duration" if self._count else self._none())
        if not self._count and name != "count":
            return Verdict(remark=self._none())
        value = self._measured()
        if ORDER[self._rule.op](value, self._rule.value):
            return Verdict(remark="" if self._count else self._none())
        asked = f"{self._rule.op} {value_text(name, self._rule.value)}"
        soft = of_lines_alone(self._soft) if name in ("errors", *SHARES) else ""
        told = f"{name} is {value_text(name, value)}{soft}; asked for: {asked} ({counted(self._count, 'span')})"
        traces = (self._shown.trace_id,) if self._shown.trace_id else ()
        return Verdict((Finding(told, named(self._subject), traces, self._shown.lines),), 1)

    def _measured(self) -> float:
        name = self._rule.name
        if name in DURATIONS:
            return DURATION_OF[name](sorted(self._durations))
        if name in SHARES:
            return self._errors / self._count
        return {"count": self._count, "errors": self._errors}.get(name, self._most)

    def _none(self) -> str:
        return f"there is no span of {named(self._subject)}"


def percentile(ordered: list[int], percent: int) -> int:
    """The smallest of some values, in order, that so many in a hundred do not exceed."""
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


DURATION_OF: dict[str, Callable[[list[int]], float]] = {
    "p50": lambda values: percentile(values, 50),
    "p90": lambda values: percentile(values, 90),
    "p95": lambda values: percentile(values, 95),
    "p99": lambda values: percentile(values, 99),
    "max": lambda values: values[-1],
    "min": lambda values: values[0],
    "mean": lambda values: sum(values) / len(values),
}


def value_text(name: str, value: float) -> str:
    """What was measured, in the unit of its name."""
    if name in DURATIONS:
        return format_duration(round(value))
    return f"{value:.2%}" if name in SHARES else f"{value:,.0f}"


class TotalJudge:
    """Judges a Metric about everything."""

    def __init__(self, rule: Metric) -> None:
        self._rule = rule
        self._value = self._soft = 0
        self._shown: list[tuple[str, LineRef | None]] = []

    def see(self, trace: Trace) -> None:
        if self._rule.name == "roots":
            roots = len(trace.roots)
            if roots > 1 and roots > self._value:
                self._shown.insert(0, (trace.trace_id, next(iter(first_line(trace, trace.roots[-1])), None)))
            self._value = max(self._value, roots)
            return
        counted = _TOTALS.get(self._rule.name)
        found = counted(trace) if counted else []
        self._value += 1 if self._rule.name == "traces" else len(found)
        self._soft += sum(span.error == ErrorLevel.SOFT for span in found) if self._rule.name == "errors" else 0
        if found and len(self._shown) < _EXAMPLES:
            self._shown.append((trace.trace_id, next(iter(first_line(trace, found[0])), None)))

    def verdict(self, kept: Kept) -> Verdict:
        places: tuple[Place, ...] = ()
        if self._rule.name == "rejected lines":
            self._value, places = kept.rejected, kept.rejected_places
        elif self._rule.name == "secrets":
            self._value, places = kept.secrets, kept.secret_places
        if ORDER[self._rule.op](self._value, self._rule.value):
            return Verdict()
        about = f"{_NAMES.get(self._rule.name, self._rule.name)}: {self._value:,}{of_lines_alone(self._soft)}"
        told = f"{about}; asked for: {self._rule.op} {self._rule.value:,.0f}"
        shown = self._shown[:_EXAMPLES]
        lines = tuple(line for _, line in shown if line is not None)
        return Verdict((Finding(told, "", tuple(trace_id for trace_id, _ in shown), lines, places),), 1)


def of_lines_alone(soft: int) -> str:
    """How many errors are no failed spans: what a message adds to their number."""
    return f", {soft:,} of them told by lines of level error alone" if soft else ""


_EXAMPLES = 5
_NAMES = {"roots": "the most roots of a trace", "secrets": "lines with a secret (taken out when they were read)"}


def _orphans(trace: Trace) -> list[Span]:
    """Spans whose parent was never logged."""
    return [s for s in trace.spans if s.parent_key != NO_SPAN and (p := trace.by_key.get(s.parent_key)) is not None and p.phantom]


_TOTALS: dict[str, Callable[[Trace], list[Span]]] = {
    "spans": lambda trace: [span for span in trace.spans if not span.phantom],
    "errors": lambda trace: trace.errors,
    "orphans": _orphans,
    "cycles": lambda trace: [span for span in trace.spans if span.flags & (Flag.CYCLE_CUT | Flag.SELF_PARENT)],
}
