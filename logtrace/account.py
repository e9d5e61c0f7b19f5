"""What an ingest did, and what a store holds: plain values that jobs and the store fill and views show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
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

    lines_duplicate     of the used: lines that were known already
    rejected_by_reason  adds up to lines_rejected; rejected_examples are the first few
    redacted_by_rule    how many secrets were taken out of lines before anything was done with them
    files_unchanged     known and not grown since; files_unreadable are (path, reason)
    traces, spans       in the store after the ingest; *_new and *_changed are what this ingest did
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
    """What came of learning: known traces and edges in the files, and traces of the store whose parents were inferred anew."""

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


class Refused(NamedTuple):
    """A span that a receiver does not take, and why."""

    trace_id: str
    span_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did: `spans = sent + known + left_changed + left_open + rejected + len(refused)`, where it came to its end.

    traces, spans       that were chosen; the spans as far as it came
    sent                were taken; of these `changed` had been taken before in another form
    known               had been taken before as they are
    left_changed        had been taken in another form, and only what is new was wanted
    left_open           have no end yet
    rejected            were not taken, and the receiver does not say which: by its reason
    refused             were not taken, one by one; the first are named
    redelivered         of all that were sent so many may have arrived twice: sent again where no answer had come
    to_send             of a dry run: how many would be sent
    stopped, hint       why it ended before all was sent, and what to do; "" where it did not
    notes               sentences about what a reader should know
    """

    receiver: str
    traces: int = 0
    spans: int = 0
    sent: int = 0
    changed: int = 0
    known: int = 0
    left_changed: int = 0
    left_open: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    redelivered: int = 0
    batches: int = 0
    retries: int = 0
    bytes_sent: int = 0
    wall_s: float = 0.0
    dry: bool = False
    to_send: int = 0
    stopped: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()


class Difference(NamedTuple):
    """Something that a Jaeger has otherwise than the store. span_id: "" where it is about the whole trace."""

    trace_id: str
    span_id: str
    what: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Traces of a store beside what a Jaeger has of them.

    traces, spans       that were looked for; `same` spans are there as they are here
    foreign             further spans of those traces, which others sent
    doubled             spans that are there more than once
    differences         the first of them; `different` is how many there are
    """

    address: str
    traces: int
    spans: int
    same: int
    foreign: int
    doubled: int
    different: int
    differences: tuple[Difference, ...]
    wall_s: float


class State(StrEnum):
    """How something is that `logtrace doctor` looked at."""

    WELL = "well"
    NOTE = "note"
    TROUBLE = "trouble"


class Finding(NamedTuple):
    """What `logtrace doctor` found, and how to mend it ("" where there is nothing to mend)."""

    check: str
    state: State
    told: str
    mend: str = ""


class Salvaged(NamedTuple):
    """A store made anew of the lines of another one.

    lost            pieces of text that could not be read any more; unplaced: pieces whose source is not known any more
    again           files that are still there, and are to be ingested again: not all of what was read of them could be saved
    """

    path: str
    sources: int
    lines: int
    traces: int
    lost: int = 0
    unplaced: int = 0
    again: tuple[str, ...] = ()


class Examined(NamedTuple):
    """All that `logtrace doctor` found about a store, and the store that it made where it was asked to."""

    path: str
    findings: tuple[Finding, ...]
    salvaged: Salvaged | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing needs to be mended."""
        return all(finding.state is not State.TROUBLE for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The documented shape of `logtrace doctor --json`, version 1."""
        findings = [finding._asdict() for finding in self.findings]
        salvaged = self.salvaged._asdict() if self.salvaged else None
        return {"version": 1, "path": self.path, "well": self.is_well, "findings": findings, "salvaged": salvaged}
