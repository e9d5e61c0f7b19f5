from __future__ import annotations

import gzip
import os

import pytest

from logtrace.ingest.files import sources
from logtrace.ingest.files.paths import expand
from logtrace.ingest.files.sources import Opened, Unreadable, inspect, open_stream


@pytest.fixture
def logs(tmp_path):
    for name in ("b.log", "a.jsonl", "old/c.log.1", "old/d.log.2.gz", "old/e-2024-01-10.log", "f.LOG", "notes.md", ".hidden.log"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x\n")
    return tmp_path


def names(found, root):
    return [os.path.relpath(path, root) for path in found]


def test_a_directory_stands_for_its_log_files(logs):
    found, missing = expand([str(logs)])
    assert names(found, logs) == ["a.jsonl", "b.log", "f.LOG", "old/c.log.1", "old/d.log.2.gz", "old/e-2024-01-10.log"]
    assert missing == []


def test_a_named_file_counts_whatever_its_name(logs):
    assert expand([str(logs / "notes.md")])[0] == [str(logs / "notes.md")]


def test_patterns_that_no_shell_expanded(logs):
    assert names(expand([str(logs / "*.log"), str(logs / "**" / "*.1")])[0], logs) == ["b.log", "old/c.log.1"]


def test_each_file_once_in_the_order_given(logs):
    assert names(expand([str(logs / "b.log"), str(logs)])[0], logs)[:2] == ["b.log", "a.jsonl"]
    assert expand([str(logs), str(logs)]) == expand([str(logs)])


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(tmp_path):
    path = tmp_path / "app[1].log"
    path.write_text("x")
    assert expand([str(path)])[0] == [str(path)]


def test_paths_that_name_nothing_say_why(tmp_path):
    found, missing = expand(["-", str(tmp_path), str(tmp_path / "x.log"), str(tmp_path / "*.log")])
    assert found == ["-"]
    assert [reason.split(" (")[0] for _, reason in missing] == [
        "the directory holds no log files", "no such file", "no file matches the pattern"
    ]  # fmt: skip


TEXT = '{"trace_id":"ü"}\r\n' * 200


def written(path, kind):
    if kind == "gzip":
        path.write_bytes(gzip.compress(TEXT.encode()))
    else:
        path.write_bytes(TEXT.encode("utf-16" if kind == "utf-16" else "utf-8"))
    return str(path)


@pytest.mark.parametrize("kind", ["file", "gzip", "utf-16"])
def test_the_bytes_of_a_file_come_as_utf_8(tmp_path, kind):
    path = written(tmp_path / "x.log", kind)
    (opened,) = inspect(path)
    assert isinstance(opened, Opened)
    assert (opened.kind, opened.head) == (kind, TEXT.encode()[: sources.FINGERPRINT_BYTES])
    with open_stream(path, kind) as stream:
        parts = iter(lambda: stream.read(7), b"")
        assert b"".join(parts) == TEXT.encode()


def test_a_rotated_and_a_gzipped_copy_have_one_fingerprint(tmp_path):
    heads = [next(inspect(written(tmp_path / kind, kind))).head for kind in ("file", "gzip", "utf-16")]
    assert len({sources.digest(head) for head in heads}) == 1


def test_files_that_cannot_be_read_say_why(tmp_path):
    (tmp_path / "bad.gz").write_bytes(gzip.compress(b"x" * 5000)[:20])
    (tmp_path / "fake.gz").write_bytes(b"\x1f\x8bnot gzip at all")
    os.mkfifo(tmp_path / "pipe")
    reasons = [next(inspect(str(tmp_path / name))) for name in ("bad.gz", "fake.gz", "pipe", "none.log", ".")]
    assert all(isinstance(reason, Unreadable) for reason in reasons)
    assert [r.reason.split(":")[0] for r in reasons] == [
        "damaged", "damaged", "not a regular file", "no such file or directory", "a directory"
    ]  # fmt: skip
