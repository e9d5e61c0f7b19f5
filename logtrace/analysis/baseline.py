"""A baseline: what operations did when all was well, and in what the same system differs from that now."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, sqrt

from logtrace.analysis.profile import Operation, Profile
from logtrace.analysis.verdicts import ERROR, MOST, WARNING, Finding, Outcome
from logtrace.units import NS, counted, format_duration

TOLERANCE = 0.3
"""An operation may take so much longer than in the baseline: measured once, times of one machine differ by a fifth."""

MIN_DELTA_NS = NS["ms"]
OUTLIER, OUTLIER_NS = 3, 50 * NS["ms"]
"""One call is too slow that by itself takes so many times what the slowest took, and so much longer."""

NOISE = 0.117
"""Standard deviation of the logarithms of times that differ by up to a fifth from one run to the next (evenly): no operation
counts as steadier, as a few of its spans may be alike by chance."""

_SURE = 2.25  # standard errors between two means


def _renames(base: Profile, now: Profile) -> dict[str, str]:
    """Services of the baseline under the names that they have now, where both are guesses: a log has another file name today.
    They are those with most operations in common."""
    before, after = base.services(), now.services()
    pairs = sorted((-len(before[old] & after[new]), old, new) for old in before.keys() - after for new in after.keys() - before)
    found: dict[str, str] = {}
    for common, old, new in pairs:
        if common and old not in found and new not in found.values():
            found[old] = new
    return found


def compared(base: Profile, now: Profile, tolerance: float = TOLERANCE) -> list[Outcome]:
    """What is different now: operations that are gone, that are new, that call others, that fail, that are slower."""
    base = base.renamed(_renames(base, now))
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


def power(base: Profile, now: Profile, tolerance: float = TOLERANCE) -> str:
    """What can't be told because there are few requests; "" where there are enough."""
    least = exp(_SURE * NOISE * sqrt(1 / base.traces + 1 / now.traces)) - 1 if base.traces and now.traces else 0.0
    if round(least, 2) <= tolerance:
        return ""
    of = f"{counted(base.traces, 'request')} in the baseline and {now.traces:,} now"
    return f"of {of} only what takes {least * 100:.0f} % longer can be told from noise; of 3 and 3 {tolerance * 100:.0f} %"


def _outcome(rule: str, about: str, findings: Iterator[Finding], level: str = ERROR) -> Outcome:
    found = tuple(findings)
    return Outcome(rule, about, level, found[:MOST], len(found))


def _gone(name: str) -> Finding:
    return Finding("is gone", name)


def _new(name: str, now: Operation) -> Finding:
    return Finding("is new", name, (now.shown[0],), now.shown[1])


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
    """Whether two means differ by more than chance makes them: with one span on both sides by 45 %."""
    error = sqrt(sum(max(each.variance, NOISE**2) / each.timed for each in (base, now)))
    return now.log_mean - base.log_mean > _SURE * error
