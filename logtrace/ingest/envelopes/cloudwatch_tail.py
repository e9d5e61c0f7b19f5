"""`aws logs tail`: `2025-03-14T09:26:53.301000+00:00 STREAM TEXT`."""

from __future__ import annotations

import re
from datetime import tzinfo
from string import digits

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import known
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_HEAD = lazy_pattern(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) "
    r"(\d{4}/\d\d/\d\d/\[[^ \"\]]+\][0-9a-f]+|[\w.-]+/[\w.-]+/[0-9a-f]{32}) ",
    re.ASCII,
)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer where a stream of Lambda (a date, a version, an id) or of a task (prefix, container, id) follows the time."""
    head = _HEAD.match(text) if text[10:11] == "T" else None
    if head is None:
        return None
    return Peeled(text[head.end() :], instant_ns(head[1]), resource=known(("aws.log.stream.name", head[2])))


ENVELOPE = Envelope(
    name="cloudwatch_tail",
    example='2025-03-14T09:26:53.301000+00:00 2025/03/14/[$LATEST]0a {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins=digits,
)
