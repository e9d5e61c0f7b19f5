"""Options that name two populations of requests: windows, a deploy, some time ago, expressions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from logtrace.cli import params
from logtrace.errors import UsageError
from logtrace.when import FORMS, point_ns

if TYPE_CHECKING:
    from datetime import tzinfo

    from logtrace.analysis.windows import CohortComparison
    from logtrace.api import Store
    from logtrace.jobs.cohorts import Chosen

WINDOW_SIGN = ".."


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
            help="Many requests: the last --window of the store beside the one so long before.",
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


def chosen(text: str, zone: tzinfo) -> Chosen:
    """A window T1..T2, where either side may be left out; else an expression. Raises UsageError for half a window."""
    from logtrace.jobs.cohorts import Chosen

    first, sign, last = text.partition(WINDOW_SIGN)
    now_ns = time.time_ns()
    points = [point_ns(each, zone, now_ns) if each.strip() else None for each in (first, last)]
    wrong = [each for each, point in zip((first, last), points, strict=True) if each.strip() and point is None]
    if not sign or len(wrong) == 2:
        return Chosen(expression=text)
    if wrong:
        raise UsageError(f"{wrong[0].strip()!r} is no time", f"write one of {FORMS}")
    since_ns, until_ns = points
    if since_ns is None and until_ns is None:
        raise UsageError(f"{text!r} is no window", "write T1..T2")
    if since_ns is not None and until_ns is not None and since_ns >= until_ns:
        raise UsageError(f"the window {text} ends before it begins", "a window goes from T1 up to T2")
    return Chosen(since_ns, until_ns)


def given_populations(options: dict[str, Any]) -> Populations:
    """The options of Populations, taken out of all."""
    return Populations(*(options.pop(name) for name in Populations._fields))
