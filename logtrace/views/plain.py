"""Lines that were found as plain text, for pipes: what needs neither colours nor a width loads no library for them."""

from __future__ import annotations

from logtrace.model import LogLine
from logtrace.views.ids import significant_id
from logtrace.views.text import clean


def plain_line(line: LogLine) -> str:
    """`trace span service line`; see names."""
    return f"{' '.join(names(line))} {clean(line.text)}"


def names(line: LogLine) -> tuple[str, str, str]:
    """(trace, span, service) of a line, each one word, - for what the line does not name."""
    return significant_id(line.trace_id) or "-", clean(line.span_id) or "-", clean(line.service).replace(" ", "_") or "-"
