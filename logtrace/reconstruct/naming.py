"""The operation of a span: what lines name; else a stable name of few kinds, made of its first message, as a guess."""

from __future__ import annotations

from collections.abc import Sequence

from logtrace.model import LineRef, Rank
from logtrace.reconstruct.fragments import Fragment, without_untimed_copies

OperationKey = tuple[str, str, str]
"""(service, name, kind)"""


def named(part: Fragment, lines: Sequence[LineRef]) -> tuple[str, int]:
    """(name, its rank); lines: those of the fragment in time order."""
    if part.name:
        return part.name, part.name_rank
    body = next((line.body for line in lines if line.body), "")
    return masked(body), int(Rank.GUESS if body else Rank.NONE)


def masked(message: str) -> str:
    """A message as a name of low cardinality: words with digits become `*`, at most 60 characters."""
    words = ["*" if any(c.isdigit() for c in word) else word for word in message.split()]
    name = " ".join(words)
    return name if len(name) <= 60 else name[:59] + "…"


def operation_of(fragment: Fragment) -> tuple[OperationKey, int]:
    """((service, name, kind), name rank) as a row shows it: without a name, the message stands in as a guess."""
    name, rank = fragment.name, fragment.name_rank
    if not name:
        name, rank = named(fragment, without_untimed_copies(fragment.lines))
    return (fragment.service, name, fragment.kinds[0] if fragment.kinds else ""), rank
