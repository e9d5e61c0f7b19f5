"""The operation of a span: what lines name; else a stable name of few kinds, made of its first message, as a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence

from logtrace.model import LineRef, Rank
from logtrace.patterns import lazy_pattern
from logtrace.reconstruct.spans.fragments import Fragment, without_untimed_copies

OperationKey = tuple[str, str, str]
"""(service, name, kind)"""


def named(part: Fragment, lines: Sequence[LineRef]) -> tuple[str, int]:
    """(name, its rank); lines: those of the fragment in time order."""
    if part.name:
        return part.name, part.name_rank
    body = next((line.body for line in lines if line.body), "")
    return masked(body), int(Rank.GUESS if body else Rank.NONE)


_QUOTED = lazy_pattern(r"""(?<!\w)(?:"[^"]*"|'[^']*')""")
_VERSION = lazy_pattern(r"v\d{1,3}", re.IGNORECASE)
_VALUE = lazy_pattern(r"(?<=[\w.-]=)(?:\[[^\]\s]*\]|[^\s,;)\]}]+)")
_RANDOM = lazy_pattern(r"[0-9a-f-]{12,}|[^@\s]+@[^@\s]+", re.IGNORECASE)
_MOST = 60
STARTED = "Started span: "


def masked(message: str) -> str:
    """A message as a name of low cardinality: what varies becomes `*`, at most 60 characters.

    What varies is quoted text, values behind `key=`, and words (of a path: segments) with digits, ids and addresses.
    Of a message that says that a span started, the span is the name.
    """
    message = message.removeprefix(STARTED)
    words = _VALUE.sub("*", _QUOTED.sub("*", message)).split()
    name = " ".join(_route(word) if word.startswith("/") and len(word) > 1 else _word(word) for word in words)
    return name if len(name) <= _MOST else name[: _MOST - 1] + "…"


def _word(word: str) -> str:
    return "*" if any(c.isdigit() for c in word) or _RANDOM.fullmatch(word) else word


def _route(path: str) -> str:
    """A path as a route: `/api/v1/users/42?full=1` is `/api/v1/users/*`."""
    segments = path.partition("?")[0].split("/")
    return "/".join(segment if _VERSION.fullmatch(segment) else _word(segment) for segment in segments)


def operation_of(fragment: Fragment) -> tuple[OperationKey, int]:
    """((service, name, kind), name rank) as a row shows it: without a name, the message stands in as a guess."""
    name, rank = fragment.name, fragment.name_rank
    if not name:
        name, rank = named(fragment, without_untimed_copies(fragment.lines))
    return (fragment.service, name, fragment.kinds[0] if fragment.kinds else ""), rank
