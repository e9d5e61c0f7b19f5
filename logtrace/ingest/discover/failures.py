"""What lines of prose have at their end where the work failed."""

from __future__ import annotations

from typing import NamedTuple

from logtrace.ingest.discover.hints import STRONG, hint
from logtrace.ingest.discover.phases import fails
from logtrace.ingest.discover.tokens import LENGTH, OBJECT, SPACE, TIME, WORD, Tokens, gap_before, is_long_id, text_of

_FAILURES, _WORDS = 4, 2


class Failure(NamedTuple):
    """What some lines have at their end, which says that the work failed: the words that it begins with, and what stands before
    those.

        … took 5 ms FAIL                             words "FAIL", gaps " "
        … took 5 ms, with error: bank is shut        words "with error", gaps ", "
    """

    words: frozenset[str]
    gaps: frozenset[str]


def without_failures(lines: list[Tokens]) -> tuple[list[Tokens], Failure | None]:
    """(lines without what some of them have at their end, which says that the work failed; that): None where most have such an
    end, or it is told in many ways."""
    places = {line: at for line, tokens in enumerate(lines) if (at := _failure_at(tokens)) is not None}
    others = {token for line, tokens in enumerate(lines) if line not in places for token in tokens}
    cut, words, gaps = list(lines), set(), set()
    for line, at in places.items():
        tokens, begin = lines[line], at
        while (before := _word_before(tokens, begin)) and tokens[before].is_fixed and tokens[before] not in others:
            begin = before
        if sum(token.kind == WORD for token in tokens[begin : at + 1]) > _WORDS:  # a sentence, which may tell of anything
            return lines, None
        end = gap_before(tokens, begin)
        cut[line] = tokens[:end]
        words.add(text_of(tokens[begin : at + 1]))
        gaps.add(text_of(tokens[end:begin]))
    told = 0 < 2 * len(places) <= len(lines) and len(words) <= _FAILURES
    return (cut, Failure(frozenset(words), frozenset(gaps))) if told else (lines, None)


def _word_before(tokens: Tokens, at: int) -> int:
    """The place of the word before another; 0 where there is none."""
    before = gap_before(tokens, at) - 1
    return before if before > 0 and tokens[before].kind == WORD else 0


def _failure_at(tokens: Tokens) -> int | None:
    """The place of the first word that says that something went wrong, behind all ids and lengths of a line, and behind more than
    it says itself."""
    last = max((at for at, token in enumerate(tokens) if token.kind in (TIME, LENGTH, OBJECT) or is_long_id(token)), default=0)
    found = (at for at in range(last + 1, len(tokens)) if at and _is_failure(tokens, at))
    return next(found, None)


def _is_failure(tokens: Tokens, at: int) -> bool:
    token = tokens[at]
    paired = [other.text for other in tokens[at + 1 : at + 2]] == ["="]
    if token.kind != WORD or token.labelled or token.has_digits or paired or tokens[at - 1].kind != SPACE:
        return False
    return fails(token.text) or hint(token.text, "error") == STRONG
