"""Alerts as traces go by: what is measured over sliding windows, and when it stops being as it should.

Spans count from when their trace was seen. One that is seen again, with more lines, counts once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from logtrace.analysis.rules.judge import is_meant, named
from logtrace.analysis.rules.metric import DURATION_OF, value_text
from logtrace.analysis.traces.fingerprints import span_fingerprint
from logtrace.model import ErrorLevel, Trace
from logtrace.query.alerts import Alert
from logtrace.query.rules import DURATIONS, Metric
from logtrace.query.values import ORDER
from logtrace.units import counted

FIRING, RESOLVED = "firing", "resolved"
_MOST = 1_000_000
_NUMBERS = ("count", "traces", "spans")
"""What is measured of all that went by, failed or not."""


class Notice(NamedTuple):
    """A change of an alert. told: what is measured, in words; traces: requests that show it."""

    alert: str
    state: str
    told: str
    traces: tuple[str, ...]


class _Seen(NamedTuple):
    at_s: float
    duration_ns: int | None
    failed: bool


class Watched:
    """One alert. since_s: when watching began; before one window is over nothing is missing."""

    def __init__(self, alert: Alert, since_s: float, known: Iterable[str] = ()) -> None:
        self.alert = alert
        self._window_s = alert.window_ns / 1e9
        self._since_s = since_s
        self._seen: OrderedDict[tuple[str, int], _Seen] = OrderedDict()
        self._known = set(known)
        self._new: list[tuple[float, str, str]] = []
        self.firing = False
        self.met = alert.rule is None
        """Whether anything that the rule is about went by."""

    def see(self, trace: Trace, at_s: float) -> None:
        """Takes a trace into account."""
        rule = self.alert.rule
        if rule is None:
            self._see_errors(trace, at_s)
        elif rule.subject is None and rule.name == "traces":
            self._add((trace.trace_id, 0), _Seen(at_s, trace.duration_ns, bool(trace.errors)))
        else:
            for span in trace.spans:
                if not span.phantom and (rule.subject is None or is_meant(rule.subject, span)):
                    self._add((trace.trace_id, span.key), _Seen(at_s, span.duration_ns, span.error > 0))

    def _add(self, key: tuple[str, int], seen: _Seen) -> None:
        self.met = True
        self._seen[key] = seen
        self._seen.move_to_end(key)
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)

    def _see_errors(self, trace: Trace, at_s: float) -> None:
        for span in trace.errors:
            found = span_fingerprint(span)
            if span.error == ErrorLevel.HARD and found not in self._known:
                self._known.add(found)
                self._new.append((at_s, f"{span.service}: {span.name}: {span.error_message or span.error_type}", trace.trace_id))

    def tick(self, now_s: float) -> Notice | None:
        """What changed by now; None where nothing did. A clock that goes backwards changes nothing."""
        while self._seen and next(iter(self._seen.values())).at_s <= now_s - self._window_s:
            self._seen.popitem(last=False)
        self._new = [new for new in self._new if new[0] > now_s - self._window_s]
        holds, told, traces = self._new_errors() if self.alert.rule is None else self._measured(self.alert.rule, now_s)
        if holds is None or self.firing != holds:
            return None
        self.firing = not holds
        return Notice(self.alert.text, RESOLVED if holds else FIRING, told, traces)

    def _new_errors(self) -> tuple[bool, str, tuple[str, ...]]:
        told = "; ".join(dict.fromkeys(new for _, new, _ in self._new[:3])) or "no new errors"
        return not self._new, told, tuple(trace_id for _, _, trace_id in self._new[:3])

    def _measured(self, rule: Metric, now_s: float) -> tuple[bool | None, str, tuple[str, ...]]:
        """(whether it holds; None: it can't be told yet, or there is nothing to measure), in words, requests that show it."""
        value = self._value(rule)
        if value is None or (now_s - self._since_s < self._window_s and rule.op in (">", ">=")):
            return None, "", ()
        holds = bool(ORDER[rule.op](value, rule.value))
        about = f"{named(rule.subject)}: " if rule.subject is not None else ""
        of = "" if rule.name in _NUMBERS else f" of {counted(len(self._seen), 'span')}"
        return holds, f"{about}{rule.name} is {value_text(rule.name, value)}{of}", () if holds else self._examples(rule)

    def _value(self, rule: Metric) -> float | None:
        if rule.name in DURATIONS:
            times = sorted(seen.duration_ns for seen in self._seen.values() if seen.duration_ns is not None)
            return DURATION_OF[rule.name](times) if times else None
        if rule.name == "error_rate":
            return sum(seen.failed for seen in self._seen.values()) / len(self._seen) if self._seen else None
        return sum(seen.failed for seen in self._seen.values()) if rule.name == "errors" else len(self._seen)

    def _examples(self, rule: Metric) -> tuple[str, ...]:
        if rule.name in DURATIONS:
            timed = [(seen.duration_ns, trace_id) for (trace_id, _), seen in self._seen.items() if seen.duration_ns is not None]
            beyond = [each for each in timed if not ORDER[rule.op](each[0], rule.value)]
            showing = [trace_id for _, trace_id in sorted(beyond, key=lambda each: each[0], reverse=rule.op not in (">", ">="))]
        else:
            showing = [trace_id for (trace_id, _), seen in self._seen.items() if seen.failed or rule.name in _NUMBERS]
        return tuple(dict.fromkeys(showing))[:3]


class Alerts:
    """All alerts of a watch."""

    def __init__(self, alerts: Iterable[Alert], now_s: float, known: Iterable[str] = ()) -> None:
        """known: fingerprints of errors that are not new."""
        fingerprints = frozenset(known)
        self._watched = [Watched(alert, now_s, fingerprints) for alert in alerts]

    def see(self, traces: Iterable[Trace], now_s: float) -> None:
        """Takes traces into account."""
        for trace in traces:
            for watched in self._watched:
                watched.see(trace, now_s)

    def unmet(self) -> list[Alert]:
        """Alerts about what never went by."""
        return [watched.alert for watched in self._watched if not watched.met]

    def tick(self, now_s: float) -> Iterator[Notice]:
        """What changed by now."""
        return (notice for watched in self._watched if (notice := watched.tick(now_s)) is not None)
