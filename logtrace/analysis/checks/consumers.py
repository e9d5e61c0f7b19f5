"""Consumers of messages whose trace has neither the sender nor a link to it."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.ids import NO_SPAN
from logtrace.model import Trace


class _Consumers:
    def __init__(self) -> None:
        self._unlinked = Tally()

    def see(self, trace: Trace) -> None:
        if trace.links:
            return
        for name, span in observed(trace):
            if span.kind == "consumer" and span.parent_key == NO_SPAN and not span.links:
                self._unlinked.add(name, trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        yield from self._unlinked.each(lambda _, count: f"{count:,} consumer spans have no parent and no link")


CHECK = Check(
    "consumers-without-link",
    WARNING,
    "who consumes a message knows who sent it",
    "The sender's trace ends at the queue, and the consumer's begins from nothing.",
    "Put the sender's traceparent into the message, and start the consumer's span with it as parent or link.",
    _Consumers,
)
