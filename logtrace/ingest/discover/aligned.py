"""Lines of text in columns of fixed width → the pattern behind them: where all lines have a space, one column may end.

    20240110 143000.017 pay     charge card     a1b2  c3d4     31 ERR card declined
    20240110 143000.131 stock   reserve         a1b2  e5f6    131 OK
    ^        ^          ^       ^               ^     ^    ^      ^

Words within a column are not parted so: other lines have letters there. The last column is as long as each line has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from logtrace.ingest.discover.prose import patterns
from logtrace.ingest.discover.tokens import LENGTH, TIME, Tokens, tokens_of
from logtrace.ingest.discover.written import Written

_MOST_LINES, _FEWEST_LINES, _FEWEST_COLUMNS, _WIDEST = 300, 4, 4, 400


def aligned(lines: Sequence[str]) -> Iterator[str]:
    """The pattern of lines whose columns begin at the same places, and hold texts of several words; none of other lines."""
    looked_at = lines[:_MOST_LINES]
    starts = _starts(looked_at) if len(looked_at) >= _FEWEST_LINES else []
    cells = [[line[begin:end].rstrip() for line in looked_at] for begin, end in pairwise(starts)]
    if len(starts) < _FEWEST_COLUMNS or not any(len(set(map(len, texts))) > 1 and _has_spaces(texts) for texts in cells):
        return
    for at in range(1, len(cells)):
        of_one_length = len(set(map(len, cells[at]))) == 1
        if of_one_length and any(text[0] == " " for text in cells[at]):  # to the right: longer ones will come
            starts[at] = starts[at - 1] + max(map(len, cells[at - 1]))
    for parts in patterns([line[starts[-1] :] for line in looked_at]):
        written = Written()
        yield "".join([*(written.cell(end - begin) for begin, end in pairwise(starts)), written.pattern(parts)])
        return


def _has_spaces(texts: Sequence[str]) -> bool:
    """Whether words of some are parted by a space."""
    return any(" " in text.strip() for text in texts)


def _starts(lines: Sequence[str]) -> list[int]:
    """Where columns begin: behind a place at which all lines have a space, where one has none, but not within a time."""
    shortest = min(_WIDEST, *map(len, lines))
    blank = [all(line[at] == " " for line in lines) for at in range(shortest)]
    whole = {at for line in lines[:_FEWEST_LINES] for at in _within(tokens_of(line))}
    return [at for at in range(shortest) if not blank[at] and (not at or blank[at - 1]) and at not in whole]


def _within(tokens: Tokens) -> Iterator[int]:
    """The places within times and lengths of time in a line, but for their beginnings."""
    begins = accumulate((len(token.text) for token in tokens), initial=0)
    for begin, token in zip(begins, tokens, strict=False):
        if token.kind in (TIME, LENGTH):
            yield from range(begin + 1, begin + len(token.text))
