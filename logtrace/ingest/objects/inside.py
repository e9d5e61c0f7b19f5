"""Lines that stand in the message of a record: what platforms write around the lines of an application, without the marks of any
envelope (`{"timestamp": …, "message": "{\\"trace_id\\": …}"}`, `{"log": "time=… level=info trace_id=…"}`)."""

from __future__ import annotations

from logtrace.model import Flag, Rank, Record
from logtrace.patterns import lazy_pattern

_IDS_IN_TEXT = int(Flag.IDS_IN_TEXT)
_PROSE = lazy_pattern(r"(?!(?:DEBUG|INFO|WARN|ERROR|FATAL|REPORT) )[A-Za-z]+ [A-Za-z]")
"""As sentences begin, and no lines of loggers: most messages that name ids are such."""


def may_hold_a_line(record: Record) -> bool:
    """Whether the message of a record may be a line of its own, which names the trace that the record itself does not."""
    if record.body[:1] == "{" or record.body[-1:] in ("}", "]"):
        return (record.trace is None or bool(record.flags & _IDS_IN_TEXT)) and "race" in record.body
    return bool(record.flags & _IDS_IN_TEXT) and _PROSE.match(record.body) is None


def joined(outer: Record, inner: Record) -> Record:
    """The line in the message of `outer`, with what only that knew."""
    own = {attribute.key for attribute in inner.attributes}
    failing = inner if inner.error else outer
    told = inner.service_rank > outer.service_rank and outer.service_rank < Rank.WEAK
    return inner._replace(
        time_ns=outer.time_ns if inner.time_ns is None else inner.time_ns,
        service=outer.service if told else inner.service,
        service_rank=outer.service_rank if told else inner.service_rank,
        severity=inner.severity or outer.severity,
        error=failing.error,
        error_type=failing.error_type,
        error_message=failing.error_message,
        flags=inner.flags | (outer.flags & _IDS_IN_TEXT),
        attributes=inner.attributes + tuple([each for each in outer.attributes if each.key not in own]),
        text_hash=outer.text_hash,
    )
