"""go-kit/log in JSON, and other Go loggers that name the file of the caller: a `time.Duration` is an integer of nanoseconds,
other numbers may be anything."""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats.logrus import likely_unit
from logtrace.patterns import lazy_pattern

_CALLER = lazy_pattern(r"\S+\.go:\d+", re.ASCII)


def fits(record: dict[str, Any]) -> bool:
    """Whether a line was written in a file of Go: its caller, or its place in the code as Google's logging has it."""
    caller, place = record.get("caller"), record.get("logging.googleapis.com/sourceLocation")
    if isinstance(place, dict) and str(place.get("file")).endswith(".go"):
        return True
    return isinstance(caller, str) and _CALLER.fullmatch(caller) is not None


FORMAT = Format(
    "go-kit",
    "go-kit/log and other loggers of Go with a caller; the unit of a bare number is assumed by its size",
    example='{"caller":"logging.go:25","method":"charge","took":250250000,"ts":"2024-01-10T14:30:00.25Z"}',
    fits=fits,
    unit=likely_unit,
)
