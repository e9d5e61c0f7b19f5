"""The documented JSON shapes of errors by kind, and of notes. As in shapes: text as logged, null for unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from logtrace.analysis.statistics.error_groups import ErrorGroup, ErrorGroups
from logtrace.store.upkeep.notes import Note
from logtrace.views.json.analysis import instant
from logtrace.views.json.shapes import VERSION


def error_groups_json(found: ErrorGroups, notes: Mapping[str, Sequence[Note]]) -> dict[str, Any]:
    """Errors by kind, most frequent first; `minutes` are [start of the minute, errors]."""
    return {
        "version": VERSION,
        "since_ns": found.since_ns,
        "until_ns": found.until_ns,
        "errors": found.origins,
        "passed_on": found.passed_on,
        "error_lines": found.soft,
        "requests": found.requests,
        "notes": list(found.notes),
        "types": [{"error_type": name, "count": count} for name, count in found.types],
        "services": [{"service": name, "count": count} for name, count in found.services],
        "minutes": [list(pair) for pair in found.minutes],
        "groups": [_group_json(group, notes.get(group.fingerprint, ())) for group in found.groups],
    }


def _group_json(group: ErrorGroup, notes: Sequence[Note]) -> dict[str, Any]:
    return {
        "fingerprint": group.fingerprint,
        "service": group.service,
        "operation": group.operation,
        "error_type": group.error_type,
        "messages": list(group.messages),
        "error_line": group.soft,
        "count": group.count,
        "passed_on": group.passed_on,
        "requests": group.requests,
        "first_ns": group.first_ns,
        "first_time": instant(group.first_ns),
        "last_ns": group.last_ns,
        "last_time": instant(group.last_ns),
        "seen_ns": group.seen_ns,
        "new": group.new,
        "minutes": [list(pair) for pair in group.minutes],
        "examples": list(group.examples),
        "notes": [note.text for note in notes],
    }


def notes_json(notes: Iterable[Note]) -> dict[str, Any]:
    """Notes, oldest first."""
    return {"version": VERSION, "notes": [{**note._asdict(), "written": instant(note.written_ns)} for note in notes]}
