from __future__ import annotations

from pathlib import Path

from logtrace import api
from logtrace.jobs.intake.samples import lines_of_each
from tests.jobs.stores import story, write


def explained(tmp_path: Path, lines: list[str]) -> str:
    return "\n".join(api.ingest([str(write(tmp_path / "app.log", lines))], tmp_path / "s.db").explanation)


def test_keys_and_candidates_are_told(tmp_path: Path) -> None:
    lines = [f'{{"ts":"2024-01-10T14:30:00Z","msg":"hello","fields":{{"request_id":"r-{n}"}},"user_id":7}}' for n in range(30)]
    text = explained(tmp_path, lines)
    assert "looked at 30 lines, 30 of them JSON objects" in text
    assert "ts (30), msg (30), request_id (30), user_id (30)" in text
    assert "missing: a trace id under one of trace_id, traceId" in text
    assert "request_id (30 lines, 30 values such as r-0)" in text
    assert "user_id (30 lines" not in text


def test_empty_trace_ids_are_told_apart_from_missing_ones(tmp_path: Path) -> None:
    text = explained(tmp_path, ['{"msg":"a","traceId":""}', '{"msg":"b","traceId":"00000000000000000000000000000000"}'])
    assert "traceId: there, but never with an id" in text
    assert "missing" not in text


def test_of_many_files_fewer_lines_are_looked_at() -> None:
    assert [lines_of_each(files) for files in (0, 1, 2, 20, 1_000)] == [2_000, 2_000, 2_000, 200, 100]


def test_text_lines_are_told_with_an_example(tmp_path: Path) -> None:
    text = explained(tmp_path, ["GET / 200", "GET /health 200"])
    assert "0 of them JSON objects" in text
    assert "2 lines of text without `trace_id=…`, the first: GET / 200" in text


def test_a_flood_is_looked_at_only_in_part(tmp_path: Path) -> None:
    text = explained(tmp_path, ["{}"] * 60_000)
    assert "looked at 10,000 lines, 10,000 of them JSON objects" in text
    assert "they have no keys" in text


def test_nothing_is_explained_where_a_line_is_of_use(tmp_path: Path) -> None:
    assert explained(tmp_path, [*story(), "GET / 200"]) == ""
    assert explained(tmp_path, [*story(), "GET / 200", '{"msg":"one more"}']) == ""
