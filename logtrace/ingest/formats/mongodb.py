"""MongoDB's structured log (mongod and mongos since 4.4): `t.$date`, a letter of severity, a component, the rest in `attr`. A
slow operation is named like OpenTelemetry names a database call: what it does and to what."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats._values import object_of

_LEVELS = {"F": "fatal", "E": "error", "W": "warn", "I": "info", "D": "debug"}


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record under usual keys; `attr` is a container of fields."""
    attr = object_of(record.get("attr"))
    found = {key: value for key, value in record.items() if key not in ("t", "s", "c", "ctx", "attr")}
    found |= {
        "timestamp": record["t"]["$date"],
        "level": _LEVELS.get(str(record["s"])[:1], record["s"]),
        "component": record["c"],
    }
    found |= {"thread": record.get("ctx"), "fields": attr}
    operation, target = next(iter(object_of(attr.get("command"))), ""), str(attr.get("ns", "")).partition(".")[2]
    if operation and "durationMillis" in attr:
        found["operation"] = f"{operation} {target}".strip()
    return found


FORMAT = Format(
    "mongodb",
    "MongoDB's structured log",
    example='{"t":{"$date":"2024-01-10T14:30:00.250+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn1","msg":"Slow query",'
    '"attr":{"type":"command","ns":"shop.orders","command":{"find":"orders"},"durationMillis":250}}',
    marks=(("t", "t.$date", "s", "c"),),
    durations=(("fields.durationMillis", "ms"),),
    rewrite=rewrite,
)
