"""Whatever the splits and the machines: the spans are those of an ingest."""

from __future__ import annotations

import errno
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make_logs import tell_unevenly, write_logs

from logtrace.ingest.records import Decoder
from logtrace.ingest.settings import Settings
from logtrace.scale.rebuild import BUCKETS, Sample
from tests.cli.conftest import FIXTURES
from tests.jobs.stores import TRACES, line, story, write
from tests.scale.local import Made, counted, ingested

LOGS = sorted(FIXTURES.glob("*/logs"))


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory):
    """What an ingest makes of all stories."""
    return ingested(tmp_path_factory.mktemp("scale") / "s.db", LOGS)


@pytest.mark.parametrize(("size", "workers"), [(1 << 26, 1), (5_000, 3), (700, 2)])
def test_stories(stories, size: int, workers: int):
    spans, account = stories
    made = Made(LOGS, size, seed=size, workers=workers)
    assert counted(made.spans) == counted(spans)
    for name in ("lines_read", "lines_used", "lines_without_trace", "rejected_by_reason", "files_unreadable"):
        assert getattr(made.account, name) == getattr(account, name), name


@pytest.mark.slow
def test_logs_of_which_much_is_inferred(tmp_path: Path):
    write_logs(tmp_path / "logs", 15_000, 3, tell_unevenly)
    spans, _ = ingested(tmp_path / "s.db", [tmp_path / "logs"])
    made = Made([tmp_path / "logs"], 400_000, seed=1, workers=2)
    assert sum(span["parent_source"] == "prior" for span in spans)
    assert counted(made.spans) == counted(spans)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_trace_may_lie_in_all_files_in_any_order(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    folder = tmp_path_factory.mktemp("any")
    lines = data.draw(st.permutations(story()))
    files = data.draw(st.integers(1, 4))
    paths = [write(folder / f"{number}.log", lines[number::files]) for number in range(files)]
    whole = ingested(folder / "s.db", paths)[0]
    made = Made(paths, data.draw(st.integers(80, 2_000)), seed=data.draw(st.integers(0, 9)), workers=2)
    assert counted(made.spans) == counted(whole)


def test_rejected_lines_are_told_by_file_and_line(tmp_path: Path):
    path = write(tmp_path / "a.log", [*story()[:3], "no json", *story()[3:], '{"cut":', "more words"])
    made = Made([path], 200)
    assert [(where, number) for where, number, _ in made.rejected] == [(str(path), 4), (str(path), 14), (str(path), 15)]
    assert made.account.lines_rejected == 3


def test_a_secret_is_gone_before_anything_is_sent(tmp_path: Path):
    path = write(tmp_path / "a.log", [line(TRACES[0], "a" * 16, 0, "login", password="hunter22-secret", duration_ms=5)])
    made = Made([path], 1 << 20)
    assert b"hunter22" not in orjson.dumps(made.spans)
    assert sum(made.account.redacted_by_rule.values()) == 1


def test_settings_shape_what_is_read(tmp_path: Path):
    path = write(tmp_path / "a.log", ['{"request_id":"r-1","msg":"took","duration_ms":5,"time":"2024-01-10T14:30:00"}'])
    keyed = Settings(zone="Europe/Berlin", trace_key="request_id", default_service="edge")
    assert counted(Made([path], 1 << 20, keyed).spans) == counted(ingested(tmp_path / "s.db", [path], keyed)[0])


def test_a_giant_trace_is_capped_and_says_so(tmp_path: Path):
    many = [line(TRACES[0], f"{number:016x}", number, "done", duration_ms=1) for number in range(1, 41)]
    small = [line(TRACES[1], "b" * 16, 5, "done", duration_ms=1)]
    made = Made([write(tmp_path / "a.log", many + small)], 1 << 20, most_rows=25)
    giant = [span for span in made.spans if span["trace_id"] == TRACES[0]]
    assert len(giant) == 25
    assert all(span["trace_is_capped"] for span in giant)
    assert [span["trace_is_capped"] for span in made.spans if span["trace_id"] == TRACES[1]] == [False]
    assert max(span["start_time_unix_nano"] for span in giant) - min(span["start_time_unix_nano"] for span in giant) == 24_000_000


def test_a_sample_keeps_what_always_stays_and_the_same_others_everywhere(tmp_path: Path):
    quiet = [line(f"{number:032x}", "a" * 16, number, "done", duration_ms=1) for number in range(1 << 20, (1 << 20) + 200)]
    loud = [
        line(f"{number:032x}", "a" * 16, number, "done", duration_ms=1, error="boom") for number in range(1 << 21, (1 << 21) + 5)
    ]
    path = write(tmp_path / "a.log", quiet + loud)
    sample = Sample(0.2, ("error = true",))
    one, other = (Made([path], size, sample=sample, seed=size).spans for size in (1 << 20, 3_000))
    assert counted(one) == counted(other)
    assert sum(span["status_code"] == "error" for span in one) == 5
    assert 15 < len(one) - 5 < 70


def test_traces_lie_by_day_and_bucket(tmp_path: Path):
    made = Made([write(tmp_path / "a.log", story())], 1 << 20)
    assert {span["date"] for span in made.spans} == {"2024-01-10"}
    places = {
        span["trace_id"]: {other["bucket"] for other in made.spans if other["trace_id"] == span["trace_id"]}
        for span in made.spans
    }
    assert all(len(buckets) == 1 and 0 <= min(buckets) < BUCKETS for buckets in places.values())


def test_what_is_compressed_is_read_as_a_whole(tmp_path: Path):
    path = tmp_path / "a.log.gz"
    path.write_bytes(gzip.compress("".join(f"{text}\n" for text in story()).encode()))
    misnamed = tmp_path / "b.log"
    misnamed.write_bytes(path.read_bytes())
    for each in (path, misnamed):
        made = Made([each], 100)
        assert counted(made.spans) == counted(ingested(tmp_path / f"{each.name}.db", [each])[0])


def test_an_object_that_can_not_be_read_is_named_and_the_rest_goes_on(tmp_path: Path):
    good = write(tmp_path / "logs.log", story())
    (tmp_path / "cut.log.gz").write_bytes(gzip.compress(b"x" * 9_000)[:30])
    (tmp_path / "old.tar").write_bytes(b"")
    made = Made([tmp_path / "*.log*", tmp_path / "old.tar", tmp_path / "nothing.log"], 300)
    assert counted(made.spans) == counted(ingested(tmp_path / "s.db", [good])[0])
    told = dict(made.account.files_unreadable)
    assert told.keys() == {str(tmp_path / name) for name in ("cut.log.gz", "old.tar", "nothing.log")}
    assert "damaged" in told[str(tmp_path / "cut.log.gz")]
    assert "archive" in told[str(tmp_path / "old.tar")]


def test_a_mistake_in_reading_costs_its_line_and_is_noted_once_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    right = Decoder.pieces

    def pieces(self: Decoder, data: bytes) -> Iterator[Any]:
        if b"boom" in data:
            raise ValueError("what the log says")
        return right(self, data)

    monkeypatch.setattr(Decoder, "pieces", pieces)
    lines = [line(f"{number + 1:032x}", "a" * 16, number, "boom" if number in (3, 30) else "done") for number in range(40)]
    made = Made([write(tmp_path / "a.log", lines), write(tmp_path / "b.log", story())], 1_500, workers=2)
    assert (made.account.lines_read, made.account.rejected_by_reason) == (40 + len(story()), {"mistake": 2})
    assert [(number, reason) for _, number, reason in made.rejected] == [(4, "mistake"), (31, "mistake")]
    (note,) = made.account.notes
    assert note.startswith(f"{tmp_path}/a.log: logtrace made a mistake (ValueError in test_rebuild.py:")


def test_a_machine_that_has_no_more_files_to_give_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def pieces(*_: object) -> Iterator[Any]:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(Decoder, "pieces", pieces)
    made = Made([write(tmp_path / "a.log", story())], 1 << 20)
    assert made.account.files_unreadable == ((str(tmp_path / "a.log"), "too many open files"),)
