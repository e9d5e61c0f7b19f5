"""Ids that stand in a group of somebody's own, as log/slog nests them: `{"req": {"trace_id": …, "span_id": …}}`.

They count where a line names no trace otherwise, and no second group has one; those of a link, of another service or of a cause
are not the line's own.
"""

from __future__ import annotations

from collections.abc import Iterable

from logtrace.model import plain_key

Path = tuple[str, ...]

_NAMES = {
    "traceid": "trace",
    "oteltraceid": "trace",
    "spanid": "span",
    "otelspanid": "span",
    "parentspanid": "parent",
    "parentid": "parent",
}
_OTHERS = """link links linked related upstream downstream remote peer parent parents child children cause caused previous prev
    next origin original target response reply error err exception"""
_OF_OTHERS = frozenset(_OTHERS.split())


def inner_ids(paths: Iterable[Path]) -> dict[str, Path]:
    """Concept → the path that holds it, of the one group with a trace id among paths; {} where there is none, or several."""
    groups: dict[str, dict[str, Path]] = {}
    for path in paths:
        group, concept = _inner(".".join(path))
        if concept:
            groups.setdefault(group, {}).setdefault(concept, path)
    traced = [found for found in groups.values() if "trace" in found]
    return traced[0] if len(traced) == 1 else {}


def names_inner_trace(key: str) -> bool:
    """Whether what stands under a flat dotted key may be the trace id of such a group."""
    return _inner(key)[1] == "trace"


def _inner(key: str) -> tuple[str, str]:
    """(group, concept) of a flat dotted key; ("", "") where it names no id within a group."""
    group, _, name = key.rpartition(".")
    concept = _NAMES.get(plain_key(name), "") if group else ""
    own = concept and _OF_OTHERS.isdisjoint(group.lower().replace("_", ".").replace("-", ".").split("."))
    return (group, concept) if own else ("", "")
