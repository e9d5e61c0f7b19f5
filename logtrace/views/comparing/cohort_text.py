"""Findings about two populations of requests as sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from logtrace.analysis.cohorts.attributes import ValueFinding
from logtrace.analysis.cohorts.finding import Finding
from logtrace.analysis.cohorts.findings import LEAST_RATIO, LEAST_SHARE
from logtrace.analysis.cohorts.measured import ATTRIBUTE, CALLS, EDGE, ERRORS, NODE, PRESENCE, TOTAL
from logtrace.analysis.cohorts.significance import LEAST, LEVEL, Interval
from logtrace.analysis.cohorts.tails import Tail
from logtrace.analysis.cohorts.windows import CohortComparison
from logtrace.analysis.traces.attributes import unit_of
from logtrace.columns import Operation
from logtrace.query.values import amount, canonical
from logtrace.units import format_duration
from logtrace.views.elements.amounts import DURATION, amount_text, number_text
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.ratios import ratio_text, share_text
from logtrace.views.elements.text import clean, fit

_VALUE_CELLS = 60
_MOST_RELATED = 4
_LEAST_TOLD = 0.02


def named(operation: Operation) -> str:
    """`service: operation`, as logged."""
    return f"{operation.service}: {operation.name}" if operation.service else operation.name


def percent(share: float) -> str:
    """A share in percent, also where it is none."""
    return share_text(share) or "0 %"


def finding_sentences(found: Finding, glyphs: Glyphs) -> Iterator[str]:
    """What differs first, then what it makes up, then what changed with it. Clean."""
    if found.tail is not None and found.tail.sure:
        yield from _of_tail(found, found.tail, glyphs)
    else:
        yield _SENTENCES[found.kind](found, glyphs)
        if abs(found.per_request_ns) >= 1:
            yield _contribution(found)
    for each in found.related[:_MOST_RELATED]:
        yield f"its {_grown(each, glyphs)}"


def value_sentence(found: ValueFinding, glyphs: Glyphs) -> str:
    """How many requests have a value, or a key that came or went."""
    what = clean(found.key)
    if found.value is None:
        what += " (the attribute itself)"
    else:
        what += f" = {_value_text(found.key, found.value, glyphs)}"
    change = f"{percent(found.before)} {glyphs.arrow} {percent(found.after)} of {clean(named(found.root))}"
    lift = f", {ratio_text(found.lift, glyphs.times)}" if found.lift is not None else ""
    return f"{what}: {change} ({_points(found.interval)}{lift})"


def _value_text(key: str, value: Any, glyphs: Glyphs) -> str:
    """A value as logged; what has a unit with it first."""
    text = fit(clean(canonical(value)), _VALUE_CELLS, glyphs.ellipsis)
    number = amount(value) if unit_of(key) else None
    return text if number is None else f"{amount_text(key, number)} ({text})"


def power_sentence(found: CohortComparison) -> str:
    """What would have been found, had it been there."""
    if not found.tested:
        return "nothing was tested: pip install 'logtrace[stats]' adds what it takes"
    if found.found.power is None or not found.found.kinds:
        if any(min(kind.before, kind.after) >= LEAST for kind in found.found.kinds):
            return "nothing was tested: no duration, call or failure is known of both sides"
        return f"nothing was tested: that takes {LEAST} requests of a kind on each side"
    slowdown, failures = found.found.power
    many = f"with {found.found.kinds[0].before:,} and {found.found.kinds[0].after:,} requests"
    slower = "no slowdown" if slowdown is None else f"a slowdown of {max(LEAST_RATIO, slowdown) - 1:.0%} in an operation"
    rise = "no rise of failures" if failures is None else f"{max(LEAST_SHARE, failures) * 100:.1f} points more failures"
    sure = f"at most {LEVEL:.0%} of findings are chance"
    return f"{many}, {slower} or {rise} would be found four times of five; {sure}".replace("%", " %")


def _of_tail(found: Finding, tail: Tail, glyphs: Glyphs) -> Iterator[str]:
    """The mean first, which the slowest decide; then the median, which went the other way; then what it makes up."""
    more = found.per_request_ns > 0
    changed = f"{format_duration(abs(round(found.per_request_ns)))} {'more' if more else 'less'} in an average request"
    headline = f"{_what(found)} takes {changed}, though its median {'fell' if more else 'rose'}"
    usual = found.before if more else found.after
    if tail.typical_ns and usual > 0:
        times = ratio_text(tail.typical_ns / usual, "")
        taking = f"take {times} times the median before" if more else f"took {times} times the median after"
        headline += f": {percent(tail.share)} {taking}"
    yield headline
    high = (
        f"{name} {format_duration(round(one))} {glyphs.arrow} {format_duration(round(other))}"
        for name, one, other in (("p95", tail.p95_before, tail.p95_after), ("p99", tail.p99_before, tail.p99_after))
    )
    yield f"{_medians(found, DURATION, glyphs).removeprefix(': ')}, {', '.join(high)}"
    if part := _part(found):
        yield f"that is {part}"


def _what(found: Finding) -> str:
    """What takes the time of a finding."""
    if found.kind == EDGE:
        callee = clean(named(found.other)) if found.other else "?"
        return f"the way from {clean(named(found.operation))} to {callee} and back"
    return clean(named(found.operation)) + (" itself" if found.kind == NODE else "")


def _time(found: Finding, glyphs: Glyphs) -> str:
    return f"{_what(found)} takes {_times_as_long(found)}{_medians(found, DURATION, glyphs)}"


def _edge(found: Finding, glyphs: Glyphs) -> str:
    return f"{_time(found, glyphs)}: network, queue, or the caller around it"


def _calls(found: Finding, glyphs: Glyphs) -> str:
    callee = clean(named(found.other)) if found.other else "?"
    times = f" ({ratio_text(found.ratio, glyphs.times)})" if found.ratio is not None else ""
    after = f"{number_text(found.after)} time{'' if found.after == 1 else 's'}"
    return f"{clean(named(found.operation))} calls {callee} {after} a request, {number_text(found.before)} before{times}"


def _errors(found: Finding, _: Glyphs) -> str:
    fails = f"{clean(named(found.operation))} fails in {percent(found.after)} of its requests, {percent(found.before)} before"
    return f"{fails} ({_points(found.interval)})"


def _presence(found: Finding, _: Glyphs) -> str:
    callee = clean(named(found.other)) if found.other else "?"
    calls = f"{clean(named(found.operation))} calls {callee} in {percent(found.after)} of its requests"
    return f"{calls}, {percent(found.before)} before ({_points(found.interval)})"


def _attribute(found: Finding, glyphs: Glyphs) -> str:
    return f"{clean(named(found.operation))}: {_grown(found, glyphs)}"


def _grown(found: Finding, glyphs: Glyphs) -> str:
    grew = "grew" if found.worse else "shrank"
    times = f" {ratio_text(found.ratio, glyphs.times)}" if found.ratio else ""
    return f"{clean(found.key)} {grew}{times}{_medians(found, found.key, glyphs)}"


_SENTENCES: dict[str, Callable[[Finding, Glyphs], str]] = {
    NODE: _time,
    TOTAL: _time,
    EDGE: _edge,
    CALLS: _calls,
    ERRORS: _errors,
    PRESENCE: _presence,
    ATTRIBUTE: _attribute,
}
"""Kind of finding → its sentence."""


def _times_as_long(found: Finding) -> str:
    if found.ratio is None:
        return "longer" if found.worse else "less"
    if found.ratio < 1:
        less = f"{ratio_text(1 / found.ratio, '')} times less" if 0 < found.ratio < 0.5 else f"{1 - found.ratio:.0%} less"
        return less.replace("%", " %")
    return (
        f"{ratio_text(found.ratio, '')} times as long" if found.ratio >= 2 else f"{found.ratio - 1:.0%} longer".replace("%", " %")
    )


def _medians(found: Finding, key: str, glyphs: Glyphs) -> str:
    sure = ""
    if found.interval is not None and found.interval.high > 0:
        low, high = (ratio_text(each, glyphs.times) for each in found.interval)
        sure = f" ({low} to {high}, 95 % sure)"
    return f": median {amount_text(key, found.before)} {glyphs.arrow} {amount_text(key, found.after)}{sure}"


def _contribution(found: Finding) -> str:
    more = "more" if found.per_request_ns > 0 else "less"
    text = f"{format_duration(abs(round(found.per_request_ns)))} {more} in an average request"
    if found.tail is not None:
        return f"that is the median: the slowest make it {text}, which may be chance"
    part = _part(found)
    return f"that is {text}, {part}" if part else f"that is {text}"


def _part(found: Finding) -> str:
    """How much of what its requests changed it makes up; "" where that is little."""
    if found.share is None or found.share < _LEAST_TOLD:
        return ""
    return f"{min(1.0, found.share):.0%} of what {clean(named(found.root))} changed".replace("%", " %")


def _points(interval: Interval | None) -> str:
    if interval is None:
        return "how sure is not known"
    low, high = (f"{each * 100:+.0f}" for each in interval)
    return f"{low} to {high} points, 95 % sure"
