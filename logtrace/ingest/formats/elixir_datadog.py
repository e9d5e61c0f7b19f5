"""Elixir's LoggerJSON with its Datadog formatter: time and level stand in `syslog`, durations are nanoseconds."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

FORMAT = Format(
    "elixir-datadog",
    "Elixir's LoggerJSON for Datadog; `duration` is nanoseconds",
    example='{"message":"done","duration":250250000,"dd.trace_id":"11460951022100160288","logger":{"thread_name":"#PID<0.1.0>"},'
    '"syslog":{"hostname":"h","severity":"info","timestamp":"2024-01-10T14:30:00.250Z"}}',
    marks=(("syslog", "syslog.severity", "syslog.timestamp", "logger.thread_name"),),
    durations=(("duration", "ns"),),
)
