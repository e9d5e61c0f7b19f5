"""What operations did in some traces: how often, how long, what they called; written as a baseline, and read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import log
from typing import Any

from logtrace.analysis.rules.judge import first_line, where
from logtrace.analysis.traces.self_time import self_time_ns
from logtrace.model import LineRef, Rank, Span, Trace

VERSION = 1


@dataclass(slots=True)
class Operation:
    """What is known of the spans of an operation. log_sum, log_squares: of the logarithms of their durations; self_ns: the sum
    of their own times; max_self_ns: the longest of those; shown: what shows that one, or the first failure; guessed: the service,
    where no line names it: the name of a file, mostly."""

    count: int = 0
    errors: int = 0
    timed: int = 0
    log_sum: float = 0.0
    log_squares: float = 0.0
    self_ns: int = 0
    max_self_ns: int = 0
    shown: tuple[str, tuple[LineRef, ...]] = ("", ())
    failed: tuple[str, tuple[LineRef, ...]] = ("", ())
    guessed: str = ""
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


_FIELDS = ("count", "errors", "timed", "log_sum", "log_squares", "self_ns", "max_self_ns", "guessed", "calls")


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
                guessed = span.service if span.service_rank >= Rank.WEAK else ""
                self._add(trace, span, self.operations.setdefault(where(span), Operation(guessed=guessed)))

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
        children = [where(child) for child in trace.children.get(span.key, ()) if not child.phantom]
        for child, many in Counter(children).items() if children else ():
            calling, least, most = found.calls.get(child, (0, many, many))
            found.calls[child] = [calling + 1, min(least, many), max(most, many)]

    def as_json(self) -> dict[str, Any]:
        """What `of_json` reads again."""
        operations = {name: {key: getattr(found, key) for key in _FIELDS} for name, found in sorted(self.operations.items())}
        return {"logtrace_baseline": VERSION, "traces": self.traces, "operations": operations}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Profile:
        """A profile that was written. Raises KeyError, AttributeError, TypeError or ValueError for what is none."""
        if told["logtrace_baseline"] != VERSION:
            raise ValueError(f"its version is {told['logtrace_baseline']}, this logtrace knows {VERSION}")
        made = cls()
        made.traces = int(told["traces"])
        made.operations = {
            name: Operation(**{key: _typed(key, found[key]) for key in _FIELDS if key in found})
            for name, found in told["operations"].items()
        }
        return made

    def services(self) -> dict[str, set[str]]:
        """Guessed services → their operations."""
        found: dict[str, set[str]] = {}
        for name, each in self.operations.items():
            if each.guessed:
                found.setdefault(each.guessed, set()).add(name.removeprefix(f"{each.guessed}: "))
        return found

    def renamed(self, services: Mapping[str, str]) -> Profile:
        """The same with other names for guessed services."""
        if not services:
            return self
        names = {
            name: f"{services[each.guessed]}: {name.removeprefix(f'{each.guessed}: ')}"
            for name, each in self.operations.items()
            if each.guessed in services
        }
        made = Profile()
        made.traces = self.traces
        for name, each in self.operations.items():
            calls = {names.get(child, child): many for child, many in each.calls.items()}
            made.operations[names.get(name, name)] = replace(each, calls=calls)
        return made


def _typed(key: str, value: Any) -> Any:
    """A value of a field of Operation. Raises TypeError for one of another kind."""
    if key == "calls":
        fits = isinstance(value, dict) and all(map(_is_calls, value.values()))
    else:
        fits = isinstance(value, str if key == "guessed" else int | float)
    if not fits:
        raise TypeError(f"{key} can't be {value!r}")
    return value


def _is_calls(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(many, int) for many in value)
