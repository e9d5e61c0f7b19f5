"""Failed and slow requests that were not sampled, while others were."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept, where
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Trace, plain_key
from logtrace.query.predicate import root_span
from logtrace.units import NS, counted

SLOW_NS = NS["s"]
_FLAGS = {
    "traceflags": ("00", "0", 0),
    "sampled": (False, "false", "0", 0),
    "tracesampled": (False, "false", "False", 0),
    "xb3sampled": ("0", 0),
}
"""Keys (plain) that tell whether a request was sampled, and what they say where it was not."""


class _Sampling:
    def __init__(self) -> None:
        self._failed, self._slow = Tally(), Tally()

    def see(self, trace: Trace) -> None:
        if not _is_dropped(trace):
            return
        root = root_span(trace)
        about = where(root) if root is not None else ""
        if trace.errors:
            self._failed.add(about, trace, trace.errors[0])
        elif (trace.duration_ns or 0) > SLOW_NS:
            self._slow.add(about, trace, root)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        yield from self._failed.each(lambda _, count: f"{counted(count, 'request')} failed without being sampled")
        yield from self._slow.each(lambda _, count: f"{counted(count, 'request')} took more than a second without being sampled")


def _is_dropped(trace: Trace) -> bool:
    """Whether lines say that a request was not sampled."""
    return any(
        type(value) in map(type, _FLAGS[plain]) and value in _FLAGS[plain]
        for _, span in observed(trace)
        for key, value in span.attributes.items()
        if (plain := plain_key(key)) in _FLAGS
    )


CHECK = Check(
    "sampling",
    WARNING,
    "failed and slow requests are sampled",
    "The requests that one looks for are the rare ones: dropped by chance, they are gone from the tracing system.",
    "Decide when the request is over: always keep errors, what is slower than a second, what is expensive and users being\n"
    "debugged, and a share of the rest. Until then the logs have them all: logtrace keeps what is not sampled.",
    _Sampling,
)
