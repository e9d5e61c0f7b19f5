"""What an ingest did, and what a store holds: plain values that jobs and the store fill and views show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from logtrace.model import TraceSummary


class RejectedLine(NamedTuple):
    """A line that gave no record, and where it stands."""

    reason: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Account:
    """Every line of an ingest: `lines_read = lines_used + lines_without_trace + lines_rejected`.

    lines_duplicate     of the used: lines that were known already; one that a runtime had split counts once
    rejected_by_reason  adds up to lines_rejected; rejected_examples are the first few
    redacted_by_rule    how many secrets were taken out of lines before anything was done with them
    files_unchanged     known and not grown since; files_unreadable are (path, reason)
    traces, spans       in the store after the ingest; *_new are those that were not there before, *_changed those that were
                        and that a reader sees otherwise now
    notes               sentences about what a reader should know
    explanation         where no line of what was read belongs to a trace: sentences that say what was found instead
    """

    lines_read: int = 0
    lines_used: int = 0
    lines_duplicate: int = 0
    lines_without_trace: int = 0
    lines_rejected: int = 0
    rejected_by_reason: Mapping[str, int] = field(default_factory=dict)
    rejected_examples: tuple[RejectedLine, ...] = ()
    redacted_by_rule: Mapping[str, int] = field(default_factory=dict)
    bytes_read: int = 0
    files_read: int = 0
    files_unchanged: int = 0
    files_unreadable: tuple[tuple[str, str], ...] = ()
    traces: int = 0
    traces_new: int = 0
    traces_changed: int = 0
    spans: int = 0
    spans_new: int = 0
    spans_changed: int = 0
    wall_s: float = 0.0
    notes: tuple[str, ...] = ()
    slowest: tuple[TraceSummary, ...] = ()
    failing: tuple[TraceSummary, ...] = ()
    explanation: tuple[str, ...] = ()

    @property
    def lines_per_s(self) -> float:
        """Lines read per second of wall time; 0 where no time passed."""
        return self.lines_read / self.wall_s if self.wall_s > 0 else 0.0

    def as_json(self) -> dict[str, Any]:
        """The documented shape of `logtrace ingest --json`, version 1."""
        return {
            "version": 1,
            "lines_read": self.lines_read,
            "lines_used": self.lines_used,
            "lines_duplicate": self.lines_duplicate,
            "lines_without_trace": self.lines_without_trace,
            "lines_rejected": self.lines_rejected,
            "rejected_by_reason": dict(self.rejected_by_reason),
            "rejected_examples": [example._asdict() for example in self.rejected_examples],
            "redacted_by_rule": dict(self.redacted_by_rule),
            "bytes_read": self.bytes_read,
            "files_read": self.files_read,
            "files_unchanged": self.files_unchanged,
            "files_unreadable": [{"path": path, "reason": reason} for path, reason in self.files_unreadable],
            "traces": self.traces,
            "traces_new": self.traces_new,
            "traces_changed": self.traces_changed,
            "spans": self.spans,
            "spans_new": self.spans_new,
            "spans_changed": self.spans_changed,
            "wall_s": round(self.wall_s, 3),
            "lines_per_s": round(self.lines_per_s),
            "notes": list(self.notes),
            "slowest": [summary.trace_id for summary in self.slowest],
            "failing": [summary.trace_id for summary in self.failing],
            "explanation": list(self.explanation),
        }


class ServiceRow(NamedTuple):
    """One service in the list of services; first_ns and last_ns bound the starts of its spans."""

    service: str
    spans: int
    operations: int
    errors: int
    first_ns: int | None
    last_ns: int | None


class Learned(NamedTuple):
    """What came of learning: known traces and edges in the files, and traces of the store that are seen otherwise since:
    their parents were inferred anew."""

    traces: int
    edges: int
    changed: int


class KnownPair(NamedTuple):
    """What a store knows of a pair of operations. known: edges that lines name or that were learned; seen: edges that
    times show, where none is known; gate: the share of cases of "one holds the other" that is by call."""

    parent: tuple[str, str]
    child: tuple[str, str]
    known: int
    seen: float
    gate: float


class SecretsFound(NamedTuple):
    """What a store keeps of secrets: rule → how many, places of the first few of each rule (its name as reason), and whether
    they were taken out. Never the texts."""

    by_rule: Mapping[str, int]
    places: tuple[RejectedLine, ...]
    removed: bool = False

    def as_json(self) -> dict[str, Any]:
        """The documented shape of `logtrace redact --json`, version 1."""
        places = [{"rule": place.reason, "path": place.path, "line": place.line} for place in self.places]
        return {"version": 1, "secrets_by_rule": dict(self.by_rule), "places": places, "removed": self.removed}


class SourceStatus(NamedTuple):
    """One source of a store: a file or stream, how much of it was read, and the time of its newest line (nanoseconds, None
    where no line has one)."""

    path: str
    bytes_read: int
    lines_read: int
    lines_rejected: int
    newest_ns: int | None


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """What a store holds. start_ns and end_ns bound the times of its traces."""

    path: str
    size_bytes: int
    sources: tuple[SourceStatus, ...] = ()
    traces: int = 0
    spans: int = 0
    lines_read: int = 0
    lines_used: int = 0
    lines_without_trace: int = 0
    lines_rejected: int = 0
    rejected_by_reason: Mapping[str, int] = field(default_factory=dict)
    start_ns: int | None = None
    end_ns: int | None = None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The documented shape of `logtrace status --json`, version 1."""
        return {
            "version": 1,
            "path": self.path,
            "size_bytes": self.size_bytes,
            "traces": self.traces,
            "spans": self.spans,
            "lines_read": self.lines_read,
            "lines_used": self.lines_used,
            "lines_without_trace": self.lines_without_trace,
            "lines_rejected": self.lines_rejected,
            "rejected_by_reason": dict(self.rejected_by_reason),
            "start_ns": self.start_ns,
            "end_ns": self.end_ns,
            "sources": [source._asdict() for source in self.sources],
            "notes": list(self.notes),
        }
