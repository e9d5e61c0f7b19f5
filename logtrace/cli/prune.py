"""`logtrace prune`: what no rule keeps any longer goes."""

from __future__ import annotations

import click

from logtrace.cli.options import reading, store_option
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen
from logtrace.cli.talk import say


@click.command("prune")
@click.option("--dry-run", is_flag=True, help="Say which rule keeps what until when, and what would go; change nothing.")
@click.option("--reevaluate", is_flag=True, help="Judge by today's rules alone, not by what was promised before.")
@store_option
@reading
def command(screen: Screen, store: str | None, dry_run: bool, reevaluate: bool) -> None:
    """Let go of traces that no rule of logtrace.toml keeps any longer, with their lines; the store gets smaller.

    Without rules nothing goes. Pinned traces stay. See: logtrace help preservation.

    \b
    logtrace prune --dry-run
    logtrace prune
    """
    from logtrace import api, config
    from logtrace.jobs.keeping.policy import policy_of
    from logtrace.views.upkeep.preservation import pruned_json, pruned_view

    policy = policy_of(config.load())
    done = api.prune(store_path(store), policy=policy, dry_run=dry_run, reevaluate=reevaluate)
    screen.answer(lambda: [pruned_view(done, screen.zone)], lambda: pruned_json(done))
    if policy.is_empty:
        say("no rule says how long traces stay, so all of them do", "logtrace help preservation shows rules for logtrace.toml")
