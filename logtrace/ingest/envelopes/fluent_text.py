"""What the file and stdout outputs of Fluentd and Fluent Bit put before a record.

2025-03-14T09:26:53+00:00<TAB>kube.payments<TAB>{"log":"…"}     Fluentd, file
2025-03-14 09:26:53.350250000 +0000 kube.payments: {"log":"…"}  Fluentd, stdout
kube.payments: [1741944413.301550, {"log":"…"}]                 Fluent Bit, file
[0] kube.payments: [[1741944413.301550, {}], {"log"=>"…"}]      Fluent Bit, stdout
"""

from __future__ import annotations

import re
from datetime import tzinfo

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._ruby import as_json
from logtrace.ingest.envelopes._values import decoded, inner_of, known
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_FLUENTD = lazy_pattern(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})? ?(?:Z|[+-]\d\d:?\d\d))(?:\t([^\t]*)\t| ([^\s:\"]+): )(?=\{)", re.ASCII
)
_FLUENT_BIT = lazy_pattern(r"(?:\[\d+\] )?([^\s:\"]+): \[(?:\[(\d{9,10}\.\d+), \{\}\]|(\d{9,10}\.\d+)), (?=\{)", re.ASCII)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer. The tag is kept: it often names the pod or the file."""
    head = _FLUENTD.match(text) if text[4:5] == "-" and "{" in text else None
    if head:
        line = _line_in(text[head.end() :])
        return Peeled(line, instant_ns(head[1]), resource=known(("fluent.tag", head[2] or head[3])))
    head = _FLUENT_BIT.match(text) if text[-1:] == "]" else None
    inner = as_json(text[head.end() : -1]) if head else None
    if head is None or inner is None:
        return None
    return Peeled(_line_in(inner), _seconds_ns(head[2] or head[3]), resource=known(("fluent.tag", head[1])))


def _line_in(record: str) -> str:
    """The line of a record that holds nothing else; the record itself of any other."""
    found = decoded(record) or {}
    line = next(iter(found.values())) if found.keys() in ({"log"}, {"message"}) else None
    return (inner_of(line) if isinstance(line, str) else None) or record


def _seconds_ns(text: str) -> int:
    seconds, _, fraction = text.partition(".")
    return int(seconds) * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))


ENVELOPE = Envelope(
    name="fluent_text",
    example='2025-03-14T09:26:53+00:00\tkube.payments\t{"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
)
