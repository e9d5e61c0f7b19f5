"""Values → JSON text that is safe on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from types import GeneratorType
from typing import Any

import orjson


def json_text(value: Any, *, pretty: bool = False) -> str:
    """JSON of a value, on one line unless `pretty`.

    Characters that a terminal would obey or a reader could not see come as \\u escapes: JSON reads them back as they
    were. Bytes become their hexadecimal digits.
    """
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if pretty else None, default=_plain).decode()
    except TypeError:  # lone surrogates, integers beyond 64 bits
        text = json.dumps(value, indent=2 if pretty else None, default=_plain)
    return json_shown(text)


def json_parts(value: Any, *, pretty: bool = False) -> Iterator[str]:
    """The text that json_text gives, in pieces: a list may be a generator, whose members are made as they are written.

    A generator is the value, or in an object that is the value or a member of a generator.
    """
    return _parts(value, "\n" if pretty else "")


def json_shown(text: str) -> str:
    """The same JSON, with escapes for what a terminal would obey or a reader could not see."""
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(char if char.isprintable() or char == "\n" else _escape(char) for char in text)


def _parts(value: Any, line_end: str) -> Iterator[str]:
    """line_end: a new line and its indent, where the value stands; "" where all is on one line."""
    if isinstance(value, GeneratorType):
        yield from _members("[]", (("", member) for member in value), line_end)
    elif isinstance(value, dict) and any(isinstance(member, GeneratorType) for member in value.values()):
        colon = ": " if line_end else ":"
        yield from _members("{}", ((json_text(key) + colon, member) for key, member in value.items()), line_end)
    else:
        yield json_text(value, pretty=bool(line_end)).replace("\n", line_end or "\n")


def _members(brackets: str, members: Iterable[tuple[str, Any]], line_end: str) -> Iterator[str]:
    """A list or an object of members, each with what is written before it."""
    inner = line_end and line_end + "  "
    before = brackets[0] + inner
    for name, member in members:
        yield before + name
        yield from _parts(member, inner)
        before = "," + inner
    yield brackets if before[0] == brackets[0] else line_end + brackets[1]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"
