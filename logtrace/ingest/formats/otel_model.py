"""Records in the words of OpenTelemetry's log data model, whoever writes them: the level is a number from 1 to 24."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats._values import level_of
from logtrace.ingest.vocabulary.aliases import ALIASES


def level(value: object) -> object:
    """The word of a number; a word is itself."""
    return level_of(value) or value


FORMAT = Format(
    "otel-model",
    "OpenTelemetry's log data model, with numbers of severity",
    example='{"timestamp":"2024-01-10T14:30:00.25Z","severityNumber":13,"body":"done","duration_ms":250.25,"traceId":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"a3ce929d0e0e4736"}',
    marks=(("severityNumber",), ("severity_number",), ("SeverityNumber",)),
    keys={"level": (*ALIASES["level"], "severityText", "severityNumber")},
    values={"level": level},
)
