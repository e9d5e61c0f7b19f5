"""Secrets that a store keeps: how many of which rule, and where. Never what they are."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from logtrace.account import SecretsFound
from logtrace.views.elements.text import clean, wrap


def secrets_view(found: SecretsFound, width: int) -> Iterator[Text]:
    """A line for each rule, then where its first few are; one line where there is none."""
    if not found.by_rule:
        yield Text("no secret is known in the lines of this store")
    for rule, count in found.by_rule.items():
        yield Text(f"{count:,} {clean(rule)}{' taken out' if found.removed else ''}")
        for place in (place for place in found.places if place.reason == rule):
            yield from (Text(f"  {text}") for text in wrap(f"{clean(place.path)}:{place.line}", width - 2))
