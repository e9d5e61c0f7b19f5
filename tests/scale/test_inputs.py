"""Objects are cut where nothing goes on, and each byte is in one split."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow.lib import ArrowException, ArrowInvalid

from logtrace.errors import InputError
from logtrace.scale import inputs
from logtrace.scale.inputs import blocks, splits
from tests.jobs.stores import write

STACK = ["2024-01-10 ERROR boom", "\tat com.example.A.run(A.java:1)", "\tat com.example.B.run(B.java:2)", "2024-01-10 INFO fine"]


def texts(path: Path, size: int) -> list[bytes]:
    found, _ = splits([str(path)], size)
    return [b"".join(block.data or b"" for block in blocks(split)) for split in found]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(lengths=st.lists(st.integers(0, 40), max_size=40), size=st.integers(1, 200), ended=st.booleans())
def test_each_byte_is_in_one_split(tmp_path: Path, lengths: list[int], size: int, ended: bool):
    data = b"\n".join(b"x" * length for length in lengths) + (b"\n" if ended else b"")
    (tmp_path / "a.log").write_bytes(data)
    found = texts(tmp_path / "a.log", size)
    assert b"".join(found) == data
    assert all(text.endswith(b"\n") for text in found[:-1] if text and not data.endswith(text))


@pytest.mark.parametrize("size", range(1, 120, 7))
def test_a_stack_trace_is_not_cut(tmp_path: Path, size: int):
    found = [text.decode() for text in texts(write(tmp_path / "a.log", STACK * 3), size) if text]
    assert all(not text.startswith("\t") for text in found)


@pytest.mark.parametrize("size", [10, 50, 90])
def test_a_document_over_several_lines_is_not_cut(tmp_path: Path, size: int):
    document = orjson.dumps({"trace_id": "a" * 32, "more": {"deep": [1, 2, 3]}}, option=orjson.OPT_INDENT_2)
    (tmp_path / "a.log").write_bytes(b"\n".join([document] * 3) + b"\n")
    assert all(text.startswith(b"{") for text in texts(tmp_path / "a.log", size) if text)


def test_uris_are_read_like_paths(tmp_path: Path):
    path = write(tmp_path / "deep" / "a.log" if (tmp_path / "deep").mkdir() is None else tmp_path, ["one", "two"])
    write(tmp_path / "deep" / "notes.md", ["no log"])
    found, missing = splits([f"file://{tmp_path}"])
    assert [split.path for split in found] == [f"file://{path}"]
    assert not missing
    assert b"".join(block.data or b"" for block in blocks(found[0])) == b"one\ntwo\n"


@pytest.mark.parametrize("name", ["a b.log", "a%20b.log", "a#b.log", "a?b.log", "ü.log"])
def test_any_name_below_a_uri(tmp_path: Path, name: str):
    write(tmp_path / name, ["one"])
    found, missing = splits([f"file://{tmp_path}"])
    assert not missing
    assert b"".join(block.data or b"" for split in found for block in blocks(split)) == b"one\n"


def test_a_file_system_that_is_not_there_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(InputError, match="hdfs://127") as raised:
        splits(["hdfs://127.0.0.1:1/logs"])
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 500


@pytest.mark.parametrize(
    "error", [ArrowException("no token\nsee there"), ArrowInvalid("no token\nsee there"), OSError("no token\nsee there")]
)
def test_whatever_arrow_raises_is_told_in_a_line(error: Exception):
    with pytest.raises(OSError, match=r"^no token$"), inputs.reaching():
        raise error


def test_a_uri_keeps_what_is_asked_of_its_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path / "a.log", ["one"])
    asked = []
    real = inputs.file_system

    def file_system(path: str):
        asked.append(path)
        return real(path.partition("?")[0])

    monkeypatch.setattr(inputs, "file_system", file_system)
    found, _ = splits([f"file://{tmp_path}/?region=eu"])
    assert [split.path for split in found] == [f"file://{tmp_path}/a.log?region=eu"]
    assert all(path.endswith("?region=eu") for path in asked)


@pytest.mark.parametrize("given_", ["nowhere", "file:///nowhere/at/all", "nosuch://x/y"])
def test_nothing_to_read_is_an_error_that_says_why(given_: str):
    with pytest.raises(InputError, match=given_.split(":", maxsplit=1)[0]):
        splits([given_])


def test_splits_are_numbered_in_order(tmp_path: Path):
    for name in "ba":
        write(tmp_path / f"{name}.log", ["x" * 50] * 10)
    found, _ = splits([str(tmp_path)], 200)
    assert [split.number for split in found] == list(range(len(found)))
    assert [os.path.basename(split.path) for split in found] == ["a.log"] * 3 + ["b.log"] * 3


NO_S3 = "java.lang.RuntimeException: java.lang.ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found"


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        (f"An error occurred while calling o1.parquet.\n: {NO_S3}\n\tat org.apache.hadoop.conf.Configuration.getClass", NO_S3),
        ("Job aborted\n  File 'x.py', line 1\nOSError: No space left on device\n\n\tat java", "OSError: No space left on device"),
        ("something else", "something else"),
    ],
)
def test_what_spark_says_most_of_it(told: str, cause: str):
    from logtrace.scale.main import _cause

    assert _cause(RuntimeError(told)) == cause
