"""Span names that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Rank, Trace
from logtrace.patterns import lazy_pattern
from logtrace.units import counted

_WORDS = (
    "query call request response process handle handler run execute exec operation op task job work worker main func "
    "function method test span step start end begin do action event item unit internal http get post put delete patch rpc "
    "grpc db sql database cache redis external api service client server middleware callback next invoke send receive read "
    "write update insert select fetch load save unknown default root child anonymous lambda stage phase loop foo bar tmp "
    "temp"
)
GENERIC = frozenset(_WORDS.split())
_LONGEST = 100
"""Characters of a name that may be a word and a number."""
_NUMBERED = lazy_pattern(r"[\W_]*\d+$")


class _GenericNames:
    def __init__(self) -> None:
        self._found = Tally()

    def see(self, trace: Trace) -> None:
        for name, span in observed(trace):
            if (
                span.name_rank <= Rank.DERIVED
                and len(name) <= _LONGEST
                and _NUMBERED.sub("", span.name).strip().lower() in GENERIC
            ):
                self._found.add(name, trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        yield from self._found.each(lambda _, count: f"the name of {counted(count, 'span')} does not say what is done")


CHECK = Check(
    "generic-names",
    WARNING,
    "span names say what is done to what",
    "In a list, in statistics and in an alert the name is all there is: all queries together have no meaningful p99.",
    "Name the layer, the target and the operation: database.query.FindUserByEmail instead of query, cache.get.UserSession\n"
    "instead of get, orders.validate instead of step1.",
    _GenericNames,
)
