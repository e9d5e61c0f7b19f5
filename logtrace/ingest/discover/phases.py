"""Which key tells the first line of a span from its last, and the words that say so."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from logtrace.ingest.discover.hints import STRONG, hint, words_of
from logtrace.ingest.discover.ids import Guess, Ids
from logtrace.ingest.discover.rows import PART, Column
from logtrace.ingest.discover.tokens import ENDING, STARTING
from logtrace.ingest.formats.letters import plain_letters
from logtrace.ingest.formats.levels import ERROR, severity
from logtrace.ingest.formats.readings import level_of

_STARTS = STARTING | frozenset(["b", "s", "beg", "in", "open", "opened", "opening", ">", "{", "+"])
_ENDS = ENDING | frozenset(["e", "f", "x", "out", "close", "closed", "closing", "stop", "stopped", "<", "}", "-"])
_FAILING = """fail failed fails failure failing error errored aborted abort cancelled canceled crashed rejected timeout ko
    nok fehlgeschlagen misslungen abgebrochen gescheitert echec echoue falha falhou fallo fallido fallida fallito fallita
    basarisiz niepowodzenie selhani selhalo mislukt misslyckades mislykket epaonnistui неудача неуспешно сбой провал неуспех 失败
    失敗 실패"""
_FAILED = frozenset(map(plain_letters, _FAILING.split()))
_FEW_VALUES, _SPANS, _LIKELY = 8, 2, 0.9


class Phase(NamedTuple):
    """The key that tells the first line of a span from its last, with the values of both, or the words that these end with;
    worded: what stands before such a word names the work."""

    key: Guess | None = None
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    worded: bool = False


def find_phase(free: dict[str, Column], columns: Mapping[str, Column], ids: Ids, *, timed: bool) -> Phase:
    """What tells whether work begins or is over; its key is no longer free. timed: lines tell how long work took, so that those
    may be all there are."""
    groups = _lines_of_spans(columns, ids)
    may_tell = [
        column for column in free.values() if not (timed and any(" " in text for text in column.distinct))
    ]  # no sentences
    tried = [_phase_of(column, said, groups) for column in may_tell for said in _sayings(column, groups, timed=timed)]
    score, found = max(tried, key=lambda each: each[0], default=(0.0, Phase()))
    if score < _LIKELY:
        ending = (_ending(column) for column in may_tell if _only_ends(column)) if timed and ids.span is not None else ()
        found = next(iter(ending), Phase())
    if found.key is not None:
        free.pop(found.key.key)
        free.pop(found.key.key.partition(PART)[0], None)
    return found


Said = Mapping[int, str]
"""What a column says by row: its values, or their last words."""


def _sayings(column: Column, groups: list[list[int]], *, timed: bool) -> Iterator[Said]:
    """The values of a column that has few, where lengths of time are told those of one word; the last words of one that has
    several on all lines of spans, if those are few."""
    if len(groups) < _SPANS:
        return
    if len(column.distinct) <= _FEW_VALUES and not (timed and any(map(_has_several_words, column.distinct))):
        yield column.texts
    told = {row: column.texts[row] for rows in groups for row in rows if row in column.texts}
    said = {row: _last_said(text) for row, text in told.items()} if all(map(_has_several_words, told.values())) else {}
    if len(set(said.values())) <= _FEW_VALUES:
        yield said


def _phase_of(column: Column, said: Said, groups: list[list[int]]) -> tuple[float, Phase]:
    """How likely a column tells the first lines of spans from the last, and with which values."""
    starts = _ends_of(said, groups, 0)
    ends = tuple(text for text in _ends_of(said, groups, -1) if text not in starts)
    worded = said is not column.texts
    if worded and not ({word.lower() for word in starts} <= _STARTS and all(map(_ends_with_phase, ends))):
        return 0.0, Phase()
    why = Guess(column.key, "each span begins with one value and ends with another")
    return _phase_score(column, said, groups), Phase(why, starts, ends, worded)


def _ending(column: Column) -> Phase:
    """The phase of a column that names ends alone."""
    worded = all(map(_has_several_words, column.distinct))
    counts = Counter(_last_said(text) if worded else text for text in column.texts.values())
    ends = tuple(text for text, _ in counts.most_common())
    return Phase(Guess(column.key, "all say that the work is over"), (), ends, worded)


def _has_several_words(text: str) -> bool:
    """Whether a text is a name of several words: `PaymentStarted`, and no sentence."""
    return " " not in text and len(words_of(text)) > 1


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


def _only_ends(column: Column) -> bool:
    """Whether all values say that work is over, and nothing else: words under a name that may say so, or under none; names that
    end with such a word (`PaymentFinished`)."""
    if not column.strings or not all(map(_ends_with_phase, column.distinct)):
        return False
    words = {_last_word(text) for text in column.distinct}
    if not words & _ENDS or len(words) > _FEW_VALUES:
        return False
    if all(map(_has_several_words, column.distinct)):
        return len(column.distinct) > 1
    named = hint(column.key, "phase") and hint(column.key, "operation") < STRONG
    return bool(named or (is_nameless(column.key) and all(len(text) > 1 for text in column.distinct)))


def is_nameless(key: str) -> bool:
    """Whether a key is but the number of a column."""
    return re.fullmatch(r"column\d+", key.rpartition(".")[2]) is not None


def _ends_with_phase(text: str) -> bool:
    last = _last_word(text) or text.lower()
    return last in _STARTS or last in _ENDS or fails(text)


def _last_said(text: str) -> str:
    """The last word of a text, as it stands there."""
    last = _last_word(text)
    return text[-len(last) :] if text.lower().endswith(last) else text


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


def fails(text: str) -> bool:
    """Whether the last of the words in a text says that something went wrong: `failed`, `PaymentFailed`, `HATA`."""
    last = _last_word(text)
    return last in _FAILED or (len(last) > 1 and severity(level_of(last) or "") >= ERROR)


def _last_word(text: str) -> str:
    return next(reversed(words_of(text)), "")
