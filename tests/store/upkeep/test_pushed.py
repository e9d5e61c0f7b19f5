"""What is noted of spans that are sent, and what of it stays when they are not taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from logtrace.errors import StoreError
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.upkeep.pushed import Mark, Memory, Receiver, Sent
from tests.jobs.stores import story, take, write

FIRST, SECOND = Mark(1, 2, 3, 77, None), Mark(1, 2, 4, 78, None)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    take(tmp_path / "s.db", write(tmp_path / "edge.log", story()))
    return tmp_path / "s.db"


def known(store: Path, name: str = "there") -> dict[int, Sent]:
    with SqliteReader(store) as reader:
        return Receiver(reader, name).of_trace(1, 2)


def test_intended_settled_and_withdrawn(store: Path):
    memory = Memory(store, "there")
    memory.intend([FIRST, SECOND])
    assert known(store) == {3: Sent(77, False), 4: Sent(78, False)}
    memory.settle([FIRST])
    memory.withdraw([SECOND])
    assert known(store) == {3: Sent(77, True)}
    changed = FIRST._replace(digest=99, before=Sent(77, True))
    memory.intend([changed])
    assert known(store) == {3: Sent(99, False)}
    memory.withdraw([changed])
    assert known(store) == {3: Sent(77, True)}
    memory.close()


def test_each_receiver_has_its_own(store: Path):
    for name, digest in (("here", 5), ("there", 6)):
        memory = Memory(store, name)
        memory.settle([FIRST._replace(digest=digest)])
        memory.close()
    assert (known(store, "here"), known(store), known(store, "nowhere")) == ({3: Sent(5, True)}, {3: Sent(6, True)}, {})


def test_a_store_that_is_not_there(tmp_path: Path):
    with pytest.raises(StoreError):
        Memory(tmp_path / "none.db", "there")
