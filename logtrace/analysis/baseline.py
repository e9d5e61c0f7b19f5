"""A baseline: what operations did when all was well, and in what the same system differs from that now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, log, sqrt
from typing import Any

from logtrace.analysis.rules.judge import first_line, where
from logtrace.analysis.self_time import self_time_ns
from logtrace.analysis.verdicts import ERROR, MOST, WARNING, Finding, Outcome
from logtrace.model import LineRef, Span, Trace
from logtrace.units import NS, format_duration

VERSION = 1
TOLERANCE = 0.3
"""An operation may take so much longer than in the baseline: measured once, times of one machine differ by a fifth."""

MIN_DELTA_NS = NS["ms"]
OUTLIER, OUTLIER_NS = 3, 50 * NS["ms"]
"""One call is too slow that by itself takes so many times what the slowest took, and so much longer."""

_SURE = 2.0  # standard errors between two means


@dataclass(slots=True)
class Operation:
    """What is known of the spans of an operation. log_sum, log_squares: of the logarithms of their durations; self_ns: the sum
    of their own times; max_self_ns: the longest of those; shown: what shows that one, or the first failure."""

    count: int = 0
    errors: int = 0
    timed: int = 0
    log_sum: float = 0.0
    log_squares: float = 0.0
    self_ns: int = 0
    max_self_ns: int = 0
    shown: tuple[str, tuple[LineRef, ...]] = ("", ())
    failed: tuple[str, tuple[LineRef, ...]] = ("", ())
    calls: dict[str, list[int]] = field(default_factory=dict)
    """Child → [spans that call it, the fewest calls of those, the most]."""

    @property
    def log_mean(self) -> float:
        return self.log_sum / self.timed if self.timed else 0.0

    @property
    def variance(self) -> float:
        """Of the logarithms; 0 where there are too few."""
        return max(0.0, (self.log_squares - self.timed * self.log_mean**2) / (self.timed - 1)) if self.timed > 1 else 0.0

    def least(self, child: str) -> int:
        """The fewest calls of a child by one span."""
        calling, least, _ = self.calls.get(child, (0, 0, 0))
        return least if calling == self.count else 0


_FIELDS = ("count", "errors", "timed", "log_sum", "log_squares", "self_ns", "max_self_ns", "calls")


class Profile:
    """The operations of some traces, by `service: operation`."""

    def __init__(self) -> None:
        self.operations: dict[str, Operation] = {}
        self.traces = 0

    def see(self, trace: Trace) -> None:
        """Takes a trace into account."""
        self.traces += 1
        for span in trace.spans:
            if not span.phantom:
                self._add(trace, span, self.operations.setdefault(where(span), Operation()))

    def _add(self, trace: Trace, span: Span, found: Operation) -> None:
        found.count += 1
        shown = trace.trace_id, first_line(trace, span)
        if span.error:
            found.errors += 1
            found.failed = shown if not found.failed[0] else found.failed
        if span.duration_ns:
            own_ns = self_time_ns(trace, span) or 0
            found.timed += 1
            found.log_sum += log(span.duration_ns)
            found.log_squares += log(span.duration_ns) ** 2
            found.self_ns += own_ns
            if own_ns >= found.max_self_ns:
                found.max_self_ns, found.shown = own_ns, shown
        if not found.shown[0]:
            found.shown = shown
        for child, many in Counter(where(c) for c in trace.children.get(span.key, ()) if not c.phantom).items():
            calling, least, most = found.calls.get(child, (0, many, many))
            found.calls[child] = [calling + 1, min(least, many), max(most, many)]

    def as_json(self) -> dict[str, Any]:
        """What `of_json` reads again."""
        operations = {name: {key: getattr(found, key) for key in _FIELDS} for name, found in sorted(self.operations.items())}
        return {"logtrace_baseline": VERSION, "traces": self.traces, "operations": operations}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Profile:
        """A profile that was written. Raises KeyError or TypeError for what is none."""
        made = cls()
        made.traces = int(told["traces"])
        made.operations = {name: Operation(**{key: found[key] for key in _FIELDS}) for name, found in told["operations"].items()}
        return made


def compared(base: Profile, now: Profile, tolerance: float = TOLERANCE) -> list[Outcome]:
    """What is different now: operations that are gone, that are new, that call others, that fail, that are slower."""
    gone = [name for name in base.operations if name not in now.operations]
    new = [name for name in now.operations if name not in base.operations]
    both = [(name, found, now.operations[name]) for name, found in base.operations.items() if name in now.operations]
    return [
        _outcome("baseline-missing", "every operation of the baseline is there", (_gone(name) for name in gone)),
        _outcome("baseline-new", "no operation is new", (_new(name, now.operations[name]) for name in new), WARNING),
        _outcome(
            "baseline-shape", "operations call what they called", (f for each in both for f in _shape(*each, {*gone, *new}))
        ),
        _outcome("baseline-errors", "no operation fails that did not", (f for each in both for f in _failing(*each))),
        _outcome(
            "baseline-slower", "no operation is slower, beyond noise", (f for each in both for f in _slower(*each, tolerance))
        ),
    ]


def _outcome(rule: str, about: str, findings: Iterator[Finding], level: str = ERROR) -> Outcome:
    found = tuple(findings)
    return Outcome(rule, about, level, found[:MOST], len(found))


def _gone(name: str) -> Finding:
    return Finding(f"{name} is gone", name)


def _new(name: str, now: Operation) -> Finding:
    return Finding(f"{name} is new", name, (now.shown[0],), now.shown[1])


def _shape(name: str, base: Operation, now: Operation, others: set[str]) -> Iterator[Finding]:
    for child in [child for child in (base.calls | now.calls) if child not in others]:
        before, after = base.calls.get(child, [0, 0, 0]), now.calls.get(child, [0, 0, 0])
        told = ""
        if not before[0]:
            told = f"calls {child}, which it did not"
        elif base.least(child) and now.least(child) * 2 <= base.least(child):
            told = f"does not call {child} in {now.count - after[0]:,} of {now.count:,}" if after[0] < now.count else ""
            told = told or f"calls {child} {now.least(child):,} times, before {base.least(child):,} at least"
        elif after[2] >= 2 * before[2]:
            told = f"calls {child} {after[2]:,} times, before {before[2]:,} at most"
        if told:
            yield Finding(told, name, (now.shown[0],), now.shown[1])


def _failing(name: str, base: Operation, now: Operation) -> Iterator[Finding]:
    if now.errors and not base.errors:
        told = f"fails in {now.errors:,} of {now.count:,}; it never did in the {base.count:,} of the baseline"
        yield Finding(told, name, (now.failed[0],), now.failed[1])


def _slower(name: str, base: Operation, now: Operation, tolerance: float) -> Iterator[Finding]:
    if not base.timed or not now.timed:
        return
    ratio, typical_ns = exp(now.log_mean - base.log_mean), exp(base.log_mean)
    delta_ns = typical_ns * (ratio - 1)
    own_ns = now.self_ns / now.timed - base.self_ns / base.timed
    if ratio > 1 + tolerance and delta_ns > MIN_DELTA_NS and own_ns > delta_ns / 2 and _is_sure(base, now):
        after, before = format_duration(round(typical_ns * ratio)), format_duration(round(typical_ns))
        told = f"typically takes {after}, before {before} ({ratio:.2f}×)"
        yield Finding(told, name, (now.shown[0],), now.shown[1])
    elif now.max_self_ns > OUTLIER * base.max_self_ns and now.max_self_ns - base.max_self_ns > OUTLIER_NS:
        told = f"took {format_duration(now.max_self_ns)} by itself, before {format_duration(base.max_self_ns)} at most"
        yield Finding(told, name, (now.shown[0],), now.shown[1])


def _is_sure(base: Operation, now: Operation) -> bool:
    """Whether two means differ by more than chance makes them; yes where there are too few spans to tell."""
    error = sqrt(base.variance / base.timed + now.variance / now.timed)
    return error == 0 or (now.log_mean - base.log_mean) / error > _SURE
