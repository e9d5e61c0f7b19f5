"""What records in columns name, for lists of lines: no record is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from logtrace.ids import span_id_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logtrace.reconstruct.spans.runs import Numbers, Run

Named = tuple[str, str, str, "int | None", int, str]
"""The ids of trace and span ("" where none), service, time, severity and message of a record."""


def named(run: Run, opaque: Mapping[int, str]) -> Iterator[Named]:
    """What each record of a run names. opaque: the texts of span ids that are not hexadecimal, by their keys."""
    from logtrace.reconstruct.spans.runs import NONE

    services = [template.record.service for template in run.templates]
    severities = [template.severity for template in run.templates]
    times = [None if time == NONE else time for time in run.times.tolist()]
    return zip(_trace_ids(run), _span_ids(run.spans, opaque), services, times, severities, run.bodies, strict=True)


def _trace_ids(run: Run) -> list[str]:
    found = [high + low for high, low in zip(_digits(run.highs), _digits(run.lows), strict=True)]
    if run.opaque:
        halves = zip(run.lows.tolist(), run.highs.tolist(), strict=True)
        found = [run.opaque.get(pair, text) for pair, text in zip(halves, found, strict=True)]
    if not run.traced.all():
        found = [text if traced else "" for text, traced in zip(found, run.traced.tolist(), strict=True)]
    return found


def _span_ids(keys: Numbers, opaque: Mapping[int, str]) -> list[str]:
    if opaque or not keys.all():
        return [opaque.get(key) or span_id_text(key) if key else "" for key in keys.tolist()]
    return _digits(keys)


def _digits(column: Numbers) -> list[str]:
    """Each number as 16 hexadecimal digits."""
    text = column.astype(">i8").tobytes().hex()
    return [text[at : at + 16] for at in range(0, len(text), 16)]
