"""JavaScript object literals, as Node's `console.log` and `console.dir` print them, → JSON values.

Bare keys, single quotes, `undefined`, class names before braces and what is left out at depth (`[Object]`, `... 2 more items`).
What is no value of JSON (functions, symbols, promises) is null or empty.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from logtrace.patterns import lazy_pattern

_TOKEN = lazy_pattern(
    r"""\s+
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)
    |(?P<dropped>\.{3}\ ?\d+\ more\ [a-z]+|<ref[^>\n]*>|<pending>|\[[A-Z]\w*:\ null\ prototype\](?=\s*\{))
    |(?P<omitted>\[[A-Za-z][^\]\n]*\](?!:)|\.{3}[^\n,}\]]*|<[^>\n]*>)
    |(?P<symbol>\[Symbol\([^\n]*?\)\](?=:))
    |(?P<date>\d{4}-\d\d-\d\dT[\d:.]{8,12}Z)
    |(?P<number>-?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?)n?)(?![\w$])
    |(?P<word>[A-Za-z_$][\w$.]*(?:\(\d+\))?)
    |(?P<mark>[{}\[\]:,])
    |(?P<plus>\+)""",
    re.VERBOSE | re.ASCII,
)
_WORDS = {"true": "true", "false": "false", "null": "null", "undefined": "null", "NaN": "null", "Infinity": "null"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_ESCAPE = lazy_pattern(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)


def literal(text: str) -> dict[str, Any] | None:
    """The object that a text is, None where it is no such literal."""
    found = plain(text)
    if found is None and (spelled := _json(text)) is not None:
        found = _loaded(spelled)
    return found if isinstance(found, dict) else None


_STRING = "\0"
_KEY_BEGINS, _KEY_ENDS = lazy_pattern(r"(?<![\w$])(?=[A-Za-z_$][\w$]*:)", re.ASCII), lazy_pattern(r"(?<=[\w$])(?=:)", re.ASCII)
_NONE = lazy_pattern(r"(?<![\w$\"])undefined(?![\w$\"])|\[(?:Object|Array)\]", re.ASCII)


def plain(text: str) -> Any:
    """The value of a literal without escapes, with a few operations over all of it, as nearly all are; None of any other."""
    if any(map(text.__contains__, _NOT_PLAIN)):
        return None
    parts = text.split("'")
    code = _KEY_ENDS.sub('"', _KEY_BEGINS.sub('"', _STRING.join(parts[::2])))
    code = _NONE.sub("null", code)
    parts[::2] = code.split(_STRING)
    return _loaded('"'.join(parts)) if len(parts) % 2 else None


_NOT_PLAIN = ("\\", '"', "`", _STRING)


def _loaded(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _json(text: str) -> str | None:
    """The text with its tokens as JSON spells them."""
    out: list[str] = []
    at, joins = 0, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        at = match.end()
        kind = match.lastgroup
        if kind == "string":
            said = orjson.dumps(_unescaped(match[0][1:-1])).decode()
            if joins and out and out[-1][-1:] == '"':
                said = out.pop()[:-1] + said[1:]
            out.append(said)
            joins = False
        elif kind == "plus":  # long texts are parted at their line ends
            joins = True
        elif kind == "symbol":
            out.append(orjson.dumps(match[0]).decode())
        elif kind == "omitted":
            out.append("null")
        elif kind == "date":
            out.append(f'"{match[0]}"')
        elif kind == "number":
            out.append(match[0].rstrip("n") if not match[0].startswith("0x") else str(int(match[0].rstrip("n"), 16)))
        elif kind == "mark":
            if match[0] in "}]" and out and out[-1] == ",":
                out.pop()
            out.append(match[0])
        elif kind == "word" and not _is_class(text, at):
            out.append(_WORDS[match[0]] if match[0] in _WORDS and not _is_key(text, at) else orjson.dumps(match[0]).decode())
    return "".join(out)


def _is_class(text: str, at: int) -> bool:
    return _following(text, at) in ("{", "[")


def _is_key(text: str, at: int) -> bool:
    return _following(text, at) == ":"


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _ESCAPES.get(m[3], m[3]), text)


def _following(text: str, at: int) -> str:
    """The next character that is no white space."""
    while at < len(text) and text[at].isspace():
        at += 1
    return text[at : at + 1]
