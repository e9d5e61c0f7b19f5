"""Lines that look like JSON and do not parse: mended where nothing is guessed, else the reason."""

from __future__ import annotations

import json
from math import isinf
from typing import Any

import orjson


def mended(line: bytes) -> dict[str, Any] | str:
    """The object of a line that orjson refused, or why there is none.

    Mended: bytes that are no UTF-8 and lone surrogates (replaced), NaN and Infinity (null), a byte order mark. Numbers that are
    too large for a float stay what they are: their text.
    """
    text = line.decode("utf-8", "replace").lstrip("\ufeff")
    try:
        value = json.loads(text, parse_constant=lambda _: None, parse_float=_number, strict=False)
        clean = orjson.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        return "too_deep"
    except ValueError:
        return _reason(text)
    return clean if isinstance(clean, dict) else not_object(text)


def _number(text: str) -> float | str:
    number = float(text)
    return text if isinf(number) else number


def as_json(record: dict[str, Any]) -> dict[str, Any] | None:
    """The record of a text, with what no JSON holds as `mended` leaves it: halves of surrogates that escapes spell, numbers of
    more than 64 bits. None where nothing is left of it."""
    try:
        orjson.dumps(record)
    except TypeError:
        found = mended(json.dumps(record).encode())
        return found if isinstance(found, dict) else None
    return record


def dumped(value: object) -> bytes:
    """The JSON of a value that came from JSON. What orjson reads and does not write, it has as text: lists in lists in lists (it
    reads 1024 levels, and writes 254), what only `mended` lets through (lone surrogates, integers over 64 bits)."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_shown(value).encode("utf-8", "replace").decode())


def _shown(value: object) -> str:
    try:
        return str(value)
    except RecursionError:
        return "(too deep)"


def _reason(text: str) -> str:
    if text.count("{") > 500 or text.count("[") > 500:
        return "too_deep"
    body = text.rstrip()
    return "not_json" if body.endswith("}") else "truncated"


def not_object(text: str) -> str:
    """The reason for a line that is JSON and no object, or starts like an array."""
    return "json_array" if text.lstrip()[:1] == "[" else "not_object"


def is_binary(line: bytes) -> bool:
    """Whether a line holds bytes that no text has: NUL, or mostly control characters."""
    if b"\0" in line:
        return True
    head = line[:512]
    return (len(head) - len(head.translate(None, _CONTROLS))) * 10 > len(head)


UTF_16 = r"UTF-16 among lines of another encoding (`tr -d '\000'` makes them ASCII; or split the file where it begins)"
"""Why a line is rejected that a writer with other settings appended: a file is read in the encoding that it begins with."""


def why_binary(line: bytes) -> str:
    """Why a line that `is_binary` is none: "binary", or that every other byte of a text is NUL."""
    plain = line.replace(b"\0", b"")
    halved = abs(len(line) - 2 * len(plain)) <= 3 + len(line) // 10
    return UTF_16 if halved and (not plain or not is_binary(plain)) else "binary"


_CONTROLS = bytes(byte for byte in range(32) if byte not in (9, 10, 12, 13, 27))
