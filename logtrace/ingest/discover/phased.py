"""Lines of prose of which some say that work begins, and others that it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from logtrace.ingest.discover.outcomes import fails
from logtrace.ingest.discover.tokens import ENDING, MOST_TOKENS, PHASE, SPACE, STARTING, Token, Tokens, tokens_of

_FEWEST = 3


def tell_phases(lines: Iterable[str]) -> bool:
    """Whether most lines say that work begins, or that it is over, some this and some that."""
    return bool(phased_lines([tokens_of(line)[:MOST_TOKENS] for line in lines]))


def phased_lines(lines: Sequence[Tokens]) -> list[Tokens]:
    """The lines with one word that says that work begins or is over, or at its place one that says that it failed: that word as a
    token of its own kind. None where most have none, or all say the same."""
    found = {line: at for line, tokens in enumerate(lines) if (at := _only_at(tokens, _is_phase)) is not None}
    said = {lines[line][at].text.lower() for line, at in found.items()}
    if STARTING.isdisjoint(said) or ENDING.isdisjoint(said) or not _FEWEST <= len(found) >= len(lines) / 2:
        return []
    usual = {_words_before(lines[line], at) for line, at in found.items()}
    for line, tokens in enumerate(lines):
        failed = (at for at, token in enumerate(tokens) if token.is_free_word and fails(token.text))
        if line not in found and (at := next((at for at in failed if _words_before(tokens, at) in usual), None)) is not None:
            found[line] = at
    return [(*lines[line][:at], Token(PHASE, lines[line][at].text), *lines[line][at + 1 :]) for line, at in sorted(found.items())]


def _only_at(tokens: Tokens, wanted: Callable[[Token], bool]) -> int | None:
    """The place of the only token of a kind; None where there is none, or several."""
    places = [at for at, token in enumerate(tokens) if wanted(token)]
    return places[0] if len(places) == 1 else None


def _words_before(tokens: Tokens, at: int) -> int:
    """How many words and signs stand before a place."""
    return sum(token.kind != SPACE for token in tokens[:at])


def _is_phase(token: Token) -> bool:
    """Whether it says that work begins, or that it is over."""
    return not token.labelled and (token.text.lower() in STARTING or token.text.lower() in ENDING)
