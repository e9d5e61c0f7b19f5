"""Wrappers around lines of many dialects: the same spans as without."""

from __future__ import annotations

from pathlib import Path
from string import Template

import orjson
import pytest

from logtrace.ingest.records import Settings
from logtrace.jobs.lines.oneshot import read_traces
from logtrace.model import Trace

TRACE, PARENT, CHILD = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", "00f067aa0ba902b7", "b7ad6b7169203331"
ISO = ("2025-03-14T09:26:53.301250Z", "2025-03-14T09:26:53.350250Z")
MS, NS = (180.75, 250.25), (180_750_000, 250_250_000)


def both(template: str, times: tuple[object, ...], durations: tuple[object, ...]) -> list[str]:
    """The lines of a child span and of its parent. $t, $d, $s, $i, $p, $o: time, duration, service, id, parent, operation."""
    told = (("payments", CHILD, PARENT, "charge-card"), ("checkout", PARENT, "", "POST /checkout"))
    return [
        Template(template).substitute(t=time, d=duration, s=service, i=span, p=parent, o=operation, trace=TRACE)
        for (service, span, parent, operation), time, duration in zip(told, times, durations, strict=True)
    ]


_IDS = '"trace_id":"$trace","span_id":"$i","parent_span_id":"$p","service":"$s","operation":"$o"'
FORMATS = {
    "slog": both(f'{{"time":"$t","level":"INFO","msg":"x",{_IDS},"duration":$d}}', ISO, NS),
    "zap": both(
        f'{{"level":"info","ts":$t,"caller":"app/main.go:7","msg":"x",{_IDS},"duration":$d}}',
        (1741944413.30125, 1741944413.35025),
        (0.18075, 0.25025),
    ),
    "zerolog": both(f'{{"level":"info",{_IDS},"dur":$d,"time":"$t","message":"x"}}', ISO, MS),
    "logrus": both(
        '{"duration":"$d","level":"info","msg":"x","operation":"$o","parentSpanID":"$p","service":"$s","spanID":"$i","time":"$t",'
        '"traceID":"$trace"}',
        ISO,
        ("180.75ms", "250.25ms"),
    ),
    "pino": both(
        f'{{"level":30,"time":$t,"pid":7,"hostname":"h",{_IDS},"duration_ms":$d,"msg":"x"}}', (1741944413301, 1741944413350), MS
    ),
    "structlog": both(f'{{{_IDS},"duration_ms":$d,"event":"x","level":"info","timestamp":"$t"}}', ISO, MS),
    "winston": both(f'{{"durationMs":$d,"level":"info","message":"x",{_IDS},"timestamp":"$t"}}', ISO, MS),
    "logstash": both(
        '{"@timestamp":"$t","@version":"1","message":"x","level":"INFO","traceId":"$trace","spanId":"$i","parentId":"$p",'
        '"service":"$s","operation":"$o","duration_ms":$d}',
        ISO,
        MS,
    ),
    "a dialect nobody knows": both(
        '{"eventTime":"$t","Severity":"info","TraceId":"$trace","SpanId":"$i","ParentSpanId":"$p","app":"$s","op":"$o","elapsed_ms":$d}',
        ISO,
        MS,
    ),
    "text with ids": both("$t [INFO] [$s] $o done trace_id=$trace span_id=$i took ${d}ms", ISO, MS),
}
LATER = "2025-03-14T09:26:53.401550123Z"


def in_docker(line: str) -> str:
    return orjson.dumps({"log": line + "\n", "stream": "stdout", "time": LATER}).decode()


def in_parts_of_cri(line: str) -> str:
    return f"{LATER} stdout P {line[:30]}\n{LATER} stdout F {line[30:]}"


def in_journald(line: str) -> str:
    told = {"PRIORITY": "6", "SYSLOG_IDENTIFIER": "app", "_SYSTEMD_UNIT": "app.service", "_HOSTNAME": "web-1"}
    return orjson.dumps({"__REALTIME_TIMESTAMP": "1741944413401550", **told, "MESSAGE": line}).decode()


WRAPPERS = {
    "docker": in_docker,
    "CRI": lambda line: f"{LATER} stdout F {line}",
    "parts of CRI": in_parts_of_cri,
    "compose": lambda line: f"app-1  | {line}",
    "compose with times and colours": lambda line: f"\x1b[36mapp-1  | \x1b[0m{LATER} {line}",
    "journald": in_journald,
    "RFC 5424": lambda line: f"<14>1 {LATER} web-1 app 123 - - {line}",
    "RFC 3164 with a cookie": lambda line: f"<14>Mar 14 09:26:53 web-1 app[123]: {'@cee: ' if line[0] == '{' else ''}{line}",
    "kubectl": lambda line: f"[pod/app-1/app] {line}",
    "docker in journald in syslog": lambda line: f"<14>1 {LATER} web-1 app 123 - - {in_journald(in_docker(line))}",
}


def read(folder: Path, name: str, lines: list[str]) -> list[Trace]:
    path = folder / name / "app.log"
    path.parent.mkdir()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_traces([str(path)], Settings())


def spans(traces: list[Trace]) -> list[tuple[object, ...]]:
    """All that lines say of spans, without what a wrapper adds to their attributes."""
    return [
        (trace.trace_id, s.span_id, s.parent_span_id, s.parent, s.service, s.name, s.kind, s.start_ns, s.duration_ns, s.error,
         s.severity, s.flags, len(s.lines))
        for trace in traces for s in trace.spans
    ]  # fmt: skip


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("dialect", FORMATS)
def test_the_same_spans_in_a_wrapper(tmp_path, dialect, wrapper):
    bare = read(tmp_path, "bare", FORMATS[dialect])
    wrapped = read(tmp_path, "wrapped", [WRAPPERS[wrapper](line) for line in FORMATS[dialect]])
    assert len(spans(bare)) == 2
    assert {span.duration_ns for trace in bare for span in trace.spans} == set(NS)
    assert spans(wrapped) == spans(bare)
