"""Headers of a request that are no object: the text of one, or a list, as servers hand them on.

    "headers": "{\\"traceparent\\":\\"00-…\\"}"                       "headers": [["traceparent", "00-…"], …]
    "headers": [{"name": "traceparent", "value": "00-…"}, …]       "headers": ["traceparent: 00-…", …]

They are read as an object where a propagation header is among them; those of a line that names its trace stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import orjson

from logtrace.ingest.vocabulary.headers import header_name
from logtrace.model import plain_key

Path = tuple[str, ...]
_KEYS = frozenset(("headers", "header", "requestheaders", "reqheaders", "httpheaders", "rawheaders"))


def headers_at(paths: Iterable[Path]) -> Path:
    """Where headers stand that are no object, among the paths of values; () where there are none."""
    return next((path for path in paths if plain_key(path[-1]) in _KEYS), ())


def with_headers(record: dict[str, Any], path: Path) -> dict[str, Any] | None:
    """The record with the headers at a path as an object; None where no propagation header is among them."""
    value = record
    for key in path:
        value = value[key]
    headers = _read(value)
    return _replaced(record, path, headers) if any(map(header_name, headers)) else None


def _replaced(record: dict[str, Any], path: Path, headers: dict[str, Any]) -> dict[str, Any]:
    key = path[0]
    return {**record, key: headers if len(path) == 1 else _replaced(record[key], path[1:], headers)}


def _read(value: Any) -> dict[str, Any]:
    if isinstance(value, str) and value[:1] in ("{", "["):
        with suppress(orjson.JSONDecodeError):
            value = orjson.loads(value)
    if isinstance(value, dict):
        return value
    members = value if isinstance(value, list) else []
    if members and len(members) % 2 == 0 and all(isinstance(each, str) and ": " not in each for each in members):
        return dict(zip(members[::2], members[1::2], strict=True))  # names and values in turn, as Node's rawHeaders has them
    return dict(pair for each in members if (pair := _pair(each)) is not None)


def _pair(each: Any) -> tuple[str, Any] | None:
    if isinstance(each, dict):
        name = each.get("name", each.get("key"))
        return (name, each.get("value")) if isinstance(name, str) else None
    if isinstance(each, str):
        name, colon, value = each.partition(": ")
        return (name, value) if colon else None
    return (each[0], each[1]) if isinstance(each, list) and len(each) == 2 and isinstance(each[0], str) else None
