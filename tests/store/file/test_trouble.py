"""What is told about a store where the system refuses it."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logtrace.errors import MORE_FILES, StoreError
from logtrace.store.file.database import connect_reader, connect_writer


@contextmanager
def _files_left(count: int) -> Iterator[None]:
    """So many files can be opened within."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_files_are_told_where_sqlite_does_not_say_why(count: int, tmp_path: Path):
    path = tmp_path / "s.db"
    connect_writer(path).close()
    with _files_left(count), pytest.raises(StoreError) as caught:
        connect_reader(path)
    assert (caught.value.message, caught.value.hint) == (f"the store at {path} can't be opened: too many open files", MORE_FILES)


def test_too_few_files_are_told_where_a_store_is_to_be_made(tmp_path: Path):
    path = tmp_path / "new.db"
    with _files_left(0), pytest.raises(StoreError) as caught:
        connect_writer(path)
    assert (caught.value.message, caught.value.hint) == (f"no store can be written at {path}: too many open files", MORE_FILES)


def test_what_is_refused_for_another_reason_is_not_told_as_too_few_files(tmp_path: Path):
    path = tmp_path / "s.db"
    connect_writer(path).close()
    path.rename(tmp_path / "moved.db")
    path.mkdir()
    with pytest.raises(StoreError) as caught:
        connect_reader(path)
    assert MORE_FILES not in caught.value.hint
