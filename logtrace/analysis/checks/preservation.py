"""Rules of preservation that let failed requests go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from logtrace import config
from logtrace.analysis.checks._check import Check, Tally
from logtrace.analysis.rules.judge import Kept, where
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.errors import ConfigError, UsageError
from logtrace.model import ErrorLevel, Trace
from logtrace.query.grammar import parse
from logtrace.query.predicate import predicate
from logtrace.units import counted


class _Preservation:
    """Raises ConfigError for a rule that is no expression."""

    def __init__(self) -> None:
        self._rules = [_holds(rule.name, rule.condition) for rule in config.load().preservation_rules]
        self._lost = Tally()

    def see(self, trace: Trace) -> None:
        failed = next((span for span in trace.spans if span.error == ErrorLevel.HARD), None)
        if self._rules and failed is not None and not any(holds(trace) for holds in self._rules):
            self._lost.add(where(failed), trace, failed)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        yield from self._lost.each(
            lambda _, count: f"{counted(count, 'request')} failed here, and no rule of preservation holds for them"
        )


def _holds(name: str, condition: str) -> Callable[[Trace], bool]:
    try:
        return predicate(parse(condition))
    except UsageError as error:
        raise ConfigError(f"preservation rule {name!r}: {error.message}", error.hint) from error


CHECK = Check(
    "preservation",
    WARNING,
    "failed requests are kept longest",
    "What is looked for weeks later is what failed: it goes with all the rest.",
    'Add a rule to logtrace.toml: [[preservation_rules]] with name = "errors", condition = "error = true", ttl = "30d".',
    _Preservation,
)
