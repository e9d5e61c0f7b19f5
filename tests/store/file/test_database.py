from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from logtrace import api
from logtrace.errors import StoreError
from logtrace.store.file import database
from logtrace.store.file.database import connect_reader, connect_writer, copy_log, lock_of, writing
from logtrace.store.file.health import writer_of
from logtrace.store.file.schema import APPLICATION_ID
from tests.jobs.stores import story, take, views, write


@pytest.fixture
def store(tmp_path: Path) -> Path:
    take(tmp_path / "s.db", write(tmp_path / "edge.log", story()))
    return tmp_path / "s.db"


def test_a_reader_cannot_write(store: Path) -> None:
    connection = connect_reader(store)
    with pytest.raises(Exception, match="readonly"):
        connection.execute("DELETE FROM trace")
    connection.close()


def test_a_reader_sees_what_was_committed_while_another_writes(store: Path) -> None:
    writer, reader = connect_writer(store), connect_reader(store)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM trace")
    assert reader.execute("SELECT count(*) FROM trace").fetchone() == (2,)
    writer.close()
    reader.close()


def test_what_the_log_of_a_store_holds_is_copied_beside_its_writer(store: Path) -> None:
    """Into the file itself, as one reads it who sees nothing else. What is not committed stays where it is."""
    with writing(store):
        writer = connect_writer(store)
        writer.execute("INSERT INTO note (subject, text, written_ns) VALUES ('a', 'committed', 1)")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO note (subject, text, written_ns) VALUES ('b', 'open', 2)")
        alone = sqlite3.connect(f"{store.as_uri()}?mode=ro&immutable=1", uri=True)
        assert alone.execute("SELECT text FROM note").fetchall() == []
        alone.close()
        copy_log(store)
        alone = sqlite3.connect(f"{store.as_uri()}?mode=ro&immutable=1", uri=True)
        assert alone.execute("SELECT text FROM note").fetchall() == [("committed",)]
        alone.close()
        writer.execute("ROLLBACK")
        writer.close()


def test_a_log_that_cannot_be_copied_now_is_left(store: Path) -> None:
    with writing(store):
        writer = connect_writer(store)
        writer.execute("PRAGMA locking_mode = EXCLUSIVE")
        writer.execute("INSERT INTO note (subject, text, written_ns) VALUES ('a', 'committed', 1)")
        copy_log(store)
        assert writer.execute("SELECT text FROM note").fetchall() == [("committed",)]
        writer.close()


def test_a_shared_store_is_for_its_group(tmp_path: Path) -> None:
    connect_writer(tmp_path / "shared.db", shared=True).close()
    assert (tmp_path / "shared.db").stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"plain text that is long enough to be looked at"])
def test_what_is_no_store_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.db").write_bytes(content)
    with pytest.raises(StoreError):
        connect_reader(tmp_path / "x.db")
    assert (tmp_path / "x.db").read_bytes() == content


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_a_store_in_a_folder_that_is_not_ours_to_write_is_read(store: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from logtrace.store.file.database import connect_reader; os.setuid(65534);"
        "print(connect_reader(Path(sys.argv[1])).execute('SELECT count(*) FROM trace').fetchone()[0])"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        Path(folder).chmod(0o755)
        copy = Path(shutil.copy(store, folder))
        copy.chmod(0o644)
        done = subprocess.run([sys.executable, "-c", code, str(copy)], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("2", "")


def test_a_store_on_a_full_disk_is_read(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite can't make its helper files there; where somebody writes they are, and what they hold is not overlooked."""
    monkeypatch.setattr(database, "_HELPERS", 1 << 62)
    sqlite3.connect(store).execute("SELECT 1 FROM trace").connection.close()  # the last to close takes the helpers away
    with closing(connect_reader(store)) as reader:
        assert reader.execute("SELECT count(*) FROM trace").fetchone() == (2,)
        assert [path.name for path in store.parent.glob("s.db-*")] == []
    with writing(store), closing(connect_writer(store)) as writer:
        writer.execute("DELETE FROM trace")
        with closing(connect_reader(store)) as reader:
            assert reader.execute("SELECT count(*) FROM trace").fetchone() == (0,)


def test_a_reader_sees_what_is_written_after_it_came(store: Path) -> None:
    sqlite3.connect(store).execute("SELECT 1 FROM trace").connection.close()
    with closing(connect_reader(store)) as reader, writing(store), closing(connect_writer(store)) as writer:
        writer.execute("DELETE FROM trace")
        assert reader.execute("SELECT count(*) FROM trace").fetchone() == (0,)


def test_two_names_of_a_store_have_one_writer(store: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    link.symlink_to(store)
    with writing(store), pytest.raises(StoreError, match=f"written by process {os.getpid()}"), writing(link):
        pass


def test_what_a_link_in_place_of_the_lock_leads_to_is_not_written(store: Path, tmp_path: Path) -> None:
    """In a folder that others write as well, its name is known."""
    (tmp_path / "precious").write_text("as it was")
    for other in (tmp_path / "precious", tmp_path / "new"):
        lock_of(store).unlink(missing_ok=True)
        lock_of(store).symlink_to(other)
        with pytest.raises(StoreError, match="beside it is no regular file"), writing(store):
            pass
    assert (tmp_path / "precious").read_text() == "as it was" and not (tmp_path / "new").exists()


def test_a_pipe_in_place_of_the_lock_keeps_nobody_waiting(store: Path) -> None:
    lock_of(store).unlink(missing_ok=True)
    os.mkfifo(lock_of(store))
    assert writer_of(store) == ""
    with pytest.raises(StoreError, match="beside it is no regular file"), writing(store):
        pass


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a directory"):
        connect_reader(tmp_path)
    with pytest.raises(StoreError, match="is a directory"), writing(tmp_path):
        pass
    assert not tmp_path.with_name(tmp_path.name + ".lock").exists()


def test_a_full_disk_is_told_when_a_store_is_to_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        written = os.pwrite
        monkeypatch.setattr(os, "pwrite", lambda _file, data, at: written(full.fileno(), data, at))
        with pytest.raises(StoreError, match="no space left") as told, writing(tmp_path / "s.db"):
            pass
    assert "make room" in told.value.hint


def test_a_store_whose_making_was_killed_is_made(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    half = sqlite3.connect(path)
    half.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    half.close()
    connect_writer(path).close()
    connect_reader(path).close()


KILLED_AT_ONCE = """
import os, signal, sqlite3, sys
half = sqlite3.connect(sys.argv[1], isolation_level=None)
half.execute("PRAGMA cache_size = 1")
half.execute("PRAGMA cache_spill = 1")
half.execute("BEGIN IMMEDIATE")
half.execute("CREATE TABLE meta (x)")
half.execute("INSERT INTO meta VALUES (zeroblob(100000))")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_store_whose_making_was_killed_at_its_first_bytes_is_made(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    subprocess.run([sys.executable, "-c", KILLED_AT_ONCE, str(path)], check=False)
    assert path.stat().st_size and path.with_name("s.db-journal").exists()
    api.ingest([str(write(tmp_path / "edge.log", story()))], path)
    connect_reader(path).close()


LATER = {3: ("read_by", "pin", "preserved", "sampled", "dropped"), 4: ("receiver", "pushed")}
"""Version → the tables that it added."""


@pytest.fixture(params=[2, 3])
def older(store: Path, request: pytest.FixtureRequest) -> Path:
    """A store as an older version left it."""
    connection = sqlite3.connect(store)
    for table in (table for version, tables in LATER.items() if version > request.param for table in tables):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (request.param,))
    connection.commit()
    connection.close()
    return store


def _schema(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    connection.close()
    return rows


def test_an_older_store_is_brought_up_to_date_and_kept_as_it_was(older: Path, tmp_path: Path) -> None:
    fresh, before = tmp_path / "fresh.db", views(older)
    take(fresh, write(tmp_path / "edge.log", story()))
    (version,) = sqlite3.connect(older).execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    connect_reader(older).close()
    assert _schema(older) == _schema(fresh) and views(older) == before
    backup = older.with_name(f"s.db.schema{version}")
    assert views(backup) == before and backup.stat().st_mode & 0o777 == 0o600
    assert sqlite3.connect(backup).execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == (version,)
    take(older, write(tmp_path / "more.log", story()))


def test_an_older_store_that_somebody_writes_is_not_touched(older: Path) -> None:
    with writing(older), pytest.raises(StoreError, match="is being written"):
        connect_reader(older)
    assert not list(older.parent.glob("s.db.schema*"))


def test_a_store_too_old_is_told(older: Path) -> None:
    connection = sqlite3.connect(older)
    connection.execute("UPDATE meta SET value = 1 WHERE key = 'schema_version'")
    connection.commit()
    with pytest.raises(StoreError, match="has schema 1"):
        connect_reader(older)
