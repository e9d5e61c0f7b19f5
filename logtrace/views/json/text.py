"""Values → JSON text that is safe on a terminal."""

from __future__ import annotations

import json
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


def json_shown(text: str) -> str:
    """The same JSON, with escapes for what a terminal would obey or a reader could not see."""
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(char if char.isprintable() or char == "\n" else _escape(char) for char in text)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"
