"""Lines of prose → tokens: times, durations, words, spaces, and every other sign by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logtrace.ingest.formats.readings import level_of
from logtrace.patterns import lazy_pattern

TIME, LENGTH, LEVEL, PHASE, WORD, SPACE, SIGN = "time", "length", "level", "phase", "word", "space", "sign"

_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,:]\d{1,9})?(?:\s?(?:Z\b|UTC\b|[AP]M\b|[+-]\d\d:?\d\d\b))?"
_DAY = (
    r"\d{4}[-/.]\d\d[-/.]\d\d", r"\d\d[-/.]\d\d[-/.]\d{2,4}", r"\d{8}", r"\d{1,2}[-/ ][A-Z][a-z]{2}[-/ ]\d{4}",
    r"[A-Z][a-z]{2} \d{1,2},? \d{4}", r"[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2}",
)  # fmt: skip
_UNIT = r"ns|nsec|nanos|us|µs|usec|micros|ms|msec|millis|s|secs?|(?:nano|micro|milli)?seconds?|мс|мкс|нс|сек|毫秒|微秒|纳秒|秒"
_TOKEN = lazy_pattern(
    rf"(?P<{TIME}>(?:[A-Z][a-z]{{2}}, )?(?:{'|'.join(_DAY)})(?:[T:_-]|,? ){_CLOCK}(?: \d{{4}}\b)?"
    rf"|\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})? (?:{'|'.join(_DAY[:2])})(?![\w:]))"
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
STARTING, ENDING = frozenset(_STARTING.split()), frozenset(_ENDING.split())
"""What lines say when work begins, and when it is over."""


class Token(NamedTuple):
    """A piece of a line: what it is, and its text. labelled: it stands behind a label and so may differ, even if it does not in
    these lines."""

    kind: str
    text: str
    labelled: bool = False

    @property
    def is_fixed(self) -> bool:
        """Whether it may be what all lines of a kind have: a sign, or a word without digits that is no level and no value."""
        plain = self.kind == WORD and not self.labelled
        return self.kind == SIGN or (plain and not self.has_digits and level_of(self.text) is None)

    @property
    def is_level(self) -> bool:
        return self.kind == WORD and level_of(self.text) is not None

    @property
    def is_phase(self) -> bool:
        """Whether it says that work begins, or that it is over."""
        return not self.labelled and (self.text.lower() in STARTING or self.text.lower() in ENDING)

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
    for match in _TOKEN.finditer(line):
        kind = str(match.lastgroup)
        yield Token(kind, match[0], kind == WORD and _LABELLED.search(line, max(0, match.start() - 5), match.start()) is not None)


def text_of(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)
