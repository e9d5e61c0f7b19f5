"""Lines of prose → tokens: times, durations, words, spaces, and every other sign by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import NamedTuple

import orjson

from logtrace.ingest.vocabulary.readings import level_of
from logtrace.patterns import lazy_pattern

TIME, LENGTH, LEVEL, PHASE, WORD, SPACE, SIGN = "time", "length", "level", "phase", "word", "space", "sign"
OBJECT = "object"
"""A JSON object at the end of a line."""

MOST_TOKENS = 150
"""So many of a line are looked at."""

_TRIES, _LONG_ID = 3, 6
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,:]\d{1,9})?(?:\s?(?:Z\b|UTC\b|[AP]M\b|[+-]\d\d:?\d\d\b))?"
_DAY = (
    r"\d{4}[-/.]\d\d[-/.]\d\d", r"\d\d[-/.]\d\d[-/.]\d{2,4}", r"\d{8}", r"\d{6}", r"\d{1,2}[-/ ][A-Z][a-z]{2}[-/ ]\d{4}",
    r"[A-Z][a-z]{2} \d{1,2},? \d{4}", r"[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2}", r"[A-Z][a-z]{2} {1,2}\d{1,2}",
    r"\d\d[-/]\d\d", r"\d{1,2} [A-Z][a-z]{2}",
)  # fmt: skip
_UNIT = r"ns|nsec|nanos|us|µs|usec|micros|ms|msec|millis|s|secs?|(?:nano|micro|milli)?seconds?|мс|мкс|нс|сек|毫秒|微秒|纳秒|秒"
_TOKEN = lazy_pattern(
    rf"(?P<{TIME}>(?:[A-Z][a-z]{{2}}, )?(?:{'|'.join(_DAY)})(?:[T:_-]|,? ){_CLOCK}(?: \d{{4}}\b)?"
    rf"|(?:19|20)\d{{6}}[T _-]\d{{6}}(?:[.,]\d{{1,9}})?(?![\w:])"
    rf"|\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})? (?:{'|'.join(_DAY[:5])})(?![\w:]))"
    rf"|(?P<{LENGTH}>(?<![\w.])\d+(?:[.,]\d+)? ?(?:{_UNIT})\b)"
    rf"|(?P<{WORD}>(?<![\w.,])\d+,\d+(?![\w,.])|\w+(?:[.+@-]\w+)*(?:(?<=[\w+@-]{{8}})={{1,2}}(?=[\s,;)\]}}\"'|]|\Z))?(?!\w))"
    rf"|(?P<{SPACE}>\s+)|(?P<{SIGN}>(?<!\S)(?:--?>|<--?|==?>|<==?|>>>?|<<<?)(?!\S)|.)",
    re.DOTALL,
)
_LABELLED = lazy_pattern(r"(?:(?<![\s({\[,]):[ \"']*|(?<=\s):[ \"']+|=>?[ \"']*)$")
"""What stands before a value: a colon or an equals sign, with spaces and quotes. A colon alone begins one of Ruby's symbols."""

_STARTING = """begin begins beginning begun start starts started starting enter enters entered entering entry anfang beginn
    beginnt debut inicio inizio → -> => >> --> ==> >>> ▶ ⇒"""
_ENDING = """end ends ended ending done finish finishes finished finishing complete completes completed exit exits exited
    exiting leave leaves leaving left return returns returned ende fertig fini fin fim fine ← <- <= << <-- <== <<< ◀ ⇐"""
_ANSWERS = frozenset(["yes", "no", "ok", "ko", "nok", "null", "none", "nil"])
STARTING, ENDING = frozenset(_STARTING.split()), frozenset(_ENDING.split())
"""What lines say when work begins, and when it is over."""


class Token(NamedTuple):
    """A piece of a line: what it is, and its text. labelled: it stands behind a label and so may differ, even if it does not in
    these lines; labels: it stands right before an equals sign, and is no level then (`err="bank is shut"`)."""

    kind: str
    text: str
    labelled: bool = False
    labels: bool = False

    @property
    def is_fixed(self) -> bool:
        """Whether it may be what all lines of a kind have: a sign, or a word without digits that is no level and no value."""
        plain = self.kind == WORD and not self.labelled and self.text.lower() not in ("true", "false")
        return self.kind == SIGN or (plain and not self.has_digits and not self.is_level)

    @property
    def may_differ(self) -> bool:
        """Whether it is a word that other lines may lack for another one, which says the contrary."""
        return self.text.lower() in _ANSWERS

    @property
    def is_level(self) -> bool:
        return self.kind == WORD and not self.labels and level_of(self.text) is not None

    @property
    def is_free_word(self) -> bool:
        """Whether it is a word that stands for itself: behind no label, and without digits."""
        return self.kind == WORD and not (self.labelled or self.has_digits)

    @property
    def is_gap(self) -> bool:
        """Whether it only stands between words."""
        return self.kind in (SPACE, SIGN)

    @property
    def tells(self) -> bool:
        """Whether it is what labels are put before: a number, an id, a length of time."""
        return self.kind in (TIME, LENGTH) or (self.kind == WORD and self.has_digits)

    @property
    def has_digits(self) -> bool:
        return any(map(str.isdigit, self.text))


Tokens = tuple[Token, ...]


def tokens_of(line: str) -> Tokens:
    """The tokens of a line; together they are the line."""
    return tuple(_tokens(line))


def _tokens(line: str) -> Iterator[Token]:
    end = _object_at(line)
    for match in _TOKEN.finditer(line, 0, end):
        kind = str(match.lastgroup)
        behind = kind == WORD and _LABELLED.search(line, max(0, match.start() - 5), match.start()) is not None
        yield Token(kind, match[0], behind, labels=kind == WORD and line[match.end() : match.end() + 1] == "=")
    if end < len(line):
        yield Token(OBJECT, line[end:])


def _object_at(line: str) -> int:
    """Where a JSON object begins that is the rest of a line; the end of the line where none does."""
    at = line.find("{") if line[-1:] == "}" else -1
    for _ in range(_TRIES):
        with suppress(orjson.JSONDecodeError):
            if at > 0 and isinstance(orjson.loads(line[at:]), dict):
                return at
        at = line.find("{", at + 1) if at >= 0 else -1
    return len(line)


def text_of(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)


def value_at(tokens: Tokens, at: int) -> int:
    """Where the next token stands that is more than a gap."""
    return at + sum(1 for _ in takewhile(lambda token: token.is_gap, tokens[at:]))


def gap_before(tokens: Tokens, at: int) -> int:
    """Where the gap before a place begins."""
    return at - sum(1 for _ in takewhile(lambda token: token.is_gap, reversed(tokens[:at])))


def is_long_id(token: Token) -> bool:
    """Whether a token looks like an id: a word with digits, no short one."""
    return token.kind == WORD and token.has_digits and len(token.text) >= _LONG_ID
