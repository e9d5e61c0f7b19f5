"""What a configuration says about what stays how long."""

from __future__ import annotations

from logtrace.analysis.preservation import Policy, Rule
from logtrace.config import Config
from logtrace.sections import share_of, size_bytes
from logtrace.units import duration_text_ns


def policy_of(told: Config) -> Policy:
    """The policy of a configuration, whose values were checked when it was read."""
    section = told.preservation
    rules = tuple(Rule(rule.name, rule.condition, duration_text_ns(rule.ttl) or 0) for rule in told.preservation_rules)
    share = share_of(section.sample) if section.sample else None
    return Policy(
        rules,
        duration_text_ns(section.ttl) if section.ttl else None,
        size_bytes(section.max_size) if section.max_size else None,
        1.0 if share is None else share,
        tuple(section.always),
    )
