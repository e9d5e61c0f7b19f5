"""Untrusted text made safe for a terminal, and text measured, cut and wrapped by terminal cells.

`clean` is the one place that decides what may reach a terminal. Everything shown goes through it and then into
`rich.text.Text`, never into a markup string: a log message "[red]" stays what it is.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any
from unicodedata import category

from rich.cells import cell_len, chop_cells, set_cell_size

from logtrace.patterns import lazy_pattern

_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_VARIATION = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_INVISIBLE = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x3164, 0xFFA0)))
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_LIVE = frozenset('"$`!\\')
"""What means something to shells within double quotes."""
_JOINER = "\u200d"
_PRINTABLE = lazy_pattern(f"[{''.join(sorted(_VARIATION | _INVISIBLE))}]")
"""What str.isprintable lets through."""
_BREAKS = lazy_pattern(r" (?!%)")
_PLAIN_LINES = bytes((ord("\n"), *range(32, 127)))


def clean(text: str) -> str:
    r"""The text with everything that a terminal would obey, or a reader could not see, as a visible escape.

    Control characters (C0, C1, DEL), line and paragraph separators, bidi controls, zero-width characters and lone
    surrogates become `\n`, `\x1b`, `\u202e`. Two are dropped: variation selectors, and joiners between emoji
    (terminals disagree about their width; the emoji then stand side by side). All else stays.
    """
    if is_clean(text):
        return text
    return "".join(_visible(char, index, text) for index, char in enumerate(text))


def is_clean(text: str) -> bool:
    """Whether a text, and each part of it, is surely shown as it is."""
    return text.isprintable() and (text.isascii() or not _PRINTABLE.search(text))


def are_clean_utf8(lines: bytes) -> bool:
    """As is_clean, of lines of UTF-8 with line ends; False also where they are none."""
    if lines.isascii():
        return not lines.translate(None, _PLAIN_LINES)
    try:
        return is_clean(lines.decode().replace("\n", ""))
    except UnicodeDecodeError:
        return False


def shell_word(text: str) -> str:
    """The text as one word of a command that people copy: nothing in it is more than text to a shell. Clean. Expressions, which
    have quotes of their own, are put in double ones: "user.id = 'u-3'" can be read."""
    doubled = "'" in text and _LIVE.isdisjoint(text)
    return clean(f'"{text}"' if doubled else shlex.quote(text))


def _visible(char: str, index: int, text: str) -> str:
    if char in _VARIATION or (char == _JOINER and _between_emoji(text, index)):
        return ""
    if category(char) in _UNSAFE or char in _INVISIBLE:
        return _escape(char)
    return char


def _between_emoji(text: str, index: int) -> bool:
    after = text[index + 1 : index + 2]
    before = text[max(0, index - 2) : index].rstrip("\ufe0f")[-1:]
    return bool(before and after) and all(category(char) in ("So", "Sk", "Sm") for char in (before, after))


def _escape(char: str) -> str:
    code = ord(char)
    if char in _ESCAPES:
        return _ESCAPES[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def fit(text: str, cells: int, ellipsis: str = "…", middle: bool = False) -> str:
    """Clean text in at most so many cells; what is too long is cut with an ellipsis at the end, or in the middle."""
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(ellipsis)
    if room < 1:
        return set_cell_size(text, max(0, cells)).rstrip()
    tail = room // 2 if middle else 0
    return set_cell_size(text, room - tail).rstrip() + ellipsis + _last_cells(text, tail)


def _last_cells(text: str, cells: int) -> str:
    start = len(text)
    used = 0
    while start and (used := used + cell_len(text[start - 1])) <= cells:
        start -= 1
    return text[start:].lstrip()


def wrap(text: str, cells: int) -> list[str]:
    """Clean text in lines of at most so many cells, broken at spaces (but not between a number and its %), inside a word only
    where it is too long."""
    cells = max(2, cells)
    lines: list[str] = [""]
    for piece in _pieces(text, cells):
        joined = f"{lines[-1]} {piece}" if lines[-1] else piece
        if cell_len(joined) <= cells:
            lines[-1] = joined
        else:
            lines.append(piece)
    return lines


def _pieces(text: str, cells: int) -> Iterator[str]:
    for word in _BREAKS.split(text):
        if word:
            yield from chop_cells(word, cells) if cell_len(word) > cells else (word,)


def value_text(value: Any) -> str:
    """A JSON value on one line, clean: text as it is, all else as compact JSON."""
    if isinstance(value, str):
        return clean(value)
    return clean(json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str))
