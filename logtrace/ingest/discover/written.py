"""The pattern of lines of prose as a regular expression, whose named groups are the fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count

from logtrace.ingest.discover.failures import Failure
from logtrace.ingest.discover.parts import Field, Fixed, Part, Perhaps
from logtrace.ingest.discover.prose import LABELLING
from logtrace.ingest.discover.tokens import SPACE
from logtrace.ingest.vocabulary.readings import duration_in_text
from logtrace.patterns import lazy_pattern

_LABEL = lazy_pattern(rf"(?:^|\W)([A-Za-z_]\w{{0,30}})[{re.escape(LABELLING)}>]{{0,4}}$", re.ASCII)
_SPECIAL = lazy_pattern(r"[\\.+*?()|\[\]{}^$]")
_IN_CLASS = lazy_pattern(r"[\\\]^-]")
_END = "\n"
_WORDS = 4


class Written:
    """Writes one pattern; names fields by the word before them, else `column1` and so on."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.numbers = count(1)

    def pattern(self, parts: Sequence[Part], label: str = "", behind: str = _END) -> str:
        """The expression of parts. label: what stands before them; behind: the signs that may follow."""
        found = []
        for at, part in enumerate(parts):
            following = _firsts(parts[at + 1 :], behind)
            if isinstance(part, Fixed):
                label += part.token.text
                found.append(_literal(part))
            elif isinstance(part, Failure):
                found.append(self._failure(part))
            elif isinstance(part, Perhaps):
                found.append(f"(?:{self.pattern(part.parts, label, following)})?")
                label = ""
            elif at + 1 < len(parts) or behind != _END or "" not in part.texts or _is_of_words(part.texts):  # else: a message
                found.append(f"(?P<{self._name(label)}>{_class(part.texts, following)})")
                label = ""
        if behind == _END and _is_open(parts, found):
            found.append("$")
        return "".join(found)

    def cell(self, width: int) -> str:
        """The expression of a field of so many signs."""
        return rf"(?P<{self._name('')}>.{{{width}}})"

    def _failure(self, part: Failure) -> str:
        words = [_plain(word) for word in sorted(part.words)]
        begins = words[0] if len(words) == 1 else f"(?:{'|'.join(words)})"
        name = self._name("error ")
        if not part.behind:
            return rf"(?:\W+(?P<{name}>{begins}.*))?"
        return rf"(?:\W+{begins}{_plain(part.behind)}(?P<{name}>.+){_plain(part.closed)})?"

    def _name(self, label: str) -> str:
        named = _LABEL.search(label)
        name = named[1] if named and named[1] not in self.names else f"column{next(self.numbers)}"
        self.names.add(name)
        return name


def _is_of_words(texts: frozenset[str]) -> bool:
    """Whether what lines have, or lack, at their end is one of a few words."""
    return 1 < len(texts) <= _WORDS and not any(sign.isspace() for text in texts for sign in text)


def _is_open(parts: Sequence[Part], written: Sequence[str]) -> bool:
    """Whether a field that takes as little as it can is followed by nothing that must be there but a space and fields: it would
    end at its first space, or behind its first sign."""
    lazy = [at for at, text in enumerate(written) if text.endswith(("+?)", "*?)", "+?))?", "*?))?"))]
    needed = (part for part in parts[lazy[-1] + 1 :] if isinstance(part, Fixed)) if lazy else ()
    return bool(lazy) and all(part.token.kind == SPACE for part in needed)


def _literal(part: Fixed) -> str:
    if part.token.kind == SPACE:
        return " " if part.token.text == " " else r"\s+"
    return _plain(part.token.text)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _firsts(parts: Sequence[Part], behind: str) -> str:
    """The signs that may come first in parts; "" where anything may."""
    found = ""
    for part in parts:
        if isinstance(part, Field):
            return ""
        if isinstance(part, Fixed):
            return found + part.token.text[0]
        found += "".join(gap[0] for gap in sorted(part.gaps)) if isinstance(part, Failure) else _firsts(part.parts, "")
    return found + behind


def _class(texts: frozenset[str], following: str) -> str:
    """What a field may be: anything but what follows it, and but spaces where its texts have none."""
    if all(text[:1] == "{" and text[-1:] == "}" for text in texts):
        return r"\{.*\}"
    many = "*" if "" in texts else "+"
    stops = "".join(dict.fromkeys(sign for sign in following if not sign.isspace()))
    spaced = any(sign.isspace() for text in texts for sign in text)
    free = not any(sign in text for text in texts for sign in stops)
    if not spaced:
        return f"[^\\s{_in_class(stops)}]{many}" if stops and free else rf"\S{many}"
    if stops and free and not any(sign.isspace() for sign in following.replace(_END, "")):
        if all(map(_is_length, texts)):  # which tells it from a word before it
            return rf"\d[^{_in_class(stops)}]*"
        return f"[^{_in_class(stops)}]{many}"
    words = {len(text.split(" ")) for text in texts}
    if len(words) == 1 and all(any(map(str.isdigit, text)) for text in texts):  # a time, a length; of prose that says nothing
        return " ".join([r"\S+"] * words.pop())
    return f".{many}" if following == _END else f".{many}?"


def _is_length(text: str) -> bool:
    return text[:1].isdigit() and duration_in_text(text) is not None


def _in_class(signs: str) -> str:
    return _IN_CLASS.sub(r"\\\g<0>", signs)
