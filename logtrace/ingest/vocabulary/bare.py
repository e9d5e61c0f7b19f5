"""Objects that name their ids with bare words, as loggers made at home do: `{"trace": …, "span": "b7ad6b7169203331"}`.

In most logs `span` is the name of the work; 16 hexadecimal digits are none.
"""

from __future__ import annotations

from typing import Any

from logtrace.patterns import lazy_pattern

_ID = lazy_pattern(r"[0-9a-fA-F]{16}")
_NAMED = {"span": "span_id", "parent": "parent_span_id"}
BARE = {usual: bare for bare, usual in _NAMED.items()}
"""Usual keys of ids → the bare words for them."""


def is_id(span: object) -> bool:
    """Whether what stands under `span` is an id and no name."""
    return span.__class__ is str and _ID.fullmatch(span) is not None


def named(record: dict[str, Any]) -> dict[str, Any]:
    """The object with the usual keys for its ids, where `span` is one; go-zero has a format of its own."""
    if not is_id(record.get("span")) or "content" in record or "span_id" in record:
        return record
    ids = {"span"} if isinstance(record.get("parent"), dict) or "parent_span_id" in record else _NAMED.keys()
    return {_NAMED[key] if key in ids else key: value for key, value in record.items()}
