"""What lines of prose have at their end where the work failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import NamedTuple

from logtrace.ingest.discover.hints import STRONG, hint
from logtrace.ingest.discover.labels import CLOSING
from logtrace.ingest.discover.outcomes import fails, last_word, succeeds, tells_of_trouble
from logtrace.ingest.discover.tokens import (
    LENGTH,
    MOST_TOKENS,
    OBJECT,
    SIGN,
    SPACE,
    TIME,
    WORD,
    Token,
    Tokens,
    gap_before,
    is_long_id,
    text_of,
    value_at,
)

_FAILURES, _WORDS = 4, 2
_OPENING = frozenset("([{<\"'`")


class Failure(NamedTuple):
    """What some lines have at their end, which says that the work failed: the words that it begins with, and what stands before
    those; behind: what parts them from the reason that all those lines tell, "" where some tell none; closed: what closes behind
    the reason what opens before it.

        … took 5 ms FAIL                             words "FAIL", gaps " ", behind ""
        … took 5 ms, with error: bank is shut        words "with error", gaps ", ", behind ": "
        … took 5 ms, failed (bank is shut)           words "failed", gaps ", ", behind " (", closed ")"
    """

    words: frozenset[str]
    gaps: frozenset[str]
    behind: str = ""
    closed: str = ""


def without_failures(lines: list[Tokens]) -> tuple[list[Tokens], Failure | None]:
    """(lines without what some of them have at their end, which says that the work failed; that): None where most have such an
    end, or it is told in many ways, or others have a word there that says that all went well: that differs, and is not
    absent; or it is a verdict; or others say there what went wrong in words that nobody knows."""
    if any(_tells_at_end(tokens, succeeds) is not None for tokens in lines):
        return lines, None
    if is_verdict(_apart([tokens[at + 1 :] for tokens in lines if (at := _length_at(tokens)) is not None])):
        return lines, None
    behind = [any(token.kind == WORD for token in tokens[at + 1 :]) for tokens in lines if (at := _length_at(tokens)) is not None]
    usual = max((len(_values(tokens)) for tokens in lines if not any(map(_may_fail, tokens))), default=MOST_TOKENS)
    places = {line: at for line, tokens in enumerate(lines) if (at := _tells_at_end(tokens, _fails, usual)) is not None}
    others = {token for line, tokens in enumerate(lines) if line not in places for token in tokens}
    cut, words, gaps, behinds = list(lines), set(), set(), set()
    for line, at in places.items():
        tokens, begin = lines[line], at
        while (before := _word_before(tokens, begin)) and tokens[before].is_fixed and tokens[before] not in others:
            begin = before
        if (before := _word_before(tokens, begin)) and tokens[before].labelled:  # within what a label stands before
            return lines, None
        glued = begin and tokens[begin - 1].kind == SIGN and tokens[begin - 1].text not in _OPENING
        if glued or sum(token.kind == WORD for token in tokens[begin : at + 1]) > _WORDS:  # of a sentence, which tells anything
            return lines, None
        end = gap_before(tokens, begin)
        cut[line] = tokens[:end]
        words.add(text_of(tokens[begin : at + 1]))
        gaps.add(text_of(tokens[end:begin]))
        reason = value_at(tokens, at + 1)
        behinds.add(text_of(tokens[at + 1 : reason]) if reason < len(tokens) else "")
    if not all(behind) and sum(behind) > len(places):
        return lines, None
    told = 0 < 2 * len(places) <= len(lines) and len(words) <= _FAILURES
    parting = behinds.pop() if len(behinds) == 1 else ""
    closed = CLOSING.get(parting[-1:], "")
    named = bool(parting) and all(hint(last_word(word), "error") == STRONG for word in words)
    parts = all(lines[line][-1].text == closed for line in places) if closed else named or ":" in parting
    failure = Failure(frozenset(words), frozenset(gaps), *((parting, closed) if parts else ()))
    return (cut, failure) if told else (lines, None)


def is_verdict(lines: Sequence[Tokens]) -> bool:
    """Whether all begin with one of few words, and that word alone decides whether more stands behind it, some of which tells of
    trouble.

    v
    x bank refused the card
    """
    if not all(tokens and tokens[0].kind == WORD and not tokens[0].has_digits for tokens in lines):
        return False
    more = {(tokens[0].text, len(tokens) > 1) for tokens in lines}
    decides = len({word for word, _ in more}) == len(more) <= _FAILURES
    trouble = any(tells_of_trouble(text_of(tokens)) for tokens in lines)
    return decides and trouble and {long for _, long in more} == {True, False}


def _apart(lines: Sequence[Tokens]) -> list[Tokens]:
    """Lines without what they all begin with."""
    alike = sum(1 for _ in takewhile(lambda each: len(set(each)) == 1, zip(*lines, strict=False)))
    return [tokens[alike:] for tokens in lines]


def _length_at(tokens: Tokens) -> int | None:
    """The place of the last length of time of a line; None where it has none."""
    return next((at for at in reversed(range(len(tokens))) if tokens[at].kind == LENGTH), None)


def _word_before(tokens: Tokens, at: int) -> int:
    """The place of the word before another; 0 where there is none."""
    before = gap_before(tokens, at) - 1
    return before if before > 0 and tokens[before].kind == WORD else 0


def _tells_at_end(tokens: Tokens, wanted: Callable[[str], bool], usual: int = MOST_TOKENS) -> int | None:
    """The place of the first word of a kind, behind the ids and lengths of a line, and behind more than it says itself. usual: so
    many of those has a line in which all went well; what went wrong may name more (`error: dial tcp 10.2.0.9: i/o timeout`)."""
    last = max(_values(tokens)[:usual], default=0)
    found = (at for at in range(last + 1, len(tokens)) if at and _stands_alone(tokens, at) and wanted(tokens[at].text))
    return next(found, None)


def _values(tokens: Tokens) -> list[int]:
    """The places of times, lengths, objects and ids."""
    return [at for at, token in enumerate(tokens) if token.kind in (TIME, LENGTH, OBJECT) or is_long_id(token)]


def _may_fail(token: Token) -> bool:
    return token.is_free_word and _fails(token.text)


def _fails(text: str) -> bool:
    return fails(text) or hint(text, "error") == STRONG


def _stands_alone(tokens: Tokens, at: int) -> bool:
    """Whether a token is a word between spaces, and neither a label nor the value of one."""
    token = tokens[at]
    paired = [other.text for other in tokens[at + 1 : at + 2]] == ["="]
    return token.kind == WORD and not (token.labelled or token.has_digits or paired) and tokens[at - 1].kind == SPACE
