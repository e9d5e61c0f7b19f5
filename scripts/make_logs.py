#!/usr/bin/env python3
"""Writes seeded JSON logs in the shape of the anatomy trace, for benchmarks and for trying things out.

    .venv/bin/python scripts/make_logs.py OUTDIR N_LINES [--seed N] [--uneven]

The even set: three service files in time order, interleaved traces of 12 spans, a start and an end line for each span and
some log lines between; about 449 bytes a line. The ids of all traces go to OUTDIR/traces.txt: id, failing span or "-", lines.

The uneven set has the same requests, told the way real folders tell them: services wrapped by docker, Kubernetes or compose,
spans that only have log lines, spans whose lines name no parent, lines of one span in two files, a few lines of 18 KB,
lines without a trace and some text. The same seed and number of lines give the same bytes.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson

BEGIN = datetime(2024, 1, 10, 14, 0, 0, tzinfo=UTC)
GAP_US = 90_000  # mean time between requests
EDGE, GATEWAY, WORKER = SERVICES = ("edge-mcp", "ws-gateway", "worker")


class Node(NamedTuple):
    """One span of the anatomy: whose child it is in the logs and how long it takes by itself (0: as long as its children)."""

    parent: int
    operation: str
    service: str
    mean_ms: int


ANATOMY = {
    1: Node(0, "HTTP POST /api/v1/tasks", EDGE, 0),
    2: Node(1, "ValidateRequest", EDGE, 4),
    3: Node(1, "AuthorizeUser", EDGE, 25),
    4: Node(1, "CreateTask", EDGE, 45),
    5: Node(1, "PublishToQueue", EDGE, 18),
    6: Node(1, "NotifyAgents", GATEWAY, 0),
    7: Node(6, "SelectAgent", GATEWAY, 6),
    8: Node(6, "SendMessage", GATEWAY, 20),
    9: Node(5, "ProcessTask", WORKER, 0),
    10: Node(9, "FetchFromQueue", WORKER, 12),
    11: Node(9, "ExecuteTask", WORKER, 320),
    12: Node(9, "StoreResult", WORKER, 30),
}
TASKS = ("code_analysis", "embedding_generation", "summarize", "doc_review")
AGENTS = ("production-claude", "staging-claude", "batch-agent-7", "code-agent-2")
NOTES = {
    1: "request accepted",
    4: "waiting for connection from pool",
    8: "payload compressed",
    9: "task dequeued, loading context",
    11: "calling bedrock model",
}
INSERT = "INSERT INTO tasks (id, type, payload, embedding_vector) VALUES ($1, $2, $3, $4)"
UPDATE = "UPDATE tasks SET status = $1, result = $2 WHERE id = $3"
SQS = {"messaging.system": "aws_sqs", "messaging.destination": "mcp-tasks"}
FAILURES = {
    11: (0.020, "ThrottlingException", "ThrottlingException: Rate exceeded"),
    8: (0.010, "net.OpError", "write tcp 10.0.1.5:8080->10.0.2.10:54321: write: broken pipe"),
    4: (0.005, "pq.Error", "pq: canceling statement due to statement timeout"),
}
"""Failing span → share of requests, type, message. Its parent fails with it."""

Times = dict[int, tuple[int, int]]
"""Span → (start, duration) in µs since BEGIN."""


class Line(NamedTuple):
    """A log line before it has a file: when (µs since BEGIN), which span of the anatomy, the record."""

    at_us: int
    span: int
    record: dict[str, Any]


class Request(NamedTuple):
    """One trace: its id, the span that fails (0: none) and its lines."""

    trace_id: str
    failing: int
    lines: list[Line]


_minutes: dict[int, str] = {}


def iso(at_us: int) -> str:
    """The moment as RFC 3339 text with microseconds."""
    minute, rest = divmod(at_us, 60_000_000)
    head = _minutes.get(minute)
    if head is None:
        head = _minutes[minute] = (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:")
    return f"{head}{rest // 1_000_000:02d}.{rest % 1_000_000:06d}Z"


def span_times(rng: random.Random, start_us: int) -> Times:
    """When each span of one request runs. Children follow one another; the worker starts after the message is published."""
    times: Times = {}

    def work(span: int) -> int:
        slow = 40 if rng.random() < 0.005 else 1
        return max(200, int(rng.lognormvariate(0, 0.6) * ANATOMY[span].mean_ms * 1000) * slow)

    def row(at: int, spans: tuple[int, ...], gap: tuple[int, int]) -> int:
        for span in spans:
            times[span] = (at, work(span))
            at += times[span][1] + rng.randint(*gap)
        return at

    notify = row(start_us + rng.randint(100, 900), (2, 3, 4, 5), (50, 400))
    end = row(notify + rng.randint(50, 300), (7, 8), (20, 200))
    times[6] = (notify, end - notify)
    times[1] = (start_us, end + rng.randint(100, 600) - start_us)
    process = sum(times[5]) + rng.randint(2_000, 60_000)
    times[9] = (process, row(process + rng.randint(50, 300), (10, 11, 12), (50, 300)) - process)
    return times


def failing_span(rng: random.Random) -> int:
    """0, or the span in which this request goes wrong."""
    draw = rng.random()
    for span, (share, _, _) in FAILURES.items():
        if draw < share:
            return span
        draw -= share
    return 0


def tags_of(rng: random.Random, span: int, common: dict[str, Any], failed: bool) -> dict[str, Any]:
    """What the lines of a span say about it."""
    if span == 1:
        http = {"http.method": "POST", "http.route": "/api/v1/tasks", "http.status_code": 500 if failed else 201}
        return common | http
    if span in (4, 12):
        return common | {"db.system": "postgresql", "db.statement": INSERT if span == 4 else UPDATE}
    if span in (5, 10):
        return common | SQS
    if span in (7, 8):
        return common | {"ws.connection_id": f"conn-{rng.getrandbits(24):06x}"}
    if span == 11:
        return common | {"bedrock.model": "claude-3-opus", "cost.estimated": round(rng.random() / 10, 4)}
    return common


def span_lines(
    rng: random.Random, span: int, when: tuple[int, int], head: dict[str, Any], tags: dict[str, Any], failure: int
) -> Iterator[Line]:
    """The start line, log lines and end line of one span. `failure`: 0, else the span of the request that failed first."""
    start, duration = when
    yield Line(
        start,
        span,
        {"timestamp": iso(start), "level": "info", "msg": "span started", "event": "span_start", **head, "tags": tags},
    )
    if span in NOTES and rng.random() < 0.6:
        at = start + int(duration * rng.random())
        note = {"timestamp": iso(at), "level": "debug", "msg": NOTES[span], "event": "log", **head}
        yield Line(at, span, note | {"tags": tags | {"queue.depth": rng.randint(0, 400)}})
    level, status = "info", "ok"
    end_tags = tags
    if failure:
        _, kind, message = FAILURES[failure]
        level = status = "error"
        end_tags = tags | {"error": True, "error.type": kind, "error.message": message}
        if failure == span:
            at = start + duration * 9 // 10
            retry = {"error": True, "error.type": kind, "retry.attempt": 3, "retry.max": 3}
            said = {"timestamp": iso(at), "level": "error", "msg": message, "event": "log", **head, "tags": tags | retry}
            yield Line(at, span, said)
    end = {"timestamp": iso(start + duration), "level": level, "msg": "span finished", "event": "span_end", **head}
    yield Line(start + duration, span, end | {"duration_ms": duration / 1000, "status": status, "tags": end_tags})


def request(rng: random.Random, start_us: int) -> Request:
    """All lines of one trace, span by span."""
    trace_id = f"{rng.getrandbits(128):032x}"
    ids = {span: f"{rng.getrandbits(64):016x}" for span in ANATOMY}
    common = {"user.id": f"user-{rng.randint(1, 5000)}", "task.type": rng.choice(TASKS), "agent.id": rng.choice(AGENTS)}
    times = span_times(rng, start_us)
    failing = failing_span(rng)
    failed = {failing, ANATOMY[failing].parent} if failing else set()
    host = int(trace_id[:2], 16) % 3 + 1
    lines: list[Line] = []
    for span, node in ANATOMY.items():
        head = {
            "service": node.service,
            "host": f"{node.service}-{host}",
            "version": "v1.14.2",
            "trace_id": trace_id,
            "span_id": ids[span],
        }
        if node.parent:
            head["parent_span_id"] = ids[node.parent]
        head["operation"] = node.operation
        tags = tags_of(rng, span, common, span in failed)
        lines.extend(span_lines(rng, span, times[span], head, tags, failing if span in failed else 0))
    return Request(trace_id, failing, lines)


def requests(rng: random.Random, n_lines: int) -> Iterator[tuple[int, Request]]:
    """(start in µs, request) in the order of their starts, until there are at least `n_lines` lines."""
    made = start_us = 0
    while made < n_lines:
        start_us += int(rng.expovariate(1 / GAP_US)) + 1
        found = request(rng, start_us)
        made += len(found.lines)
        yield start_us, found


Tell = Callable[[random.Random, Request], Iterator[tuple[int, str, bytes]]]
"""How a request's lines become (µs, file, bytes)."""


def tell_even(_: random.Random, found: Request) -> Iterator[tuple[int, str, bytes]]:
    """Each service has one file of plain JSON lines."""
    for line in found.lines:
        yield line.at_us, ANATOMY[line.span].service + ".log", orjson.dumps(line.record, option=orjson.OPT_APPEND_NEWLINE)


def pieces(text: str) -> list[str]:
    """Container runtimes cut a line at 16 KiB."""
    return [text[at : at + 16_384] for at in range(0, len(text), 16_384)]


def docker(at_us: int, text: str) -> str:
    outer = {"stream": "stderr", "time": iso(at_us + 90)}
    return "\n".join(orjson.dumps({"log": piece, **outer}).decode() for piece in pieces(text + "\n"))


def cri(at_us: int, text: str) -> str:
    *partial, last = pieces(text)
    stamp = iso(at_us + 90)
    return "".join(f"{stamp} stderr P {piece}\n" for piece in partial) + f"{stamp} stderr F {last}"


def compose(_: int, text: str) -> str:
    return f"worker-1      | {text}"


def plain(_: int, text: str) -> str:
    return text


HOMES: dict[str, tuple[tuple[str, Callable[[int, str], str]], ...]] = {
    EDGE: (("edge-mcp.log", plain), ("edge-mcp-json.log", docker)),
    GATEWAY: (("pods/mcp_ws-gateway-5d7c_0a1b/ws-gateway/0.log", cri), ("pods/mcp_ws-gateway-9f2e_2c3d/ws-gateway/0.log", cri)),
    WORKER: (("compose.log", compose), ("worker.log", plain)),
}
"""Service → the two files its lines may lie in, each with its wrapper."""

TEXT = (
    "goroutine 41 [running]:",
    "panic: runtime error: invalid memory address or nil pointer dereference",
    "WARN: GC pause 31ms",
    "        /srv/app/handler.go:141 +0x1d",
)


def tell_unevenly(rng: random.Random, found: Request) -> Iterator[tuple[int, str, bytes]]:
    """See the module's text: about a quarter of the spans has something odd. Order of a span's lines stays that of time."""
    home = {service: rng.randrange(2) for service in SERVICES}
    odd = {span: rng.random() for span in ANATOMY}
    for line in found.lines:
        oddity, service, record = odd[line.span], ANATOMY[line.span].service, line.record
        if oddity < 0.06:  # only log lines: no start, no end, no duration
            record = {key: value for key, value in record.items() if key not in ("event", "duration_ms", "status")}
        elif oddity < 0.14:
            record = {key: value for key, value in record.items() if key != "parent_span_id"}
        if rng.random() < 0.0005:
            record = record | {"prompt": "0123456789abcdef" * 1125}
        elsewhere = 0.14 <= oddity < 0.22 and record.get("event") == "span_end"
        name, wrap = HOMES[service][home[service] ^ elsewhere]
        yield line.at_us, name, wrap(line.at_us, orjson.dumps(record).decode()).encode() + b"\n"
        if rng.random() < 0.03:
            yield line.at_us, name, wrap(line.at_us, noise(rng, line.at_us, service)).encode() + b"\n"


def noise(rng: random.Random, at_us: int, service: str) -> str:
    """A line that belongs to no trace: two in three are JSON, the others text."""
    if rng.random() < 0.33:
        return rng.choice(TEXT)
    said = {
        "timestamp": iso(at_us),
        "level": "info",
        "msg": "connections in pool",
        "service": service,
        "idle": rng.randint(0, 20),
    }
    return orjson.dumps(said).decode()


def write_logs(folder: Path, n_lines: int, seed: int, tell: Tell) -> tuple[int, int]:
    """Writes the log files and traces.txt; returns (lines, bytes) of the logs. Each file is in the order of time."""
    rng, oddities = random.Random(seed), random.Random(f"{seed} oddities")
    files: dict[str, Any] = {}
    waiting: list[tuple[int, int, str, bytes]] = []
    lines = size = 0

    def write_until(moment: float) -> None:
        nonlocal lines, size
        while waiting and waiting[0][0] < moment:
            _, _, name, data = heapq.heappop(waiting)
            if name not in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                files[name] = (folder / name).open("wb")
            files[name].write(data)
            lines += data.count(b"\n")
            size += len(data)

    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    with (folder / "traces.txt").open("w", encoding="ascii") as traces:
        for start_us, found in requests(rng, n_lines):
            write_until(start_us)
            traces.write(f"{found.trace_id} {found.failing or '-'} {len(found.lines)}\n")
            for at_us, name, data in tell(oddities, found):
                number += 1
                heapq.heappush(waiting, (at_us, number, name, data))
    write_until(float("inf"))
    for file in files.values():
        file.close()
    return lines, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("n_lines", type=int, help="of the even set; the uneven one has some more")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--uneven", action="store_true")
    args = parser.parse_args()
    lines, size = write_logs(args.outdir, args.n_lines, args.seed, tell_unevenly if args.uneven else tell_even)
    print(f"{lines} lines, {size} bytes in {args.outdir}")


if __name__ == "__main__":
    main()
