"""Lines as logging libraries, proxies and SDKs write them (those of the story in fixtures/formats have their own test): what
each says of its span, in fixtures/formats/libraries.jsonl (parent: 0 says that there is none, null that nobody knows)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from logtrace.ids import NO_SPAN, span_id_text
from logtrace.ingest.records import Decoder
from logtrace.model import ErrorLevel, Flag, Rank, Record, Role

FILE = Path(__file__).parents[3] / "fixtures" / "formats" / "libraries.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def read(line: str) -> list[Record]:
    found = [record for _, record, _ in Decoder().lines(line.encode())]
    assert all(isinstance(record, Record) for record in found), found
    return found  # type: ignore[return-value]


def facts(record: Record) -> dict[str, Any]:
    end = record.end_ns if record.end_ns is not None else record.time_ns
    if record.start_ns is not None and record.duration_ns is not None and record.end_ns is None:
        end = record.start_ns + record.duration_ns
    start = record.start_ns
    if start is None and end is not None and record.duration_ns is not None:
        start = end - record.duration_ns
    spanless = record.span == NO_SPAN or record.flags & Flag.SPAN_FROM_LINE
    return {
        "trace": None if record.trace is None else str(record.trace),
        "span": None if spanless else span_id_text(record.span),
        "parent": record.parent if not record.parent else span_id_text(record.parent),
        "service": record.service if record.service_rank < Rank.WEAK else None,
        "name": record.name if record.name_rank < Rank.WEAK else None,
        "kind": record.kind,
        "role": Role(record.role).name,
        "start": start,
        "end": end,
        "duration": record.duration_ns,
        "severity": record.severity,
        "status": _status(record),
        "error_type": record.error_type,
        "error_message": record.error_message,
        "body": record.body,
        "logger": record.name if record.name_rank == Rank.WEAK else None,
    }


def _status(record: Record) -> str | None:
    if record.error == ErrorLevel.HARD:
        return "error"
    return "ok" if record.flags & Flag.STATUS_OK else "unset" if record.flags & Flag.STATUS_UNSET else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_line_says_what_it_says(case: dict[str, Any]):
    (record,) = read(case["line"])
    found, expected = facts(record), case["says"]
    near = {key: value for key, value in expected.items() if isinstance(value, int) and key in ("start", "end") and value}
    assert all(found[key] is not None and abs(found[key] - value) <= 1000 for key, value in near.items()), (found, near)
    assert {key: found[key] for key in expected if key not in near} == {k: v for k, v in expected.items() if k not in near}


@pytest.mark.parametrize("key", ["req", "req.trace_id"])
def test_many_lines_with_ids_in_a_group_are_read_as_one_is(key: str):
    line = {"time": "2025-03-14T09:26:53.30125Z", "level": "INFO", "msg": "charged", "service": "a", "operation": "b"}
    ids = [f"{n + 1:032x}" for n in range(400)]
    own = [{key: {"n": 1, "trace_id": text} if key == "req" else text} for text in ids]
    told = [own[n] if n % 2 else {"trace_id": text} for n, text in enumerate(ids)]  # others have it at the top
    spans = [{**line, **each, "span_id": f"{n + 1:016x}"} for n, each in enumerate(told)]
    lines = "\n".join(map(json.dumps, spans)).encode()
    decoder = Decoder()
    for _ in range(2):  # what was learned from the first lines is used for the next
        found = [record for _, record, _ in decoder.lines(lines)]
        assert [str(record.trace) for record in found if isinstance(record, Record)] == ids
