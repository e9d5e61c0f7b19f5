"""`key=value` pairs in a line of text → values as JSON would have them. What the text formats share."""

from __future__ import annotations

import json
import re
from typing import Any

from logtrace.patterns import lazy_pattern

_KEY = lazy_pattern(r"(?:^|(?<=\s))([A-Za-z_@][\w.@/-]{0,99})=(?!=)", re.ASCII)
_PLAIN_KEY = lazy_pattern(r"\s([A-Za-z_@][\w.@/-]{0,99}+)=(?!=)", re.ASCII)
_CLOCK = lazy_pattern(r"m=[+-]\d", re.ASCII)
_QUOTED = lazy_pattern(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NUMBER = lazy_pattern(r"-?(?:0|[1-9]\d{0,14})(\.\d{1,15})?", re.ASCII)
_MOST_DIGITS = 32
_OPENING = ("{", "[", '"', "map[")
"""What begins a text or a value that is enclosed."""

_CLOCKS = ("m=+", "m=-")
"""What stands in texts with a clock reading."""

_CLOSERS = " \t,;/>)"
"""What may stand behind a value that is enclosed: the next pair's comma, the end of a tag."""

_LINE_ENDS = "\n\r\v\f"
_CLOSING = {"{": "}", "[": "]"}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "<nil>": None}
_LONGEST = 65_536  # characters between brackets that are no JSON
_DIGITS = frozenset("0123456789")
_IDS = frozenset(("id", "Id", "ID"))
"""How the keys of ids end."""

_json = json.JSONDecoder(strict=False, parse_constant=lambda _: None)


def split_pairs(text: str) -> tuple[str, dict[str, Any]]:
    """(message, fields) of `message key=value key=value`, where values are not quoted and may hold spaces.

    A value goes on up to the next ` key=`, that of an id to the next space or line end: what follows belongs to the message.
    One that is JSON, quoted, or in brackets (`map[a:1 b:2]`, `[read write]`) goes on up to its own end; so does a message
    that is JSON.
    Go's monotonic clock reading (` m=+12.3`) is part of the time before it. The last of two like keys wins.
    """
    found = None if text.startswith(_OPENING) or any(map(text.__contains__, _CLOCKS)) else _plain_pairs(text)
    return _nested_pairs(text) if found is None else found


def _plain_pairs(text: str) -> tuple[str, dict[str, Any]] | None:
    """As `split_pairs`, of a text in which every key counts; None where one seems to stand within a value that is enclosed."""
    parts = _PLAIN_KEY.split(f" {text}")  # in half the time, as each key begins with a blank
    message, fields = parts[0].strip(), {}
    for key, told in zip(parts[1::2], parts[2::2], strict=True):
        if told.startswith(_OPENING):
            enclosed, end = _enclosed(told, 0)
            if not end or any(map(text.__contains__, _LINE_ENDS)):
                return None
            if not told[end:].strip(_CLOSERS):
                fields[key] = enclosed
                continue
        value = told.strip()
        if key[-2:] in _IDS:
            value, rest = _own_value(key, value)
            message = f"{message} {rest}".strip() if rest else message
        fields[key] = scalar(value)
    return message, fields


def _nested_pairs(text: str) -> tuple[str, dict[str, Any]]:
    """The same of any text."""
    found = _next_key(text, _enclosed(text, 0)[1])
    if found is None:
        return text.strip(), {}
    message, fields = text[: found.start()].strip(), {}
    while found is not None:
        begin = found.end()
        value, end = _enclosed(text, begin)
        following = _next_key(text, end)
        if following is not None and text[end : following.start()].strip(_CLOSERS):
            end = begin  # more than what was enclosed
        last = len(text) if following is None else following.start()
        if end == begin or text[end:last].strip(_CLOSERS):
            own, rest = _own_value(found[1], text[begin:last].strip())
            value = scalar(own)
            message = f"{message} {rest}".strip()
        fields[found[1]] = value
        found = following
    return message, fields


def _own_value(key: str, text: str) -> tuple[str, str]:
    """(value, what follows it and belongs to the message) of a text behind `key=`."""
    if key[-2:] not in _IDS:
        return text, ""
    own, *rest = text.split(None, 1) or ("",)
    return own, rest[0] if rest else ""


def scalar(text: str) -> Any:
    """The value of a text: true, false, null, a number in plain notation (ids with leading zeros are none), else itself."""
    if text[-1:] not in _DIGITS:
        return _WORDS.get(text, text)
    number = _NUMBER.fullmatch(text) if len(text) <= _MOST_DIGITS else None
    if number is None:
        return text
    return float(text) if number[1] else int(text)


def unquoted(text: str) -> str:
    """The text between quotes with its escapes resolved; as it is where they are none of JSON's."""
    if "\\" not in text:
        return text
    try:
        return str(_json.decode(f'"{text}"'))
    except ValueError:
        return text


def record_of(time: str, level: str, component: str, text: str) -> dict[str, Any]:
    """The record of a line of text under the keys of the alias table. A field named like a part of its head goes to `fields`.
    The members of a message that is a JSON object are fields as well; pairs behind it win. Fields come by name: loggers that
    range over a map write them in any order, and what differs in that alone is of one shape."""
    message, fields = split_pairs(text)
    if message[:1] == "{" and (inner := _object_in(message)):
        message, fields = "", {**inner, **fields}
    fields = dict(sorted(fields.items()))
    head = {"timestamp": time, "level": level, "component": component, "msg": message}
    record: dict[str, Any] = {key: value for key, value in head.items() if value}
    clashing = {key: fields.pop(key) for key in list(fields) if key in record}
    record.update(fields)
    if clashing:
        record["fields"] = clashing
    return record


def _object_in(text: str) -> dict[str, Any]:
    """The members of the JSON object that a text is; {} where it is none."""
    try:
        found = _json.decode(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _next_key(text: str, start: int) -> re.Match[str] | None:
    found = _KEY.search(text, start)
    while found is not None and _CLOCK.match(text, found.start(1)):
        found = _KEY.search(text, found.end())
    return found


def _enclosed(text: str, begin: int) -> tuple[Any, int]:
    """(value, its end) of a value that tells itself where it ends; (None, begin) of any other."""
    head = text[begin : begin + 1]
    if head == '"' and (quoted := _QUOTED.match(text, begin)):
        return unquoted(quoted[1]), quoted.end()
    if head in ("{", "["):
        try:
            value, end = _json.raw_decode(text, begin)
        except (ValueError, RecursionError):
            end = _balanced(text, begin)
            value = text[begin:end]
        return value, end
    if text.startswith("map[", begin):
        end = _balanced(text, begin + 3)
        return (text[begin:end], end) if end > begin + 3 else (None, begin)
    return None, begin


def _balanced(text: str, begin: int) -> int:
    """The end of the brackets that open at `begin`; `begin` where they do not close."""
    opening, closing, depth = text[begin], _CLOSING[text[begin]], 0
    for at in range(begin, min(len(text), begin + _LONGEST)):
        depth += (text[at] == opening) - (text[at] == closing)
        if not depth:
            return at + 1
    return begin
