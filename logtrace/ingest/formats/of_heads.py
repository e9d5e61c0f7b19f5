"""Formats that differ from plain lines only in what the heads of lines tell: level, service, name and the like. Their lines are
read in columns as those are."""

from __future__ import annotations

from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats._format import PLAIN, Format
from logtrace.ingest.vocabulary.aliases import ALIASES, ERRORS

COLUMNS = ("time", "trace", "span", "parent", "duration", "start", "end", "body")
"""Concepts whose values differ from line to line."""

ALONE = frozenset((*COLUMNS, "event"))
"""Concepts of which lines are read by one key: those with columns, and what may stand for a message."""


def _own_keys(member: Format) -> set[str]:
    """The keys to which a format gives a meaning of its own."""
    return {key for concept, keys in member.keys.items() for key in keys if key not in ALIASES[concept]}


def _is_of_heads(member: Format) -> bool:
    """Whether a format has marks, and meanings of keys at the top, but none of a concept that has a column or tells of errors;
    and nothing else."""
    told = {*member.keys, *member.values, *member.defaults}
    simple = Format(
        member.name, member.about, member.example, member.marks, keys=member.keys, values=member.values,
        defaults=member.defaults, silent=member.silent, grouped=member.grouped,
    )  # fmt: skip
    return (
        bool(member.marks)
        and member == simple
        and told.isdisjoint((*ALONE, *ERRORS))
        and not any("." in key for key in _own_keys(member))
    )


OF_HEADS: tuple[Format, ...] = (PLAIN, *filter(_is_of_heads, FORMATS))

MARKS = frozenset(key for member in OF_HEADS for mark in member.marks for key in mark)
"""Keys of which it matters whether a line has them."""

OWN = frozenset[str]().union(*map(_own_keys, OF_HEADS))
"""Keys that mean something in the lines of some of them."""
