""".NET's JsonConsole logger (Microsoft.Extensions.Logging). Ids stand in its scopes where activities are tracked."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats._values import object_of, objects_of


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the members of its scopes and its state at the top; inner scopes win."""
    found = {key: value for key, value in record.items() if key not in ("LogLevel", "Category", "State", "Scopes")}
    found |= {"level": record.get("LogLevel"), "logger": record.get("Category")}
    if isinstance(record.get("Timestamp"), str):
        found["Timestamp"] = record["Timestamp"].strip()
    for members in (*objects_of(record.get("Scopes")), object_of(record.get("State"))):
        found |= {key: value for key, value in members.items() if key not in ("Message", "{OriginalFormat}")}
    if "EventId" in found:
        found["event.id"] = found.pop("EventId")
    return found


FORMAT = Format(
    "dotnet-console",
    ".NET's JsonConsole logger",
    example='{"Timestamp":"2024-01-10T14:30:00.25Z","EventId":0,"LogLevel":"Information","Category":"Api","Message":"done","State":'
    '{"ElapsedMs":250.25},"Scopes":[{"SpanId":"a3ce929d0e0e4736","TraceId":"4bf92f3577b34da6a3ce929d0e0e4736"}]}',
    marks=(("LogLevel", "Category"),),
    rewrite=rewrite,
)
