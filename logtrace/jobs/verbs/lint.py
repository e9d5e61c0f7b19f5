"""How services log, by the traces of a store: all checks in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from logtrace.analysis.checks import CHECKS, Check
from logtrace.analysis.verdicts import MOST, Outcome, Report
from logtrace.errors import UsageError
from logtrace.jobs.verbs.judged import Window, kept, nothing_seen, report, seen_by

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened


_BESIDE = "secrets"
"""The check that looks at all lines of a store, traces or not."""


def lint(store: Opened, window: Window, only: Sequence[str] = (), without: Sequence[str] = ()) -> Report:
    """See Store.lint."""
    checks = _chosen(only, without)
    watchers = [check.watch() for check in checks]
    counts = seen_by(store, window, [watcher.see for watcher in watchers])
    beside = kept(store)
    outcomes = []
    for check, watcher in zip(checks, watchers, strict=True):
        found = tuple(watcher.findings(beside))
        words = (check.why, check.mend) if found else ("", "")
        outcomes.append(Outcome(check.name, check.about, check.level, found[:MOST], len(found), "", *words))
    if counts == (0, 0) and any(check.name != _BESIDE for check in checks):
        outcomes.append(nothing_seen())
    return report(store, "lint", outcomes, counts)


def _chosen(only: Sequence[str], without: Sequence[str]) -> list[Check]:
    """The checks that are asked for. Raises UsageError for a name that none has."""
    known = [check.name for check in CHECKS]
    if unknown := [name for name in (*only, *without) if name not in known]:
        raise UsageError(f"there is no check {unknown[0]!r}", f"known: {', '.join(known)}")
    return [check for check in CHECKS if (not only or check.name in only) and check.name not in without]
