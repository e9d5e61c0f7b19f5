"""Parents that another logtrace inferred and told of: traces that were exported and come back keep them, as inferred."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from logtrace.carried import PARENT, PARENT_CONFIDENCE, PARENT_ID
from logtrace.ids import NO_SPAN, parse_span_id
from logtrace.model import Evidence
from logtrace.reconstruct.spans.drafts import ROOT, Draft
from logtrace.reconstruct.spans.fragments import Fragment

TOLD_SOURCES = frozenset({"contain", "prior", "order", "remote"})
"""From what a parent may have been inferred; anything else that is told is none."""


def take_told(spans: Sequence[Draft]) -> None:
    """Gives spans whose lines say nothing of a parent the one that they tell was inferred, where that is among the spans."""
    known: set[int] | None = None
    for span in spans:
        if span.parent != NO_SPAN or span.evidence is ROOT or span.fragment is None:
            continue
        told = told_parent(span.fragment)
        if told is None:
            continue
        known = {each.key for each in spans} if known is None else known
        if told[0] in known and told[0] != span.key:
            span.parent, span.evidence = told


def told_parent(fragment: Fragment) -> tuple[int, Evidence] | None:
    """(the key of the parent, what it was inferred from) as the attributes of a span tell; None where they don't."""
    told = {each.key: each.value for ranked in fragment.attributes for each in ranked if each.key in _KEYS}
    if len(told) < len(_KEYS):
        return None
    source, sure, parent = (orjson.loads(told[key]) for key in _KEYS)
    if source not in TOLD_SOURCES or not isinstance(sure, int) or not isinstance(parent, str):
        return None
    return parse_span_id(parent)[0], Evidence(source, min(max(sure, 0), 100))


_KEYS = (PARENT, PARENT_CONFIDENCE, PARENT_ID)
