"""What a pattern of prose is made of: what is fixed, what differs, what some lines lack; and what stands behind labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from logtrace.ingest.discover.failures import Failure
from logtrace.ingest.discover.labels import QUOTES, Gap, closing
from logtrace.ingest.discover.tokens import SIGN, SPACE, Token, Tokens, text_of, value_at


class Fixed(NamedTuple):
    """What all lines have at a place."""

    token: Token


class Field(NamedTuple):
    """What differs from line to line, with all its texts."""

    texts: frozenset[str]


class Perhaps(NamedTuple):
    """What some lines have."""

    parts: tuple[Part, ...]


Part = Fixed | Field | Perhaps | Failure


def fixed(gap: Gap) -> Part:
    """What all lines have, or any space."""
    texts = Counter(text_of(tokens) for tokens in gap.values())
    (first, *others) = texts
    return Fixed(Token(SPACE if first.isspace() else SIGN, first) if not others else Token(SPACE, " \t"))


def field(gap: Gap) -> Part:
    """All texts of a gap as one field."""
    return Field(frozenset(map(text_of, gap.values())))


def label_of_all(lines: Sequence[Tokens]) -> Tokens:
    """What lines begin with, up to a label and what parts it from its value; () where they do not begin with one label."""
    alike = [first for first, *_ in takewhile(lambda each: len(set(each)) == 1, zip(*lines, strict=False))]
    at = next((at for at, token in enumerate(alike) if not token.is_gap), len(alike))
    value = value_at(tuple(alike), at + 1)
    labels = at < len(alike) and alike[at].is_free_word and text_of(alike[at + 1 : value]).strip() in (":", "=")
    return tuple(alike[:value]) if labels else ()


def within(lead: Sequence[Token], rest: Gap) -> list[Part]:
    """What lines begin with, all that stands behind it as one field, and what closes there what opened in their beginning."""
    closed = closing(lead, rest.values())
    inner = {line: tokens[: len(tokens) - len(closed)] for line, tokens in rest.items()}
    return [*map(Fixed, lead), *([field(inner)] if any(inner.values()) else []), *map(Fixed, closed)]


def quoted(gap: Gap) -> list[Part]:
    """A label with what stands behind it in quotes, which is one thing, whatever its words say; [] of anything else."""
    alike = [first for first, *_ in takewhile(lambda each: len(set(each)) == 1, zip(*gap.values(), strict=False))]
    opened = next((at for at, token in enumerate(alike, 1) if token.text in QUOTES), 0)
    rest = {line: tokens[opened:] for line, tokens in gap.items()}
    return within(alike[:opened], rest) if opened and closing(alike[:opened], rest.values()) else []
