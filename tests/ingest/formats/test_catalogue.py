"""The formats of fixtures/formats: each line gives the records, and each file the spans, that expected.json says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from logtrace.ids import NO_SPAN, span_id_text
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.records import Decoder
from logtrace.model import ErrorLevel, Flag, Rank, Record, Role

STORY = Path(__file__).parents[3] / "fixtures" / "formats"
FILES: dict[str, Any] = json.loads((STORY / "expected.json").read_text(encoding="utf-8"))["files"]
ENVELOPES_TO_COME: set[str] = set()
LEVELS = (None, "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
MERGED = [name for name, told in FILES.items() if "spans" in told]


def files(names: list[str] | set[str] | dict[str, Any]) -> list[Any]:
    """The files as parameters; those to come are expected to fail."""
    marks = {name: [pytest.mark.xfail(strict=True, reason="its envelope is to come")] for name in ENVELOPES_TO_COME}
    return [pytest.param(name, marks=marks.get(name, [])) for name in names]


def records_of(path: Path) -> tuple[Decoder, list[tuple[int, Record]]]:
    """(number of its line, record) of a file, in order."""
    decoder = Decoder()
    decoder.source(service_of(str(path)))
    found = decoder.lines(path.read_bytes())
    return decoder, [(index + 1, record) for index, record, _ in found if isinstance(record, Record)]


def told(record: Record, decoder: Decoder) -> dict[str, Any]:
    """What a record says, in the words of expected.json."""

    def span_text(key: int) -> str:
        return decoder.ids.opaque.get(key) or span_id_text(key)

    own = record.span != NO_SPAN and not record.flags & Flag.SPAN_FROM_LINE
    end_ns, start_ns = record.end_ns, record.start_ns
    if record.role in (Role.END, Role.COMPLETE) and end_ns is None:
        end_ns = start_ns + record.duration_ns if start_ns is not None and record.duration_ns is not None else record.time_ns
    if record.role == Role.START:
        start_ns = record.time_ns if start_ns is None else start_ns
    elif start_ns is None and end_ns is not None and record.duration_ns is not None:
        start_ns = end_ns - record.duration_ns
    duration_ns = record.duration_ns
    if duration_ns is None and start_ns is not None and end_ns is not None:
        duration_ns = end_ns - start_ns
    return {
        "trace_id": None if record.trace is None else str(record.trace),
        "span_id": span_text(record.span) if own else None,
        "parent": "unknown" if record.parent is None else "explicit" if record.parent else "root",
        "parent_span_id": span_text(record.parent) if record.parent else None,
        "service": record.service if record.service_rank < Rank.WEAK else None,
        "operation": record.name if record.name_rank < Rank.WEAK else None,
        "kind": record.kind.upper() or None,
        "level": LEVELS[(record.severity + 3) // 4],
        "event_time_ns": record.time_ns,
        "start_ns": start_ns,
        "end_ns": end_ns,
        "duration_ns": duration_ns,
        "status": status(record.error, record.flags),
    }


def status(error: int, flags: int) -> str | None:
    if error == ErrorLevel.HARD:
        return "error"
    return "ok" if flags & Flag.STATUS_OK else "unset" if flags & Flag.STATUS_UNSET else None


def agrees(found: dict[str, Any], expected: dict[str, Any]) -> None:
    tolerance_ns = expected.get("tolerance_ns") or 0
    for key, value in found.items():
        if key in expected:
            near = key.endswith("_ns") and value is not None and expected[key] is not None
            assert value == expected[key] or (near and abs(value - expected[key]) <= tolerance_ns), (key, value, expected)


def test_all_files_are_there():
    assert {path.name for path in (STORY / "files").iterdir()} == set(FILES)
    assert len(FILES) == 52


@pytest.mark.parametrize("name", files(FILES))
def test_records(name: str):
    decoder, found = records_of(STORY / "files" / name)
    expected = [record for record in FILES[name]["records"] if record["role"] != "none"]
    traced = [(line, record) for line, record in found if record.trace is not None or _untraced_log(name, line)]
    assert [line for line, _ in traced] == [record["line"] for record in expected]
    for (_, record), wanted in zip(traced, expected, strict=True):
        agrees(told(record, decoder), wanted)


def _untraced_log(name: str, line: int) -> bool:
    return any(record["line"] == line and record["role"] == "log" and not record["trace_id"] for record in FILES[name]["records"])


@pytest.mark.parametrize("name", files(MERGED))
def test_spans_through_the_store(name: str, logtrace: Callable[..., Any], tmp_path: Path):
    store = tmp_path / "store.db"
    logtrace("ingest", STORY / "files" / name, "--store", store)
    agrees_with_store(store, FILES[name]["spans"], service_of(name))


def agrees_with_store(store: Path, expected: list[dict[str, Any]], file_service: str) -> None:
    with closing(sqlite3.connect(store)) as db:
        db.row_factory = sqlite3.Row
        traces = {span["trace_id"] for span in expected}
        rows = {(row["trace_id"], row["span_id"]): row for row in db.execute("SELECT * FROM spans") if row["trace_id"] in traces}
    assert len(rows) == len(expected)
    for span in expected:
        row = rows[span["trace_id"], span["span_id"]] if span["span_id"] else next(iter(rows.values()))
        observed = row["parent_source"] in ("explicit", "root")
        found = {
            "parent": row["parent_source"] if observed else "unknown",
            "parent_span_id": row["parent_span_id"] if observed else None,
            "service": row["service"] if row["service"] != file_service or span["service"] == file_service else None,
            "name": None if row["operation_inferred"] else row["operation"],
            "kind": row["kind"].upper() or None,
        }
        assert row["status"] == (span["status"] or "unset")
        assert found == {key: span[key] for key in found}
        if span["start_ns"] is not None:
            assert abs(row["start_ns"] - span["start_ns"]) <= 1000, (row["start_ns"], span)
            assert abs(row["duration_ns"] - span["duration_ns"]) <= 1000, (row["duration_ns"], span)
            assert not row["duration_is_lower_bound"]


# all of them together

STORY_TRACE, STORY_LOW = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", 0x9F0D7A3B5C6E1F20
TOGETHER = [name for name in FILES if name not in ENVELOPES_TO_COME]


def own_trace(number: int) -> str:
    """A trace id for one file: that of the story with its last eight digits changed."""
    return f"{STORY_TRACE[:24]}{number + 0x10000000:08x}"


def with_own_trace(data: bytes, number: int) -> bytes:
    """A file with the story's trace id, in any of its spellings, replaced."""
    text, own = data.decode(), own_trace(number)
    for spelled in (STORY_TRACE, STORY_TRACE[8:]):
        text = text.replace(spelled, own[-len(spelled) :]).replace(spelled.upper(), own[-len(spelled) :].upper())
    for between in (",", ", "):  # journald's list of bytes
        text = text.replace(between.join(map(str, STORY_TRACE.encode())), between.join(map(str, own.encode())))
    dashed = f"{STORY_TRACE[:8]}-{STORY_TRACE[8:12]}-{STORY_TRACE[12:16]}-{STORY_TRACE[16:20]}-{STORY_TRACE[20:]}"
    return text.replace(dashed, own).replace(str(STORY_LOW), str(int(own[16:], 16))).encode()


def test_one_file_of_all_gives_the_same_records():
    together, expected = b"", []
    for name in TOGETHER:
        data = (STORY / "files" / name).read_bytes().rstrip(b"\n") + b"\n\n"
        before = together.count(b"\n")
        expected += [(index + before, result) for index, result, _ in Decoder().lines(data)]
        together += data
    decoder = Decoder()
    assert [(index, result) for index, result, _ in decoder.lines(together)] == expected
    assert [(index, result) for index, result, _ in decoder.lines(together)] == expected, "also once all shapes are known"


@pytest.mark.parametrize("as_one_file", [False, True])
def test_all_together_give_the_same_spans(as_one_file: bool, logtrace: Callable[..., Any], tmp_path: Path):
    folder = tmp_path / "logs"
    folder.mkdir()
    names = [name for name in TOGETHER if "spans" in FILES[name]]
    copies = [with_own_trace((STORY / "files" / name).read_bytes(), number) for number, name in enumerate(names)]
    if as_one_file:
        (folder / "all.log").write_bytes(b"\n".join(copies))
    else:
        for name, copy in zip(names, copies, strict=True):
            (folder / name).write_bytes(copy)
    logtrace("ingest", folder, "--store", tmp_path / "store.db")
    for number, name in enumerate(names):
        own = own_trace(number)[16:]
        spans = [{**span, "trace_id": span["trace_id"].replace(STORY_TRACE[16:], own)} for span in FILES[name]["spans"]]
        agrees_with_store(tmp_path / "store.db", spans, "all" if as_one_file else service_of(name))
