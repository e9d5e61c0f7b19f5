"""The time that `docker logs`, `docker compose logs` and `kubectl logs` put before each line with `--timestamps`, and PM2 with
`--time`, without a zone and with a colon behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from string import digits

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled
from logtrace.ingest.envelopes._heads import timed
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_HEAD = lazy_pattern(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d|(?=: )))(:)?"
    r"(?:(?<=\d{7}Z)$| (?=$|\[?\{|(?:\[[\w.-]{1,50}\] )?\[?\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d"
    r"|[DIWEFA], \[\d{4}-|\[\d\d:\d\d:\d\d[ .,\]]|(?:silly|debug|verbose|http|info|warn|error): [^\n]*\{\"[^\n]*\}$"
    r"|\d[\d.e+]*\t|(?:time|timestamp|ts?|level|lvl)=|[IWEF](?:\d{4})?\d{4} \d\d:\d\d:"
    r"|(?:TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[\d|(?:TRCE|DBUG|INFO|WARN|EROR|CRIT) ?\[\d\d-\d\d\|"
    r"|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) \d{4}-\d\d-\d\d[T ]\d\d:|\d\d:\d\d:\d\d[.,]\d{3} "
    r"|(?:\d{1,9} )?<\d{1,3}>|[a-z0-9][a-z0-9.-]* [a-z0-9-]+ (?:[a-z0-9-]+ )?(?:\{|\[pod/|<\d|\d{4}-\d\d-\d\d[T ])|\[pod/"
    r"|(?:[a-z0-9-]{1,63} )?([a-z0-9][a-z0-9-]{0,62})-[a-z0-9.-]{1,250} \3 |\ufeff|\x1e|data: \{"
    r"|(?:[\w.-]{2,250}:\d{1,5} )?[\w.:-]{2,60} - \S{1,80} \[\d\d/[A-Z][a-z]{2}/\d{4}:|[\da-fA-F.:]{2,45}:\d+ \[\d\d/[A-Z]"
    r"|(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT|[\w.:-]{1,255} - \[\d{4}-\d\d-\d\dT|\[RTR/\d"  # access logs
    r"|\[\d+\] [\w.*/-]+: \[|[\w.*/-]+: \[\d+\.\d+, \{|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d[ .]"  # Fluent Bit, syslog
    r"|\d{10}\.\d{6} [\w.:-]+ "  # journalctl
    r"|\d{1,2}:\d\d[AP]M (?:TRC|DBG|INF|WRN|ERR|FTL|PNC) "  # zerolog
    r"|\[[^\[\]\n]{1,40}\] \d{1,9} +- \d\d/\d\d/\d{4}, "  # NestJS
    r"|\t| {2,}(?!(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b)\S|[\]})][,;]?$"  # what goes on with the line before
    r"|(?:Activity|LogRecord)\.[A-Z]|StatusCode: |Instrumentation scope |Resource associated with "  # blocks of SDKs
    r"|(?:service|telemetry)(?:\.[a-z]+)+: |(?:Spans|Logs|Resource|Events:|Links:|Attributes:)\s*$"
    r"|(?:ScopeSpans|ScopeLogs|Resource) SchemaURL:|Resource attributes:"
    r"|(?:Span|Log|LogRecord|ResourceSpans|ResourceLogs?|ScopeSpans|ScopeLogs|SpanEvent|SpanLink) #\d|InstrumentationScope"
    r"|(?:ObservedTimestamp|Timestamp|SeverityText|SeverityNumber|EventName|Body|Trace ID|Span ID|Flags): "
    r"|[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d|INFO: '[^'\n]{1,200}' : [\da-f]{32} "
    r"|REPORT RequestId: |XRAY TraceId: "
    r"|[\w.@-]{1,128} +\| |\d\d:\d\d:\d\d [\w-]+\.\d+ +\| |\d+\|[\w.-]+ +\| ))",
    re.ASCII,
)


def peel(text: str, zone: tzinfo) -> Peeled | None:
    """The layer where a JSON object, another time or wrapper follows; before anything else the time is the record's own."""
    head = _HEAD.match(text) if text[10:11] == "T" else None
    time_ns = instant_ns(head[1], zone) if head else None
    return Peeled(text[head.end() :], time_ns, zoneless=bool(head[2])) if head and time_ns is not None else None


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of lines with JSON objects; what else is in braces may be labels of another wrapper."""
    parts = [(at, line.partition(b" ")) for at, line in enumerate(lines) if line[10:11] == b"T"]
    taken = [(at, time, inner) for at, (time, _, inner) in parts if inner[:2] == b'{"' and len(time) > 10 and time[-1:] != b":"]
    places, times, inners = zip(*taken, strict=True) if taken else ((), (), ())
    return timed(Layer(places, inners, [_KNOWN] * len(places)), times)


_KNOWN = Peeled("")

ENVELOPE = Envelope(
    name="timestamps",
    example='2025-11-10T19:36:18.123456789Z {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins=digits,
    peel_lines=peel_lines,
)
