"""New Relic's decoration of text lines: `message NR-LINKING|entity guid|host|trace id|span id|entity name|`."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from urllib.parse import unquote

from logtrace.ingest.formats._values import level_of
from logtrace.ingest.vocabulary.text import text_line


def line(text: str) -> dict[str, Any] | None:
    """The record, with what stands at the head of the line; None where the decoration is cut."""
    message, _, linking = text.partition("NR-LINKING|")
    parts = linking.split("|")
    if len(parts) < 6:
        return None
    head = text_line(message.strip(), UTC)
    found: dict[str, Any] = {
        "message": head.body, "entity.guid": parts[0], "hostname": parts[1], "trace.id": parts[2], "span.id": parts[3],
    }  # fmt: skip
    return found | {
        "entity.name": unquote(parts[4]),
        "level": level_of(head.severity),
        "logger": head.logger,
        "timestamp": head.time_ns,
    }
