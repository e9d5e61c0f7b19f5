"""Secrets in a block of bytes: one pass over it finds where to look, then each place is looked at."""

from __future__ import annotations

import string
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any, NamedTuple

from logtrace.ingest.secrets import armour, columns, spelled, words
from logtrace.ingest.secrets.names import NAMES, PLACEHOLDER, SPACED, Name, is_harmless, looks_made
from logtrace.ingest.secrets.shapes import Shape, is_an_id, key_before
from logtrace.ingest.secrets.values import NEAR_QUOTED, PAIR, SIGN, TOLD, Value, values_at
from logtrace.ingest.secrets.wanted import OWN_KEY, PRIVATE_KEY, Wanted, allowed, compiled, end_of, key_patterns, shapes_of
from logtrace.patterns import lazy_pattern

_CLOSED = rb"(?:[\"'`\\\]]|u0022)*\s*(?:[:=>,!<()]|u003[cCeE]|[ \t]+[^\s])"
"""What follows a key that has a value."""

_BEFORE = 100
"""Bytes that are looked at before a place: longer keys are none."""

_NEAR_BEFORE = 400
"""Bytes of a line in which the command stands whose argument is a secret."""

_KNOWN = 10_000
"""Keys that are remembered."""

_DEEPEST = 3
"""An escape may spell an escape; so often nobody does it by chance."""

_OF_KEY = (string.ascii_letters + string.digits + "_.$@-").encode()
_ESCAPE = lazy_pattern(rb"(?<=\\)(?:u[0-9a-fA-F]{4}|[nrt])")
"""What looks like the beginning of a key, and ends an escape of JSON."""
_DENIED = lazy_pattern(rb"(?i)\b(?:unexpected|next|missing|no|unknown|of|per) $")
_COOKIE = lazy_pattern(rb"(?:^|-)cookie$")
_IN_LIST = lazy_pattern(rb"[\"'`\\]*\s*[,)]")
_AFTER = 32
_FRACTION = lazy_pattern(rb"\.\d|[eE][-+]?\d")
"""Digits with more of a number behind them are a measure."""
_GROUP_BEFORE, _GROUP_AFTER = lazy_pattern(rb"\b[0-9A-Fa-f]{4}[ -]$"), lazy_pattern(rb"[ -][0-9A-Fa-f]{4}\b")
"""What stands among further groups of digits is no card, but a list."""
_LIST, _LAST = lazy_pattern(rb"(?:[0-9A-Fa-f]{4}[ -]){5,}[0-9A-Fa-f]{4}\b"), 4 * 5 - 1
"""Such a list, and the length of its last four groups: before these none in it is a card."""
_BARE, _ENDS = lazy_pattern(rb"(\\*\")\s*:\s*(?:\[[-+.,\deE\s]*)?$"), lazy_pattern(rb"\s*[,}\]]")
"""Before and behind a JSON number: behind a key in such quotes, maybe in a list."""


class Secret(NamedTuple):
    """Where a secret is, and the rule that says so. quote: what a number has to be put in, to stay JSON as a text."""

    start: int
    end: int
    rule: str
    quote: bytes = b""


class Finder:
    """The rules, compiled. Raises ConfigError for a pattern that is none."""

    def __init__(self, wanted: Wanted) -> None:
        self._own = key_patterns(wanted.keys)
        self._kept = key_patterns(wanted.keep)
        self._left = key_patterns(wanted.allow_keys) + self._kept
        self._allowed = allowed(wanted)
        names = [name for name in NAMES if name.rule not in wanted.without]
        self._names = [(lazy_pattern(rb"(?i)(?:" + name.ends + rb")$"), name) for name in names]
        self._shapes = shapes_of(wanted)
        self._has_own = bool(wanted.patterns)
        self._known = dict[bytes, Name | None]()
        ends = [*(b"(?i:" + name.ends + b")" for name in names), *map(end_of, wanted.keys)]
        parts = [rb"(" + b"|".join(ends) + rb")" + _CLOSED if ends else rb"([^\s\S])"]
        parts += [rb"(" + (armour.PATTERN if PRIVATE_KEY not in wanted.without else rb"[^\s\S]") + rb")"]
        parts += [b"(" + spelled.PATTERN + b")"]
        parts += [b"(?P<s%d>" % number + shape.pattern + b")" for number, shape in enumerate(self._shapes)]
        self._gate = compiled(b"|".join(parts))
        groups = [self._gate.groupindex[b"s%d" % number] for number in range(len(self._shapes))]
        self._groups = [*zip(groups, self._shapes, strict=True)][::-1]  # mere digits are the last, and match far more often

    def secrets(self, data: bytes, depth: int = 0) -> Iterator[Secret]:
        """The secrets of a block in order; none reaches into another. depth: so often it was read anew already."""
        done = read = number = 0
        found: list[tuple[int, int, Secret]] = []  # not given out yet: keys further on may have values before them
        match = self._gate.search(data)
        while match is not None or found:
            if found and (match is None or found[0][0] <= match.start()):
                secret = heappop(found)[2]
                if secret.start >= done:
                    yield secret
                    done = secret.end
                    match = self._gate.search(data, done) if match is not None and match.start() < done else match
                continue
            at, more = self._told(data, match)
            if match.start() >= read:
                begin, read = data.rfind(b"\n", 0, match.start()) + 1, _line_end(data, match.start())
                if depth < _DEEPEST and spelled.is_in(data, begin, read):
                    at, more = read, self._spelled(data, begin, read, depth)
            for secret in more:
                heappush(found, (secret.start, number := number + 1, secret))  # of those at one place the first counts
            match = self._gate.search(data, at)

    def _told(self, data: bytes, match: Any) -> tuple[int, Iterator[Secret]]:
        """Where to look on behind a match, and what it tells of."""
        start, end = match.span()
        key = match.span(1)
        if start == end:  # a pattern of the user's that nothing is enough for
            return end + 1, iter(())
        if key[0] >= 0:
            return key[1], self._beside(data, *key)
        return (end, iter(())) if match.start(3) >= 0 else (self._behind(data, start), self._here(data, match))

    def _behind(self, data: bytes, start: int) -> int:
        """Where to look on behind the start of a shape that may be none. A long list of numbers is looked at once, not number by
        number, where no rule but those that are known might find anything in it."""
        found = None if self._has_own else _LIST.match(data, start)
        return found.end() - _LAST if found else start + 1

    def _spelled(self, data: bytes, start: int, end: int, depth: int) -> Iterator[Secret]:
        """The secrets of a line with letters that are spelled as escapes."""
        text, places = spelled.read(data[start:end])
        for secret in self.secrets(text, depth + 1):
            yield secret._replace(start=start + places[secret.start], end=start + places[secret.end])

    def _here(self, data: bytes, match: Any) -> Iterator[Secret]:
        """What the match of a shape, or of the mark of a private key, is."""
        if match.start(2) >= 0:
            yield from (Secret(start, end, PRIVATE_KEY) for start, end in armour.armoured(data, *match.span()))
            return
        shape = next(shape for group, shape in self._groups if match.start(group) >= 0)
        start, end = _inner(data, shape, *match.span())
        if shape.near is not None:
            line = _line_before(data, match.start())
            found = shape.near.search(line)
            if found is None:
                return
            start = match.start() - len(line) + found.start(1) if found.lastindex else start
        value, before = data[start:end], data[max(0, start - _BEFORE) : start]
        after = data[end : end + _AFTER]
        if shape.rule == "card" and before.endswith((b".", b"-")):  # most are fractions: nothing else is asked of them
            return
        if (value.isdigit() and _FRACTION.match(after)) or (_GROUP_BEFORE.search(before) and _GROUP_AFTER.match(after)):
            return
        if (shape.check is None or shape.check(value)) and self._is_secret(value) and not self._is_id(shape, before):
            bare = _BARE.search(before) if value.isdigit() and _ENDS.match(after) else None
            yield Secret(start, end, shape.rule, bare[1] if bare else b"")

    def _is_id(self, shape: Shape, before: bytes) -> bool:
        if self._kept and any(kept.match(key_before(before).lower()) for kept in self._kept):
            return True
        return is_an_id(shape.rule, before)

    def _beside(self, data: bytes, start: int, end: int) -> Iterator[Secret]:
        """The secrets beside a key whose end stands from start to end."""
        before = data[max(0, start - _BEFORE) : end]
        key = before[len(before.rstrip(_OF_KEY)) :].lower()
        if escape := _ESCAPE.match(before, len(before) - len(key)):
            key = key[len(escape[0]) :]
        apart = len(before) - len(key)
        if before.endswith(b" ", 0, apart) and (spaced := SPACED.search(before, 0, apart)):
            key = spaced[0].lower() + key
        name = self._name_of(key)
        if name is None:
            return
        begin = end - len(key)
        for value in values_at(data, begin, end, key.startswith(b"--"), _COOKIE.search(key) is not None):
            text = data[value.start : value.end]
            if self._is_secret(text) and self._is_value_of(name, begin, value, data):
                yield Secret(value.start, value.end, name.rule, value.bare or b"")
        for place in columns.values_of(data, begin, end) if _IN_LIST.match(data, end) else ():
            if self._is_secret(data[slice(*place)]):
                yield Secret(*place, name.rule)

    def _is_value_of(self, name: Name, begin: int, value: Value, data: bytes) -> bool:
        """Whether a value that stands beside a key, which begins at a place, is what the key has."""
        text = data[value.start : value.end]
        if value.bare is not None:
            return 0 < name.digits <= len(text) and (name.digits < 6 or not text.endswith(b"000"))
        if name.wanted is not None and not name.wanted(text):
            return False
        if value.how == SIGN:
            in_name = data[begin - 1 : begin] == b":" == data[value.start - 1 : value.start]  # arn:aws:…:secret:prod/db
            return value.quoted or not (in_name or words.is_code(text, data, value.end))
        if value.how == TOLD:
            denied = _DENIED.search(data, max(0, begin - _BEFORE), begin) is not None
            return words.is_told(text, data, value.end) and not (text.isalpha() and (denied or not name.word))
        if value.how == PAIR:
            return looks_made(text)
        if value.how == NEAR_QUOTED and 0 < name.least < 16 and name.word:
            return b" " not in text and not words.is_of_sentence(text)
        return name.least > 0 and words.is_near(text, name.least)

    def _name_of(self, key: bytes) -> Name | None:
        """The rule for a key in lower case; None where it is left alone."""
        if key not in self._known:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[key] = self._found(key)
        return self._known[key]

    def _found(self, key: bytes) -> Name | None:
        if any(left.match(key) for left in self._left):
            return None
        if any(own.match(key) for own in self._own):
            return _OWN
        return None if is_harmless(key) else next((name for ends, name in self._names if ends.search(key)), None)

    def _is_secret(self, value: bytes) -> bool:
        return bool(value) and not PLACEHOLDER.fullmatch(value) and not any(found.fullmatch(value) for found in self._allowed)


_OWN = Name(OWN_KEY, b"", digits=1)


def _inner(data: bytes, shape: Shape, start: int, end: int) -> tuple[int, int]:
    found = shape.inner.search(data[start:end]) if shape.inner is not None else None
    return (start + found.start(1), start + found.end(1)) if found else (start, end)


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _line_before(data: bytes, at: int) -> bytes:
    return data[max(data.rfind(b"\n", 0, at) + 1, at - _NEAR_BEFORE) : at]
