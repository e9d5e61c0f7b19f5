"""Ways into a record: keys that lead into objects, lists, and texts that hold more than one thing.

ctx.trace     the key `ctx.trace`, or the member `trace` of the object `ctx`
ids.0         the first of a list
msg.trace     the pair `trace=…` in the text `msg` (also in `trace=…;span=…`), or a member of the JSON object that this text is
tp#2          the second part of a text such as 00-4bf92f35-a3ce929d-01, parted by one of - : / | , ; < > ~ @ . #; a label's
              decimal number is one part: took:1.5ms
path#-1       the last part of one such as a3ce929d/b7ad6b71/c1, also of one that is not parted; path#-2 the one before it
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from logtrace.ingest.vocabulary.pairs import scalar, split_pairs
from logtrace.patterns import lazy_pattern

ABSENT: Any = object()
"""Where a way leads to nothing."""

PARTING = r"-:/|,;<>~@.#"
"""What parts the things that a text is together, as in a class of signs."""

_PARTS = lazy_pattern(rf"[{PARTING}]")
_LABELLED_DECIMAL = lazy_pattern(r"([A-Za-z_]\w{0,20}):(\d{1,18}\.\d{1,18}[A-Za-zµμ]{0,4})")
_JOINED_PAIRS = lazy_pattern(r"([A-Za-z_][\w.-]{0,40})[=:]([^=;,&|\s]{0,80})(?:[;,&|] ?|$)", re.ASCII)
_NUMBERS = tuple(map(str, range(1, 10)))


def value_at(value: Any, key: str) -> Any:
    """What stands at the end of a way; ABSENT where nothing does."""
    if value.__class__ is list:
        head, _, rest = key.partition(".")
        inner = value[int(head)] if head.isdecimal() and len(head) < 6 and int(head) < len(value) else ABSENT
        return value_at(inner, rest) if rest and inner is not ABSENT else inner
    if value.__class__ is str:
        value = inner_of(value)
    if value.__class__ is not dict:
        return ABSENT
    if key in value:
        return value[key]
    at = key.find(".")
    while at > 0:
        inner = value_at(value.get(key[:at]), key[at + 1 :])
        if inner is not ABSENT:
            return inner
        at = key.find(".", at + 1)
    return _part(value, key) if "#" in key else ABSENT


def inner_of(text: str) -> dict[str, Any]:
    """What a text holds by name: the members of the JSON object that it is, or its `key=value` pairs, with spaces or other signs
    between them."""
    if text[:1] == "{":
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}
    if (pairs := _JOINED_PAIRS.findall(text)) and len(pairs) > 1 and not _JOINED_PAIRS.sub("", text):
        return {key: scalar(value) for key, value in pairs}
    return split_pairs(text)[1] if "=" in text else {}


def parts_of(text: str) -> list[str]:
    """The parts of a text that is several things in one; as many as there can be."""
    labelled = _LABELLED_DECIMAL.fullmatch(text)
    return list(labelled.groups()) if labelled else _PARTS.split(text, len(_NUMBERS) - 1)


def path_of(text: str) -> list[str]:
    """The parts of a text that leads from the first to the last, without an empty one before or behind them all."""
    return _PARTS.split(text.strip(PARTING))


def _part(record: dict[str, Any], key: str) -> Any:
    base, _, number = key.rpartition("#")
    text = value_at(record, base) if number.removeprefix("-") in _NUMBERS else ABSENT
    if text.__class__ is not str:
        return ABSENT
    if number[:1] == "-":
        parts = path_of(text)[::-1]
        return parts[int(number[1:]) - 1] if int(number[1:]) <= len(parts) else ABSENT
    parts = parts_of(text)
    return parts[int(number) - 1] if number in _NUMBERS[: len(parts)] else ABSENT


def has(value: Any) -> bool:
    """Whether `value_at` found something."""
    return value is not ABSENT
