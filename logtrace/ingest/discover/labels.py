"""Labels in lines of prose: a word or a sign that some lines have before a value, and where both begin and end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from logtrace.ingest.discover.tokens import SIGN, SPACE, WORD, Token, Tokens, gap_before, text_of, value_at

QUOTES = "\"'`"
CLOSING = {"[": "]", "(": ")", "{": "}", "<": ">"} | {quote: quote for quote in QUOTES}

Gap = Mapping[int, Tokens]
"""Tokens between two fixed ones, by the number of their line."""

Spans = Mapping[int, tuple[int, int]]
"""Where something begins and ends among the tokens of lines."""


def closing(lead: Sequence[Token], rest: Collection[Tokens]) -> list[Token]:
    """The tokens that all lines end with, of which the first closes what opened last in what they begin with."""
    wanted = next((CLOSING[token.text] for token in reversed(lead) if token.text in CLOSING), "")
    shortest = min(map(len, rest), default=0)
    for many in range(shortest, 0, -1) if wanted else ():
        ends = {tokens[-many:] for tokens in rest}
        if len(ends) == 1 and (end := next(iter(ends)))[0].text == wanted and all(token.is_gap for token in end):
            return list(end)
    return []


def label_at(tokens: Tokens, at: int) -> tuple[str, tuple[int, int]] | None:
    """(label, where it and its value begin and end, with what parts them from what stands before) if one begins at a place."""
    if not tokens[at].is_fixed or (tokens[at].kind == SIGN and at and (tokens[at - 1].kind == SIGN or tokens[at - 1].labels)):
        return None
    value = value_at(tokens, at + 1 if tokens[at].kind == WORD else at)
    if value >= len(tokens):
        return None
    signs = text_of(tokens[at + 1 : value])
    if not tokens[value].tells and not (tokens[at].kind == WORD and signs.rstrip(QUOTES).strip() in (":", "=")):
        return None
    begin, end = gap_before(tokens, at), value + 1
    if (quote := tokens[value - 1].text) in QUOTES:  # all that is quoted
        end = next((place for place in range(end, len(tokens)) if tokens[place].text == quote), end)
    opened = [CLOSING[token.text] for token in tokens[begin:value] if token.text in CLOSING]
    while end < len(tokens) and tokens[end].text in opened:
        opened.remove(tokens[end].text)
        end += 1
    name = tokens[at].text if tokens[at].kind == WORD else text_of(tokens[at:value]).strip()
    return name, (begin, end)


def widened(gap: Gap, spans: Spans) -> Spans:
    """A label's places with the words before it that belong to it: those that all lines with it have there, and no other."""
    others = {token for line, tokens in gap.items() if line not in spans for token in tokens}
    while all(begin for begin, _ in spans.values()):
        (before, *more) = {gap[line][begin - 1] for line, (begin, _) in spans.items()}
        if more or before.kind != WORD or not before.is_fixed or before in others:
            break
        spans = {line: (gap_before(gap[line], begin - 1), end) for line, (begin, end) in spans.items()}
    spans = {line: (begin, _closed(gap[line], begin, end)) for line, (begin, end) in spans.items()}
    behind = all(not begin and end < len(gap[line]) and gap[line][end].kind == SPACE for line, (begin, end) in spans.items())
    if behind and not any(tokens[0].kind == SPACE for line, tokens in gap.items() if tokens and line not in spans):
        return {line: (begin, end + 1) for line, (begin, end) in spans.items()}  # the space parts it from what stands behind it
    return spans


def _closed(tokens: Tokens, begin: int, end: int) -> int:
    """The end of a stretch of tokens, with what closes there the brackets and quotes that open in it."""
    opened = Counter(CLOSING[token.text] for token in tokens[begin:end] if token.text in CLOSING)
    opened -= Counter(token.text for token in tokens[begin:end])
    while end < len(tokens) and opened[tokens[end].text] > 0:
        opened[tokens[end].text] -= 1
        end += 1
    return end


def sides(gap: Gap, spans: Spans) -> str:
    """Where what lines without a label have stands in lines with it, on whose one side always something does, but not on the
    other: "before", "behind", "" where that is not clear."""
    before = [begin > 0 for begin, _ in spans.values()]
    behind = [end < len(gap[line]) for line, (_, end) in spans.items()]
    if not any(before) and not any(behind):
        return "" if any(tokens for line, tokens in gap.items() if line not in spans) else "before"
    if any(before) and any(behind):
        return "" if all(before) == all(behind) else "before" if all(before) else "behind"
    return "before" if any(before) else "behind"
