"""Graylog's GELF: short keys, everything of the application's with `_` before it, levels as in syslog."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

_LEVELS = ("FATAL", "FATAL", "FATAL", "ERROR", "WARN", "INFO", "INFO", "DEBUG")


def _level(number: object) -> object:
    return _LEVELS[number] if isinstance(number, int) and 0 <= number < len(_LEVELS) else number


FORMAT = Format(
    "gelf",
    "Graylog's GELF",
    example='{"version":"1.1","host":"h","short_message":"done","timestamp":1704897000.25,"level":6,"_service":"api","_trace_id":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","_span_id":"a3ce929d0e0e4736","_duration_ms":250.25}',
    marks=(("short_message", "host"),),
    values={"level": _level},
)
