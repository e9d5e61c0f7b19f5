"""One request id in several traces that nothing joins."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.traces.linked import SHARED_KEYS
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Trace, plain_key
from logtrace.units import counted

MOST_KNOWN = 200_000


class _SplitRequests:
    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], str] = {}
        self._split = Tally()

    def see(self, trace: Trace) -> None:
        if trace.links or any(span.links for span in trace.spans):
            return
        told = set()
        for _, span in observed(trace):
            for key, value in span.attributes.items():
                if plain_key(key) in SHARED_KEYS and value and (key, value_text := orjson.dumps(value).decode()) not in told:
                    told.add((key, value_text))
                    first = self._seen.setdefault((key, value_text), trace.trace_id)
                    if first != trace.trace_id:
                        self._split.add(key, trace, span)
        if len(self._seen) > MOST_KNOWN:
            self._seen.clear()

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        yield from self._split.each(
            lambda key, count: f"{counted(count, 'trace')} with the {key} of another trace, and no link to it"
        )


CHECK = Check(
    "split-requests",
    WARNING,
    "a request is one trace",
    "Two halves of a request in two traces: neither shows why the other was slow.",
    "Pass traceparent along with the request id (in headers, message attributes, job payloads), or link one trace to the other.",
    _SplitRequests,
)
