"""Hand-built spans and traces for tests: only what a test is about needs to be said.

    root = span("POST /tasks", ms=5200)
    made = trace(root, span("CreateTask", parent=root, at=210, ms=4800))

Times are in milliseconds from T0. Each span gets the next key unless one is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from logtrace.ids import NO_SPAN, span_id_text
from logtrace.model import UNKNOWN, ErrorLevel, Evidence, Flag, LineRef, Link, Rank, Span, Trace

MS = 1_000_000
T0 = 1_704_897_000_000 * MS
"""2024-01-10T14:30:00Z."""

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
OBSERVED = Evidence("field", 100)
_keys = count(0xA3CE_929D_0000)


def span(
    name: str = "op",
    service: str = "edge-mcp",
    *,
    parent: Span | None = None,
    at: float | None = 0,
    ms: float | None = 10,
    key: int | None = None,
    error: str | None = None,
    error_type: str = "",
    soft: str | None = None,
    inferred: int | None = None,
    guessed: bool = False,
    phantom: bool = False,
    lower_bound: bool = False,
    flags: int = 0,
    attempts: int = 1,
    attributes: Mapping[str, Any] | None = None,
    conflicts: Mapping[str, tuple[Any, ...]] | None = None,
    lines: Sequence[LineRef] = (),
    links: Sequence[Link] = (),
    kind: str = "internal",
) -> Span:
    """A span under `parent` (a root without), from `at` for `ms` (None: unknown).

    error, soft     the message of a failed span, of one with only an error-level line
    inferred        the confidence of a parent that no line names
    guessed         the name is a guess
    """
    known = key if key is not None else next(_keys)
    source = Evidence("contain", inferred) if inferred is not None else Evidence("explicit" if parent else "root", 100)
    return Span(
        trace_id=TRACE_ID,
        span_id=span_id_text(known),
        key=known,
        parent_span_id=parent.span_id if parent else None,
        parent_key=parent.key if parent else NO_SPAN,
        parent=source,
        service=service,
        service_rank=Rank.OBSERVED,
        name=name,
        name_rank=Rank.GUESS if guessed else Rank.OBSERVED,
        kind=kind,
        start_ns=None if at is None else T0 + round(at * MS),
        duration_ns=None if ms is None else round(ms * MS),
        start=OBSERVED if at is not None else UNKNOWN,
        end=OBSERVED if ms is not None else UNKNOWN,
        error=ErrorLevel.HARD if error is not None else ErrorLevel.SOFT if soft is not None else ErrorLevel.NONE,
        error_type=error_type,
        error_message=error or soft or "",
        severity=0,
        attributes=attributes or {},
        attribute_conflicts=conflicts or {},
        lines=tuple(lines),
        links=tuple(links),
        flags=flags | (Flag.LOWER_BOUND if lower_bound else 0),
        attempts=attempts,
        phantom=phantom,
    )


def trace(*spans: Span, lines: Sequence[LineRef] = (), warnings: Sequence[str] = ()) -> Trace:
    """A trace of the spans, in the order that Trace asks for."""
    ordered = sorted(spans, key=lambda s: (s.start_ns is None, s.start_ns or 0, -(s.duration_ns or 0), s.span_id))
    return Trace(TRACE_ID, tuple(ordered), tuple(lines), (), tuple(warnings))


def log(body: str, at: float | None = 0, severity: int = 9) -> LineRef:
    """A log line at so many milliseconds."""
    return LineRef(None if at is None else T0 + round(at * MS), 0, 0, 0, severity, body)


def slow_task() -> Trace:
    """The guide's first scenario: one insert takes nearly all of the request."""
    root = span("POST /api/v1/tasks", ms=5200, kind="server")
    return trace(
        root,
        span("ValidateRequest", parent=root, ms=10),
        span("AuthorizeUser", parent=root, at=10, ms=200),
        span(
            "CreateTask",
            parent=root,
            at=210,
            ms=4800,
            attributes={
                "db.system": "postgresql",
                "db.statement": "INSERT INTO tasks (id, type, payload, embedding_vector) VALUES ($1, $2, $3, $4)",
                "db.rows_affected": 1,
                "embedding.size": 1536,
                "payload.size_bytes": 524_288_000,
            },
        ),
        span("PublishToQueue", parent=root, at=5010, ms=150),
        span("NotifyAgents", parent=root, at=5160, ms=40),
    )


def broken_pipe() -> Trace:
    """The guide's second scenario: the connection closes while a message is sent."""
    root = span("HandleWebSocketMessage", ms=75)
    route = span("RouteTask", parent=root, at=15, ms=50)
    message = "write tcp 10.0.1.5:8080->10.0.2.10:54321: write: broken pipe"
    return trace(
        root,
        span("ParseMessage", parent=root, ms=5),
        span("ValidateAgent", parent=root, at=5, ms=10),
        route,
        span("SelectAgent", parent=route, at=15, ms=30),
        span("AssignTask", parent=route, at=45, ms=20),
        span("SendMessage", parent=root, at=65, ms=10, error=message, attributes={"error": True, "error.message": message}),
    )


def throttled() -> Trace:
    """The guide's third scenario: an error goes up through two services."""
    root = span("POST /api/v1/tasks", ms=900, error="Rate exceeded", error_type="ThrottlingException")
    work = span("ProcessTask", "worker", parent=root, at=120, ms=770, error="Rate exceeded", error_type="ThrottlingException")
    run = span("ExecuteTask", "worker", parent=work, at=140, ms=730, error="task failed after 3 attempts")
    retry = {"retry.attempt": 3, "retry.max": 3, "error.type": "ThrottlingException", "error.message": "Rate exceeded"}
    return trace(
        root,
        span("CreateTask", parent=root, at=5, ms=60),
        span("PublishToQueue", parent=root, at=70, ms=45),
        work,
        span("FetchFromQueue", "worker", parent=work, at=121, ms=15),
        run,
        span(
            "CallBedrock",
            "worker",
            parent=run,
            at=150,
            ms=200,
            error="Rate exceeded",
            error_type="ThrottlingException",
            attributes=retry,
        ),
        span("Retry", "worker", parent=run, at=360, ms=500, error="Rate exceeded", error_type="ThrottlingException", attempts=3),
        span("PublishError", "worker", parent=work, at=872, ms=12),
    )
