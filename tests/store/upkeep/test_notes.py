from __future__ import annotations

from pathlib import Path

import pytest

from logtrace import api
from logtrace.errors import NotFoundError, StoreError
from logtrace.store.file.database import writing
from tests.jobs.stores import TRACES, story, write


@pytest.fixture
def store(tmp_path: Path):
    api.ingest([str(write(tmp_path / "a.log", story()))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as opened:
        yield opened


def test_notes_about_a_trace_and_an_error(store: api.Store):
    (fingerprint,) = [group.fingerprint for group in store.errors().groups if group.count]
    assert store.note(TRACES[0][:8], "told the customer").subject == TRACES[0]
    assert store.note(fingerprint[:6], "disk full").subject == fingerprint
    assert [note.text for note in store.noted()] == ["told the customer", "disk full"]
    assert [note.text for note in store.noted([fingerprint, "nothing"])] == ["disk full"]
    assert [note.text for note in store.forget(fingerprint)] == ["disk full"]
    assert [note.subject for note in store.noted()] == [TRACES[0]]
    assert store.forget(fingerprint) == []


def test_what_is_not_there_gets_no_note(store: api.Store):
    with pytest.raises(NotFoundError) as error:
        store.note(TRACES[0][:-1] + "0", "x")
    assert "nearest" in error.value.hint


def test_a_second_ingest_keeps_them(store: api.Store, tmp_path: Path):
    store.note(TRACES[0], "kept")
    api.ingest([str(tmp_path / "a.log")], tmp_path / "s.db")
    assert [note.text for note in store.noted()] == ["kept"]


def test_a_store_that_is_being_written(store: api.Store):
    with writing(store.path), pytest.raises(StoreError):
        store.note(TRACES[0], "x")
