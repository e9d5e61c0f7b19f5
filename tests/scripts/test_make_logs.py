"""The generator: the same bytes for the same seed, and logs that tell the whole anatomy."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from make_logs import ANATOMY, tell_even, tell_unevenly, write_logs

LINES = 2_000


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("tell", [tell_even, tell_unevenly])
def test_same_seed_same_bytes(tmp_path: Path, tell):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_logs(tmp_path / name, LINES, seed, tell)
    assert contents(tmp_path / "a") == contents(tmp_path / "b") != contents(tmp_path / "c")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    folder = tmp_path_factory.mktemp("even")
    lines, size = write_logs(folder, LINES, 7, tell_even)
    texts = [line for path in sorted(folder.glob("*.log")) for line in path.read_bytes().splitlines()]
    assert (lines, size) == (len(texts), sum(len(text) + 1 for text in texts))
    assert 440 < size / lines < 460
    return [json.loads(text) for text in texts]


def test_each_trace_has_each_span_once(records: list[dict]):
    operations = defaultdict(Counter)
    for record in records:
        if record["event"] == "span_end":
            operations[record["trace_id"]][record["operation"]] += 1
    assert len(operations) > LINES / 30
    assert set(map(frozenset, (each.items() for each in operations.values()))) == {
        frozenset((n.operation, 1) for n in ANATOMY.values())
    }


def test_parents_are_spans_of_the_same_trace(records: list[dict]):
    names = {(r["trace_id"], r["span_id"]): r["operation"] for r in records}
    found = {(r["operation"], names[r["trace_id"], r["parent_span_id"]]) for r in records if "parent_span_id" in r}
    assert found == {(node.operation, ANATOMY[node.parent].operation) for node in ANATOMY.values() if node.parent}


def test_files_are_in_the_order_of_time(tmp_path: Path):
    write_logs(tmp_path, LINES, 7, tell_even)
    for path in tmp_path.glob("*.log"):
        times = [json.loads(line)["timestamp"] for line in path.read_bytes().splitlines()]
        assert times == sorted(times)


def test_the_uneven_set_has_all_its_oddities(tmp_path: Path):
    write_logs(tmp_path, 20_000, 7, tell_unevenly)
    files = contents(tmp_path)
    whole = b"".join(files.values())
    ends = {name: data.count(b"span_end") for name, data in files.items() if name.endswith(".log")}
    assert len(ends) == 6 and min(ends.values()) > 100
    assert all(
        sign in whole
        for sign in (b"stderr P {", b'"stream":"stderr"', b"worker-1      | {", b"goroutine 41", b"connections in pool")
    )
    assert whole.count(b"0123456789abcdef" * 1_000) >= 3
    assert whole.count(b"span finished") > whole.count(b"span_end")
