"""Lines of prose that one statement wrote → the pattern behind them: what all lines have, what differs, what some lack.

    10:00:01 <stock> 'reserve' flow:a1 leg:b2 under:c3 spent 5 ms
    10:00:02 <pay> 'place order' flow:a1 leg:c3 spent 9 ms
    T    <F> 'F' flow:F leg:F( under:F)? spent F

What all lines have is looked for first, and parts them; what stands between is parted in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile

from logtrace.ingest.discover.failures import is_verdict, without_failures
from logtrace.ingest.discover.labels import Gap, label_at, sides, widened
from logtrace.ingest.discover.outcomes import fails, succeeds
from logtrace.ingest.discover.parts import Part, Perhaps, field, fixed, label_of_all, quoted, within
from logtrace.ingest.discover.phased import phased_lines
from logtrace.ingest.discover.tokens import (
    LENGTH,
    LEVEL,
    MOST_TOKENS,
    OBJECT,
    PHASE,
    SIGN,
    SPACE,
    TIME,
    WORD,
    Token,
    Tokens,
    is_long_id,
    text_of,
    tokens_of,
    value_at,
)

_MOST_LINES, _FEWEST = 300, 3
_NEARLY, _USUALLY, _MOSTLY, _FEW, _MOST_OUTCOMES = 0.9, 0.8, 0.6, 0.03, 6
LABELLING = ":=\"'#([{< "
"""What may stand between a label and its value."""


def patterns(lines: Sequence[str]) -> Iterator[tuple[Part, ...]]:
    """The patterns that lines may have been written by: that of those that tell when work begins and ends, that of the lines with
    the most usual label of an id, that of all."""
    whole = [tokens_of(line)[:MOST_TOKENS] for line in lines[:_MOST_LINES]]
    if phased := phased_lines(whole):
        yield tuple(Parter(1.0, PHASE).parts(dict(enumerate(phased))))
    made, failure = without_failures(whole)
    for parts in _patterns(made):
        yield parts if failure is None else (*parts, failure)


def _patterns(made: list[Tokens]) -> Iterator[tuple[Part, ...]]:
    if phased := phased_lines(made):
        yield tuple(Parter(1.0, PHASE).parts(dict(enumerate(phased))))
    label = _usual_label(made)
    labelled = [tokens for tokens in made if label in tokens]
    bases = ([labelled] if label and len(labelled) < len(made) else []) + [made]
    for base in bases:
        for least in (1.0, _NEARLY) if len(base) >= _FEWEST else ():
            yield tuple(Parter(least).parts(dict(enumerate(base))))


def _usual_label(lines: Sequence[Tokens]) -> Token | None:
    """The word that stands before an id on most lines; None where none does on half of them."""
    counts: Counter[Token] = Counter()
    for tokens in lines:
        counts.update(
            {token for at, token in enumerate(tokens) if token.kind == WORD and token.is_fixed and _names_id(tokens, at)}
        )
    best = max(counts, key=lambda token: counts[token], default=None)
    return best if best is not None and counts[best] >= len(lines) / 2 else None


def _names_id(tokens: Tokens, at: int) -> bool:
    told = value_at(tokens, at + 1)
    return told < len(tokens) and is_long_id(tokens[told]) and not text_of(tokens[at + 1 : told]).strip(LABELLING)


class Parter:
    """Parts lines by what at least a share of them has; those that lack it are left out. kinds: of what there is one in a line,
    besides times, levels and lengths."""

    def __init__(self, least: float, *kinds: str) -> None:
        self.least = least
        self.kinds = (TIME, LEVEL, LENGTH, OBJECT, *kinds)
        self.ways = (
            self._by_word, self._by_ends, self._by_type, self._by_outcome, self._by_verdict, self._by_sign, self._by_empty,
            self._by_column, self._by_colon, self._by_reason, self._by_label, self._by_space,
            self._by_more, self._by_absence,
        )  # fmt: skip

    def parts(self, gap: Gap) -> list[Part]:
        """The parts of a gap, from left to right."""
        if not any(gap.values()):
            return []
        return next((found for way in self.ways if (found := way(gap)) is not None), [field(gap)])

    def _by_ends(self, gap: Gap) -> list[Part] | None:
        """Parted from what all lines begin or end with: a space, a fixed token, a time, a level, a length of time; from an id or
        a number that all begin with."""
        for at in (-1, 0):
            ends = {line: tokens[at] for line, tokens in gap.items() if tokens}
            if len(ends) < len(gap):
                return None
            kinds = {token.kind for token in ends.values()}
            same = len(set(ends.values())) == 1 and next(iter(ends.values())).is_fixed
            typed = kinds in ({TIME}, {LENGTH}, {OBJECT}) or all(
                token.is_level or (token.tells and not at) for token in ends.values()
            )
            if same or kinds == {SPACE} or typed:
                places = {line: at % len(tokens) for line, tokens in gap.items()}
                return self._around(gap, places, field if typed else fixed)
        return None

    def _by_word(self, gap: Gap) -> list[Part] | None:
        """Parted at a word that nearly all lines have, once."""
        return self._by_token(gap, lambda token: token.kind == WORD, once=True)

    def _by_type(self, gap: Gap) -> list[Part] | None:
        """Parted at the one time, level or length of time that each line has."""
        for kind in self.kinds:
            found = {line: [at for at, token in enumerate(tokens) if _is_of(token, kind)] for line, tokens in gap.items()}
            if all(len(places) == 1 for places in found.values()):
                return self._around(gap, {line: places[0] for line, places in found.items()}, field)
        return None

    def _by_outcome(self, gap: Gap) -> list[Part] | None:
        """Parted at the one word that each line has for how the work ended: well on some lines, not on others. Words that never
        stand alone belong to what is told of it: `failed: connection refused`. At the end of all lines one known word does."""
        if (ends := _ends_with_outcomes(gap)) is not None:
            return self._around(gap, ends, field)
        places = {line: [at for at, token in enumerate(tokens) if _tells_outcome(token)] for line, tokens in gap.items()}
        alone = {gap[line][at].text for line, (at, *others) in _told(places) if not others}
        found = {line: [at for at in told if gap[line][at].text in alone] for line, told in places.items()}
        if len(alone) > _MOST_OUTCOMES or not (any(map(fails, alone)) and any(map(succeeds, alone))):
            return None
        if any(len(told) != 1 for told in found.values()):
            return None
        return self._around(gap, {line: at for line, (at,) in found.items()}, field)

    def _by_verdict(self, gap: Gap) -> list[Part] | None:
        """Parted behind the word that all begin with, if it decides whether anything follows."""
        return self._around(gap, dict.fromkeys(gap, 0), field) if is_verdict(list(gap.values())) else None

    def _by_sign(self, gap: Gap) -> list[Part] | None:
        """Parted at the first of a sign that nearly all lines have, equally often."""
        return self._by_token(gap, lambda token: token.kind == SIGN, once=False)

    def _by_token(self, gap: Gap, wanted: Callable[[Token], bool], *, once: bool) -> list[Part] | None:
        counts: Counter[tuple[Token, int]] = Counter()
        for tokens in gap.values():
            counts.update(Counter(token for token in tokens if token.is_fixed and wanted(token)).items())
        usual = {
            token: many
            for (token, many), lines in counts.items()
            if lines >= (1.0 if token.may_differ else self.least) * len(gap) and (many == 1 or not once)
        }
        if not usual:
            return None
        best = min(usual, key=lambda token: sum(tokens.index(token) for tokens in gap.values() if token in tokens))
        places = {line: tokens.index(best) for line, tokens in gap.items() if tokens.count(best) == usual[best]}
        return self._around(gap, places, fixed)

    def _by_label(self, gap: Gap) -> list[Part] | None:
        """Parted at a label with its value that some lines have and others lack; of several, the last."""
        found: dict[str, dict[int, tuple[int, int]]] = {}
        for line, tokens in gap.items():
            labels = [each for at in range(len(tokens)) if (each := label_at(tokens, at)) is not None]
            names = Counter(name for name, _ in labels)
            for name, span in labels:
                if names[name] == 1:
                    found.setdefault(name, {})[line] = span
        some = [widened(gap, spans) for spans in found.values() if max(2, _FEW * len(gap)) <= len(spans) < len(gap)]
        fitting = [spans for spans in some if sides(gap, spans)]
        if not fitting:
            return None
        spans = min(fitting, key=lambda spans: sum(len(gap[line]) - end for line, (_, end) in spans.items()) / len(spans))
        before = sides(gap, spans) == "before"
        left = {line: gap[line][: spans[line][0]] if line in spans else tokens if before else () for line, tokens in gap.items()}
        right = {line: gap[line][spans[line][1] :] if line in spans else () if before else tokens for line, tokens in gap.items()}
        inner = {line: gap[line][begin:end] for line, (begin, end) in spans.items()}
        return [*self.parts(left), Perhaps(tuple(quoted(inner) or self.parts(inner))), *self.parts(right)]

    def _by_colon(self, gap: Gap) -> list[Part] | None:
        """Parted at the colon that is the first sign of all lines, behind a name of which there are several and before a space,
        however many colons follow in what it says."""
        places = {line: next((at for at, token in enumerate(tokens) if token.kind == SIGN), 0) for line, tokens in gap.items()}
        followed = all(at and text_of(gap[line][at : at + 2]) == ": " for line, at in places.items())
        names = {gap[line][:at] for line, at in places.items()}
        return self._around(gap, places, fixed) if followed and len(names) > 1 else None

    def _by_reason(self, gap: Gap) -> list[Part] | None:
        """A label that begins all lines that have anything, and the sentence behind it, in which no `label=` stands."""
        told = {line: tokens for line, tokens in gap.items() if tokens}
        lead = label_of_all(list(told.values())) if 1 < len(told) < len(gap) else ()
        rest = {line: tokens[len(lead) :] for line, tokens in told.items()}
        tokens = [token for found in rest.values() for token in found]
        sentences = any(token.kind == SPACE for token in tokens) and not any(token.labels for token in tokens)
        return [Perhaps(tuple(within(lead, rest)))] if lead and sentences else None

    def _by_empty(self, gap: Gap) -> list[Part] | None:
        """Parted behind an id that all begin with but for those that begin with the space behind it."""
        places = {line: _space_at(tokens, -1) for line, tokens in gap.items()}
        heads = {line: gap[line][:at] for line, at in places.items()}
        if min(places.values()) or not max(places.values()):
            return None
        fits = all(not head or (len(head) == 1 and head[0].tells) for head in heads.values())
        return [field(heads), *self.parts({line: gap[line][at:] for line, at in places.items()})] if fits else None

    def _by_column(self, gap: Gap) -> list[Part] | None:
        """Parted behind one word that all begin with before an id, each with its own, and at the one wide space that all have:
        columns of fixed width."""
        heads = {tokens[0] for tokens in gap.values() if len(tokens) > 2 and tokens[0].kind == WORD and tokens[1].kind == SPACE}
        told = all(len(tokens) > 2 and tokens[1].kind == SPACE and tokens[2].tells for tokens in gap.values())
        if told and len(heads) > 1 and all(tokens[0] in heads for tokens in gap.values()):
            return self._around(gap, dict.fromkeys(gap, 1), fixed)
        wide = {
            line: [at for at, token in enumerate(tokens) if token.kind == SPACE and len(token.text) > 1]
            for line, tokens in gap.items()
        }
        if all(len(places) == 1 for places in wide.values()):
            return self._around(gap, {line: places[0] for line, places in wide.items()}, fixed)
        return None

    def _by_more(self, gap: Gap) -> list[Part] | None:
        """Parted behind an id or a number that most have alone, and some with more behind it."""
        places = {
            line: next((at for at, token in enumerate(tokens) if token.kind == SPACE), len(tokens))
            for line, tokens in gap.items()
        }
        heads = {line: gap[line][:at] for line, at in places.items()}
        rest = {line: gap[line][at:] for line, at in places.items()}
        longer = [line for line, tokens in rest.items() if tokens]
        telling = {line for line, head in heads.items() if len(head) == 1 and head[0].tells}
        fits = telling.issuperset(longer) and len(telling) >= _MOSTLY * len(gap) and all(heads.values())
        return [field(heads), *self.parts(rest)] if fits and 1 < len(longer) <= len(gap) / 2 else None

    def _by_space(self, gap: Gap) -> list[Part] | None:
        """Parted at the first space, where all lines have equally many."""
        counts = {sum(token.kind == SPACE for token in tokens) for tokens in gap.values()}
        if len(counts) != 1 or counts == {0}:
            return None
        places = {line: _space_at(tokens, -1) for line, tokens in gap.items()}
        return self._around(gap, places, fixed)

    def _by_absence(self, gap: Gap) -> list[Part] | None:
        """What begins with the same spaces and signs on all lines that have anything; behind those it is one text."""
        told = {line: tokens for line, tokens in gap.items() if tokens}
        if not 1 < len(told) < len(gap):
            return None
        abreast = zip(*told.values(), strict=False)
        lead = [first for first, *_ in takewhile(lambda each: len(set(each)) == 1 and each[0].is_gap, abreast)]
        rest = {line: tokens[len(lead) :] for line, tokens in told.items()}
        return [Perhaps(tuple(within(lead, rest)))] if lead else None

    def _around(self, gap: Gap, places: Mapping[int, int], part: Callable[[Gap], Part], width: int = 1) -> list[Part]:
        """The parts before, at and behind places of lines; lines without one are left out."""
        left = {line: gap[line][:at] for line, at in places.items()}
        right = {line: gap[line][at + width :] for line, at in places.items()}
        return [*self.parts(left), part({line: gap[line][at : at + width] for line, at in places.items()}), *self.parts(right)]


def _space_at(tokens: Tokens, else_: int) -> int:
    """The place of the first space."""
    return next((at for at, token in enumerate(tokens) if token.kind == SPACE), else_)


def _is_of(token: Token, kind: str) -> bool:
    return (LEVEL if token.is_level else token.kind) == kind


def _ends_with_outcomes(gap: Gap) -> dict[int, int] | None:
    """The places of the last words of lines of several words, if they are few and one of them tells of an outcome; None of any
    other."""
    words = {tokens[-1].text for tokens in gap.values() if len(tokens) > 1 and tokens[-1].is_free_word}
    several = all(len(tokens) > 2 and tokens[-1].is_free_word and tokens[-2].kind == SPACE for tokens in gap.values())
    if not several or not 1 < len(words) <= _FEWEST or not any(map(fails, words)):
        return None
    return {line: len(tokens) - 1 for line, tokens in gap.items()}


def _tells_outcome(token: Token) -> bool:
    return token.is_free_word and (fails(token.text) or succeeds(token.text))


def _told(places: Mapping[int, list[int]]) -> Iterator[tuple[int, list[int]]]:
    """The lines that have a place."""
    return ((line, found) for line, found in places.items() if found)
