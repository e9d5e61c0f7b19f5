"""Wrappers in wrappers, in any order up to five: the record is the one of the line alone."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from pathlib import Path
from random import Random

import pytest

from logtrace.ingest.records import Decoder
from logtrace.model import Flag, Rank, Record

CASES = Path(__file__).parents[3] / "fixtures" / "formats" / "libraries.jsonl"
LINES = [json.loads(line)["line"] for line in CASES.read_text(encoding="utf-8").splitlines()]
TRACE = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"
LATER = "2025-03-14T09:26:54.401550123Z"


def dumped(**record: object) -> str:
    return json.dumps(record, separators=(",", ":"))


def packed(text: str) -> str:
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()


WRAPPERS = {
    "docker": lambda s: dumped(log=s + "\n", stream="stdout", time=LATER),
    "cri": lambda s: f"{LATER} stdout F {s}",
    "compose": lambda s: f"app-1  | {s}",
    "compose with times": lambda s: f"app-1  | {LATER} {s}",
    "journald": lambda s: dumped(__REALTIME_TIMESTAMP="1741944413401550", SYSLOG_IDENTIFIER="app", MESSAGE=s),
    "journald's bytes": lambda s: dumped(__REALTIME_TIMESTAMP="1741944413401550", MESSAGE=list(s.encode())),
    "syslog 5424": lambda s: f'<14>1 {LATER} web-1 app 123 ID1 [a@1 b="c"] \ufeff{s}',
    "syslog 3164": lambda s: f"<14>Mar 14 09:26:53 web-1 app[123]: {s}",
    "kubectl": lambda s: f"[pod/app-1/app] {s}",
    "kubectl with times": lambda s: f"[pod/app-1/app] {LATER} {s}",
    "stern": lambda s: f"app-6d4c-abc app {s}",
    "stern's json": lambda s: dumped(message=s, nodeName="n", namespace="x", podName="app-1", containerName="app"),
    "fluent bit": lambda s: dumped(date=1741944413.5, stream="stdout", _p="F", log=s),
    "fluentd's file": lambda s: "2025-03-14T09:26:53+00:00\tkube.app\t" + dumped(log=s),
    "fluentd's stdout": lambda s: "2025-03-14 09:26:53.350250000 +0000 kube.app: " + dumped(message=s),
    "filebeat": lambda s: dumped(**{"@timestamp": LATER, "@metadata": {"beat": "filebeat"}, "message": s}),
    "vector": lambda s: dumped(file="/var/log/x", message=s, source_type="file", timestamp=LATER),
    "loki line": lambda s: dumped(labels={"app": "app"}, line=s, timestamp=LATER),
    "loki text": lambda s: f'2025-03-14T09:26:53Z {{app="app", x="y"}} {s}',
    "loki query": lambda s: dumped(status="success", data={"result": [{"stream": {}, "values": [["1741944413401550123", s]]}]}),
    "elasticsearch": lambda s: dumped(_index="x", _id="1", _source={"message": s}),
    "cloudwatch": lambda s: dumped(events=[{"timestamp": 1741944413301, "message": s, "ingestionTime": 1, "eventId": "1"}]),
    "gcp": lambda s: dumped(insertId="a", logName="projects/p/logs/x", timestamp=LATER, textPayload=s),
    "splunk": lambda s: dumped(time=1741944413.301, host="h", sourcetype="_json", event=s),
    "heroku": lambda s: f"2025-03-14T09:26:53.301550+00:00 app[web.1]: {s}",
    "pm2": lambda s: f"0|app  | {s}",
    "foreman": lambda s: f"09:26:53 web.1   | {s}",
    "swarm": lambda s: f"svc.1.abc@node    | {s}",
    "stern of all": lambda s: f"shop app-6d4c-abc app {s}",
    "aws logs tail": lambda s: f"2025-03-14T09:26:54.401550+00:00 ecs/app/{'0123456789abcdef' * 2} {s}",
    "collector": lambda s: dumped(resourceLogs=[{"scopeLogs": [{"logRecords": [{
        "observedTimeUnixNano": "1741944413401550123", "body": {"stringValue": s},
        "attributes": [{"key": "log.file.name", "value": {"stringValue": "app.log"}}],
    }]}]}]),
    "journalctl -o short-precise": lambda s: f"Mar 14 09:26:54.401550 web-1 app[123]: {s}",
    "journalctl -o short-unix": lambda s: f"1741944414.401550 web-1 app[123]: {s}",
    "byte order mark": lambda s: f"\ufeff{s}",
    "syslog over TCP": lambda s: f"{len(s) + 60} <14>1 {LATER} web-1 app 123 - - {s}",
    "record separator": lambda s: "\x1e" + dumped(__REALTIME_TIMESTAMP="1741944413401550", MESSAGE=s),
    "elasticsearch's answer": lambda s: dumped(took=1, hits={"hits": [{"_index": "i", "_id": "1", "_source": {"message": s}}]}),
    "a drain of heroku": lambda s: f"<158>1 {LATER} host app web.1 - {s}",
    "cloudwatch's subscription": lambda s: dumped(awslogs={"data": packed(dumped(
        messageType="DATA_MESSAGE", logGroup="/x", logEvents=[{"id": "1", "timestamp": 1741944413301, "message": s}],
    ))}),
    "colours": lambda s: f"\x1b[32m{s}\x1b[0m",
}  # fmt: skip


def said(line: str) -> tuple[object, ...]:
    """What the record of a line says, but for what wrappers may add: a time (beside which what Lambda reports is no whole span),
    a service, a level."""
    (record,) = [record for _, record, _ in Decoder().lines(f"{line}\n".encode())]
    assert isinstance(record, Record), line
    own = record.service if record.service_rank < Rank.DERIVED else None
    span = 0 if record.flags & Flag.SPAN_FROM_LINE else record.span
    role = None if record.body == "REPORT" else record.role
    return (
        record.trace, span, record.parent, role, record.start_ns, record.end_ns, record.duration_ns, own, record.name,
        record.kind, record.error, record.error_type, record.error_message, record.body, record.flags,
    )  # fmt: skip


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_any_order(depth: int):
    dice = Random(depth)
    for line in LINES:
        chain = dice.choices(list(WRAPPERS), k=depth)
        wrapped = line
        for name in chain:
            wrapped = WRAPPERS[name](wrapped)
        assert said(wrapped) == said(line), (chain, wrapped)


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_mark_inside_of_many_lines_is_none_of_their_text(name: str):
    line = WRAPPERS[name](f"\ufeff{LINES[0]}")
    found = [record for _, record, _ in Decoder().lines("\n".join([line] * 100).encode())]
    assert len(found) == 100
    assert {(str(record.trace), record.duration_ns) for record in found if isinstance(record, Record)} == {
        (TRACE, 180_750_000),
    }
