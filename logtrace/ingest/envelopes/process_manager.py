"""What managers of processes put before each line.

09:26:53 web.1   | TEXT                                foreman, overmind, honcho
0|payments  | TEXT                                     PM2
2025-03-14T09:26:53.301550+00:00 app[web.1]: TEXT      Heroku, and its own parts: heroku[router]: TEXT
"""

from __future__ import annotations

import re
from datetime import tzinfo
from string import digits

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import known
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_PIPED = lazy_pattern(r"(?:\d\d:\d\d:\d\d ([\w-]+)\.\d+ +\| |\d+\|([\w.-]+) +\| )", re.ASCII)
_HEROKU = lazy_pattern(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (app|heroku)\[([\w-]+)((?:\.[\w.-]+)?)\]: ", re.ASCII
)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer. foreman's time has no date: it is none."""
    if not text[:1].isdecimal():
        return None
    if head := _PIPED.match(text):
        service = head[1] or head[2]
        return Peeled(text[head.end() :], service=service, stream=service)
    head = _HEROKU.match(text) if text[10:11] == "T" else None
    if head is None:
        return None
    dyno = head[3] + head[4]
    resource = known(("heroku.source", head[2]), ("heroku.dyno", dyno))
    return Peeled(text[head.end() :], instant_ns(head[1]), head[3] if head[2] == "app" else "", resource, stream=dyno)


ENVELOPE = Envelope(
    name="process_manager",
    example='09:26:53 web.1   | {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins=digits,
)
