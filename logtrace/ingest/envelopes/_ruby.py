"""The `{"key"=>"value"}` that Fluent Bit prints to stdout, as JSON. Quotes inside its texts are escaped by some versions only."""

from __future__ import annotations

import re

import orjson

from logtrace.patterns import lazy_pattern

_KEY = lazy_pattern(r'"([^"]*)"=>')
_TEXT = lazy_pattern(r'"(.*?)"(?=, "[^"]*"=>|\}+\Z|\}+, "[^"]*"=>)', re.DOTALL)
_BARE = lazy_pattern(r'(?<!\\)(?:\\\\)*"')
_OTHER = lazy_pattern(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|nil|null|\[[^\]]*\]")


def as_json(text: str) -> str | None:
    """The same object as JSON; None where it is not of this form. JSON itself stays as it is."""
    if text[:1] == "{" and "=>" not in text:
        return text
    out: list[str] = []
    end = _object(text, 0, out)
    if end != len(text):
        return None
    made = "".join(out)
    try:
        orjson.loads(made)
    except orjson.JSONDecodeError:
        return None
    return made


def _object(text: str, at: int, out: list[str]) -> int:
    """Writes the object at a place as JSON; gives the place behind it, -1 where there is none."""
    out.append("{")
    at += 1
    while (key := _KEY.match(text, at)) is not None:
        out.append(orjson.dumps(key[1]).decode() + ":")
        at = _value(text, key.end(), out)
        if at < 0 or text[at : at + 2] != ", ":
            break
        out.append(",")
        at += 2
    out.append("}")
    return at + 1 if at >= 0 and text[at : at + 1] == "}" else -1


def _value(text: str, at: int, out: list[str]) -> int:
    if text[at : at + 1] == "{":
        return _object(text, at, out)
    if found := _TEXT.match(text, at):
        out.append(orjson.dumps(_unescaped(found[1])).decode())
    elif found := _OTHER.match(text, at):
        out.append("null" if found[0] == "nil" else found[0])
    return found.end() if found else -1


def _unescaped(text: str) -> str:
    """A text without its escapes, where all of its quotes are escaped; as it is where there are others, or none."""
    if '\\"' not in text or _BARE.search(text):
        return text
    try:
        found = orjson.loads(f'"{text}"')
    except orjson.JSONDecodeError:
        return text
    return str(found)
