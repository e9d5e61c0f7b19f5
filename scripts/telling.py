"""True spans → the log lines that services write of them, with what goes wrong on the way: parents that nobody logs, spans
told by single lines, clocks that differ, lines that are lost or come twice."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from systems import MS, TrueSpan

STYLES = ("complete", "pairs", "points", "mixed")
"""complete: one line with a duration when a span ends; pairs: a start and an end line; points: some lines in between and
neither start nor end; mixed: each service has its own style."""


class Telling(NamedTuple):
    """How spans are told. hidden: the share of spans whose lines name no parent; lost, doubled: shares of lines;
    offsets_ns: by service, added to all its times; drift: ns per second, the same way."""

    style: str = "complete"
    hidden: float = 1.0
    lost: float = 0.0
    doubled: float = 0.0
    offsets_ns: dict[str, int] = {}  # noqa: RUF012 - a value that nobody changes
    drift_ns_per_s: dict[str, int] = {}  # noqa: RUF012


def log_lines(traces: Iterable[Sequence[TrueSpan]], telling: Telling, seed: int) -> dict[str, list[bytes]]:
    """The lines of each service's file, in the order of their times."""
    rng = random.Random(seed)
    styles: dict[str, str] = {}
    found: dict[str, list[tuple[int, bytes]]] = {}
    begin_ns: int | None = None
    for spans in traces:
        for span in spans:
            begin_ns = span.start_ns if begin_ns is None else begin_ns
            style = telling.style if telling.style != "mixed" else styles.setdefault(span.service, rng.choice(STYLES[:3]))
            hide = rng.random() < telling.hidden
            for at_ns, fields in _told(span, style, rng):
                shift = telling.offsets_ns.get(span.service, 0)
                shift += telling.drift_ns_per_s.get(span.service, 0) * (at_ns - begin_ns) // 1_000_000_000
                line = _line(span, at_ns + shift, hide, fields)
                for _ in range((rng.random() >= telling.lost) + (rng.random() < telling.doubled)):
                    found.setdefault(span.service, []).append((at_ns, line))
    return {service: [line for _, line in sorted(lines)] for service, lines in found.items()}


def _told(span: TrueSpan, style: str, rng: random.Random) -> list[tuple[int, dict[str, Any]]]:
    """(time, further fields) of each line of a span."""
    took = {"duration_ns": span.end_ns - span.start_ns}
    if style == "complete":
        return [(span.end_ns, {"msg": "done", **took})]
    if style == "pairs":
        return [
            (span.start_ns, {"msg": "begins", "event": "span_start"}),
            (span.end_ns, {"msg": "done", "event": "span_end", **took}),
        ]
    early = int(min(rng.expovariate(1 / (0.3 * MS)), 0.5 * (span.end_ns - span.start_ns)))
    times = [span.start_ns + early, *(rng.randint(span.start_ns, span.end_ns) for _ in range(rng.randint(0, 2)))]
    if rng.random() < 0.7:
        times.append(span.end_ns - min(int(rng.expovariate(1 / (0.3 * MS))), (span.end_ns - span.start_ns) // 2))
    return [(at, {"msg": f"step {number}"}) for number, at in enumerate(sorted(times))]


def _line(span: TrueSpan, at_ns: int, hide: bool, fields: dict[str, Any]) -> bytes:
    parent = {} if hide else {"parent_span_id": span.parent_span_id or ""}
    return orjson.dumps({
        "timestamp": at_ns, "level": "info", "service": span.service, "trace_id": span.trace_id, "span_id": span.span_id,
        "operation": span.operation, **parent, **fields,
    })  # fmt: skip


def write_logs(folder: Path, lines: dict[str, list[bytes]]) -> list[Path]:
    """One file a service in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for service, told in sorted(lines.items()):
        paths.append(folder / f"{service}.log")
        paths[-1].write_bytes(b"".join(line + b"\n" for line in told))
    return paths
