"""A mistake in reading costs the lines that show it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from logtrace.ingest.records import Decoder
from logtrace.jobs.intake import work
from logtrace.jobs.verbs.store import Store
from tests.jobs.stores import line, take, write

Pieces = Any


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that fails on what has a certain word, in a line by itself or among others, after half of its work."""
    right = Decoder.pieces

    def pieces(self: Decoder, data: bytes) -> Iterator[Pieces]:
        yield from right(self, data[: data.find(b"\n") + 1] if b"\n" in data.strip() and b"boom" in data else data)
        if b"boom alone" in data or (b"boom" in data and b"\n" in data.strip()):
            raise ValueError("what the log says")

    monkeypatch.setattr(Decoder, "pieces", pieces)
    monkeypatch.setattr(work, "CHUNK", 3_000)


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("words", [["boom together"], ["boom alone"], ["boom together", "boom alone", "boom alone"]])
def test_all_other_lines_are_read(tmp_path: Path, words: list[str]):
    lines = [line(f"req-{n}", f"s{n}", n, f"m{n}") for n in range(60)]
    for at, word in enumerate(words):
        lines.insert(20 * at + 5, line(f"{at + 1:032x}", "", at, word))
    account = take(tmp_path / "s.db", write(tmp_path / "edge.log", lines))
    lost = words.count("boom alone")
    assert (account.lines_read, account.lines_used, account.lines_rejected) == (len(lines), len(lines) - lost, lost)
    assert account.rejected_by_reason == ({"mistake": lost} if lost else {})
    assert [lines[each.line - 1] for each in account.rejected_examples] == [each for each in lines if "boom alone" in each]
    (note,) = account.notes
    assert "edge.log: logtrace made a mistake (ValueError in test_careful.py:" in note
    with Store(tmp_path / "s.db") as opened:
        assert [opened.logs(opened.trace(f"req-{n}"))[0].body for n in range(60)] == [f"m{n}" for n in range(60)]


def test_no_memory_is_no_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def pieces(*_: object) -> Iterator[Pieces]:
        raise MemoryError

    monkeypatch.setattr(Decoder, "pieces", pieces)
    with pytest.raises(MemoryError):
        take(tmp_path / "s.db", write(tmp_path / "edge.log", [line("1", "", 0, "m")]))
