"""Options that name two populations of requests: windows, a deploy, some time ago, expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from logtrace.cli import params
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from datetime import tzinfo

    from logtrace.analysis.cohorts.windows import CohortComparison
    from logtrace.api import Store


class Populations(NamedTuple):
    """What was given; None: not."""

    before: str | None
    after: str | None
    deploy_ns: int | None
    ago_ns: int | None
    window_ns: int | None

    @property
    def asked(self) -> bool:
        """Whether two populations are to be compared, not two requests."""
        return any(each is not None for each in self)


def populations_options(body: Callable[..., None]) -> Callable[..., None]:
    """The options of Populations, by its names."""
    for option in reversed((
        click.option("--before", metavar="T1..T2", help="Many requests: those of this window, or of an expression."),
        click.option("--after", metavar="T3..T4", help="Beside those of this window, or of an expression."),
        click.option(
            "--deploy", "deploy_ns", type=params.instant, metavar="TIME",
            help="Many requests: what starts from TIME on beside what started before.",
        ),
        click.option(
            "--ago", "ago_ns", type=params.stretch, metavar="DURATION",
            help="Many requests: the last --window of the store (its last request is now) beside the one so long before.",
        ),
        click.option(
            "--window", "window_ns", type=params.stretch, metavar="DURATION",
            help="How long, for --ago (else 10m) and --deploy (else all that comes after it).",
        ),
    )):  # fmt: skip
        body = option(body)
    return body


def compared_populations(store: Store, given: Populations, zone: tzinfo) -> CohortComparison:
    """The comparison that options ask for. Raises UsageError where they do not go together."""
    from logtrace.jobs.statistics.chosen import chosen
    from logtrace.units import NS

    ways = sum((given.before is not None or given.after is not None, given.deploy_ns is not None, given.ago_ns is not None))
    if ways != 1:
        raise UsageError(
            "--before with --after, --deploy and --ago are three ways to name two windows"
            if ways
            else "--window names no window alone",
            "take one of them; logtrace compare --help tells more",
        )
    if given.deploy_ns is not None:
        return store.compare_deploy(given.deploy_ns, window_ns=given.window_ns)
    if given.ago_ns is not None:
        return store.compare_ago(given.ago_ns, window_ns=given.window_ns or 10 * NS["m"])
    if given.before is None or given.after is None or given.window_ns is not None:
        missing = "--before" if given.before is None else "--after"
        raise UsageError(
            f"{missing} is missing" if given.window_ns is None else "--window goes with --ago and --deploy",
            "a comparison has two sides",
        )
    return store.compare_populations(chosen(given.before, zone), chosen(given.after, zone))


def given_populations(options: dict[str, Any]) -> Populations:
    """The options of Populations, taken out of all."""
    return Populations(*(options.pop(name) for name in Populations._fields))
