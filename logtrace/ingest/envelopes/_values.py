"""Reading of JSON values that anybody may have written: what is of the wrong type is as good as absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from logtrace.ingest.envelopes._base import Resource
from logtrace.ingest.vocabulary import mend
from logtrace.model import plain_key

_IDS = frozenset({"traceid", "spanid", "parentspanid", "parentid", "traceparent"})


def text_of(value: object) -> str:
    """A text value, or the first text of a list (journald repeats fields); "" for anything else."""
    if isinstance(value, list):
        value = next((entry for entry in value if isinstance(entry, str)), "")
    return value if isinstance(value, str) else ""


def object_of(value: object) -> dict[str, Any]:
    """An object, empty where there is none."""
    return value if isinstance(value, dict) else {}


def inner_of(value: object) -> str | None:
    """A text without its line end, or an object as compact JSON; None for anything else."""
    if isinstance(value, str):
        return value.removesuffix("\n").removesuffix("\r")
    return dumped(value) if isinstance(value, dict) else None


def decoded(text: str) -> dict[str, Any] | None:
    """The JSON object a text is (white space around it allowed); None where it is anything else."""
    if text[:1] != "{" and text.lstrip()[:1] != "{":
        return None
    try:
        record: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return record


def dumped(value: object) -> str:
    """Compact JSON of a value that was decoded from JSON."""
    return mend.dumped(value).decode()


def known(*pairs: tuple[str, object]) -> Resource:
    """The pairs that have a text, or a number as text."""
    return tuple((key, text) for key, value in pairs if (text := _short(value)))


def labelled(prefix: str, labels: object) -> Resource:
    """Labels under their prefix: `k8s.pod.label.app`."""
    return known(*((f"{prefix}.{key}", value) for key, value in object_of(labels).items()))


def _short(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(value)


def first(found: Mapping[str, Any], *keys: str) -> str:
    """The text under the first of these keys that has one; `pod.name` also means `name` in the object `pod`."""
    for key in keys:
        head, _, rest = key.partition(".")
        inner = found.get(key)
        if inner is None and rest:
            inner = object_of(found.get(head)).get(rest)
        if text := text_of(inner):
            return text
    return ""


def is_id(key: str) -> bool:
    """Whether a key that a wrapper holds beside the line is one of the line's ids."""
    return plain_key(key) in _IDS
