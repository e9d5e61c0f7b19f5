"""Which key tells the first line of a span from its last, and the words that say so."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from logtrace.ingest.discover.hints import STRONG, hint, words_of
from logtrace.ingest.discover.ids import Guess, Ids
from logtrace.ingest.discover.outcomes import fails, last_word
from logtrace.ingest.discover.rows import PART, Column
from logtrace.ingest.discover.tokens import ENDING, STARTING
from logtrace.patterns import lazy_pattern

_STARTS = STARTING | frozenset(["b", "s", "beg", "in", "open", "opened", "opening", ">", "{", "+"])
_ENDS = ENDING | frozenset(
    ["succeeded", "success", "e", "f", "x", "out", "close", "closed", "closing", "stop", "stopped", "<", "}", "-"]
)
_FEW_VALUES, _SPANS, _LIKELY = 8, 2, 0.9


class Phase(NamedTuple):
    """The key that tells the first line of a span from its last, with the values of both, or the words that these end with;
    worded: what stands before such a word names the work."""

    key: Guess | None = None
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    worded: bool = False


_CLASS = lazy_pattern(r"(?:\w+\.)+[A-Z]\w*")


def find_phase(free: dict[str, Column], columns: Mapping[str, Column], ids: Ids, *, timed: bool) -> Phase:
    """What tells whether work begins or is over; its key is no longer free. timed: lines tell how long work took, so that those
    may be all there are."""
    groups = _lines_of_spans(columns, ids)
    tried = [_phase_of(column, said, groups) for column in free.values() for said in _sayings(column, groups, timed=timed)]
    score, found = max(tried, key=lambda each: each[0], default=(0.0, Phase()))
    if score < _LIKELY:
        endings = map(_ending, free.values()) if timed and ids.span is not None else ()
        found = next((ending for ending in endings if ending is not None), Phase())
    if found.key is not None:
        free.pop(found.key.key)
        free.pop(found.key.key.partition(PART)[0], None)
    return found


Said = Mapping[int, str]
"""What a column says by row: its values, or their last words."""


def _sayings(column: Column, groups: list[list[int]], *, timed: bool) -> Iterator[Said]:
    """The values of a column that has few, where lengths of time are told those of one word; the last or first words of
    those that have several, if those words are few. Places in a program are no phases: all requests go through the same ones."""
    if len(groups) < _SPANS or any(_is_place(text) for text in column.distinct):
        return
    if len(column.distinct) <= _FEW_VALUES and not (timed and any(map(_has_several_words, column.distinct))):
        yield column.texts
    told = {row: column.texts[row] for rows in groups for row in rows if row in column.texts}
    several = {row: text for row, text in told.items() if _has_several_words(text)}
    for word in (_last_said, _first_said) if several else ():
        said = {row: word(text) for row, text in several.items()}
        if len(set(said.values())) <= _FEW_VALUES:
            yield said


def _is_place(text: str) -> bool:
    """Whether a text is a place in a program: the name of a class, the number of a line."""
    return _CLASS.fullmatch(text) is not None or (text.isdecimal() and len(text) > 1)


def _phase_of(column: Column, said: Said, groups: list[list[int]]) -> tuple[float, Phase]:
    """How likely a column tells the first lines of spans from the last, and with which values."""
    starts = _ends_of(said, groups, 0)
    ends = tuple(text for text in _ends_of(said, groups, -1) if text not in starts)
    worded = said is not column.texts
    if worded and not ({word.lower() for word in starts} <= _STARTS and _are_ends(set(ends))):
        return 0.0, Phase()
    why = Guess(column.key, "each span begins with one value and ends with another")
    return _phase_score(column, said, groups), Phase(why, starts, ends, worded)


def _ending(column: Column) -> Phase | None:
    """The phase of a column all values of which say that work is over, and nothing else: words under a name that may say so, or
    under none; names or sentences that end or begin with such a word (`PaymentFinished`). None of any other."""
    if not column.strings:
        return None
    why = Guess(column.key, "all say that the work is over")
    if all(map(_has_several_words, column.distinct)) and len(column.distinct) > 1:
        for word in (_last_said, _first_said):
            said = {row: word(text) for row, text in column.texts.items()}
            if _are_ends(set(said.values())):
                return Phase(why, (), _usual(said.values()), worded=True)
        return None
    named = hint(column.key, "phase") and hint(column.key, "operation") < STRONG
    fits = named or (is_nameless(column.key) and all(len(text) > 1 for text in column.distinct))
    return Phase(why, (), _usual(column.texts.values())) if fits and _are_ends(column.distinct) else None


def _are_ends(words: Set[str]) -> bool:
    plain = {word.lower() for word in words}
    return not plain.isdisjoint(_ENDS) and len(words) <= _FEW_VALUES and all(word in _ENDS or fails(word) for word in plain)


def _usual(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text, _ in Counter(texts).most_common())


def _has_several_words(text: str) -> bool:
    return len(words_of(text)) > 1


def _lines_of_spans(columns: Mapping[str, Column], ids: Ids) -> list[list[int]]:
    """The rows of each span that has several, in order."""
    if ids.trace is None or ids.span is None:
        return []
    trace, span = columns[ids.trace.key].texts, columns[ids.span.key].texts
    spans: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in sorted(span):
        if row in trace:
            spans[trace[row], span[row]].append(row)
    return [rows for rows in spans.values() if len(rows) > 1]


def is_nameless(key: str) -> bool:
    """Whether a key is but the number of a column."""
    return re.fullmatch(r"column\d+", key.rpartition(".")[2]) is not None


def _last_said(text: str) -> str:
    """The last word of a name, as it stands there; a sentence, of which that says little, as it is."""
    last = last_word(text)
    return text[-len(last) :] if " " not in text and text.lower().endswith(last) else text


def _first_said(text: str) -> str:
    """The first word of a text, as it stands there."""
    first = next(iter(words_of(text)), "")
    return text[: len(first)] if text.lower().startswith(first) else text


def _phase_score(column: Column, said: Said, groups: list[list[int]]) -> float:
    """The part of spans whose first line has a value that no last line has, the other way round as well."""
    firsts = Counter(said.get(rows[0], "") for rows in groups)
    lasts = Counter(said.get(rows[-1], "") for rows in groups)
    apart = sum(count for text, count in firsts.items() if text and not lasts[text])
    apart += sum(count for text, count in lasts.items() if text and not firsts[text])
    words = {text.lower() for text in said.values()}
    known = bool(words & _STARTS) + bool(words & _ENDS)
    return apart / (2 * len(groups)) + 0.1 * known + 0.05 * hint(column.key, "phase") - 0.1 * (said is not column.texts)


def _ends_of(said: Said, groups: list[list[int]], at: int) -> tuple[str, ...]:
    """The values on the first (0) or last (-1) lines of spans, the usual ones first."""
    counts = Counter(said[rows[at]] for rows in groups if rows[at] in said)
    return tuple(text for text, count in counts.most_common() if count > 0.02 * len(groups))


def are_phases(words: Set[str]) -> bool:
    """Whether all of these words say that work begins or is over, and some of them each."""
    begins, over = words & _STARTS, {word for word in words if word in _ENDS or fails(word)}
    return bool(begins and over) and words == begins | over
