"""The default output of `logcli query`: `TIME {label="value", …} LINE`."""

from __future__ import annotations

import re
from datetime import tzinfo
from string import digits

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._loki import peeled
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_LABEL = r'[A-Za-z_][A-Za-z0-9_]*="(?:[^"\\]|\\.)*"'
_HEAD = lazy_pattern(
    rf"(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{{1,9}})?(?:Z|[+-]\d\d:\d\d)) (\{{(?:{_LABEL}(?:, ?{_LABEL})*)?\}})[ \t]+",
    re.ASCII,
)
_PAIR = lazy_pattern(r'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"', re.ASCII)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer where labels follow the time. (A JSON object has a quote where a label has a letter.)"""
    head = _HEAD.match(text) if text[10:11] == "T" and text.find(" {", 19, 40) > 0 else None
    if head is None:
        return None
    return peeled(text[head.end() :], instant_ns(head[1]), dict(_PAIR.findall(head[2])), {})


ENVELOPE = Envelope(
    name="loki_text",
    example='2025-03-14T09:26:53Z {app="payments", pod="payments-5b9c"} {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins=digits,
)
