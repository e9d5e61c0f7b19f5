"""Each checkup sees what it is for, and says how to mend it; all is well where all is well."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from logtrace import api
from logtrace.health import Finding, State
from logtrace.jobs import checkups
from logtrace.jobs.checkups import CHECKUPS, disk
from logtrace.jobs.keeping.doctor import examine
from logtrace.store.file.database import writing
from tests.cli.conftest import Call, call  # noqa: F401 - a fixture
from tests.jobs.stores import TRACES, line, pruned_all, story, take, views, write

DAY_NS = 86_400 * 10**9


@pytest.fixture
def store(tmp_path: Path) -> Path:
    take(tmp_path / "s.db", write(tmp_path / "edge.log", story()))
    return tmp_path / "s.db"


def about(store: Path | None, check: str, now_ns: int | None = None) -> list[Finding]:
    """What one checkup says that is not well."""
    found = examine(store, now_ns=now_ns).findings
    return [finding for finding in found if finding.check == check and finding.state is not State.WELL]


def harmed(store: Path, *sql: str) -> None:
    with closing(sqlite3.connect(store)) as connection:
        for statement in sql:
            connection.execute(statement)
        connection.commit()


def test_a_store_that_is_well(store: Path) -> None:
    before = store.read_bytes()
    examined = examine(store)
    assert examined.is_well
    assert {(finding.check, finding.state) for finding in examined.findings} == {(c.name, State.WELL) for c in CHECKUPS}
    assert store.read_bytes() == before


def test_every_checkup_is_in_the_table() -> None:
    folder = Path(checkups.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert modules == {checkup.check.__module__.rpartition(".")[2] for checkup in CHECKUPS}


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda data: data[:8192] + bytes(8192) + data[16384:], ""),
        (lambda data: b"SQLite" + bytes(len(data) - 6), "not even an SQLite file"),
        (lambda data: data[: len(data) // 2], "damaged"),
    ],
)
def test_damage(store: Path, harm: Callable[[bytes], bytes], told: str) -> None:
    store.write_bytes(harm(store.read_bytes()))
    (found,) = about(store, "integrity")
    assert found.state is State.TROUBLE and told in found.told and "--repair" in found.mend


def test_lines_that_can_not_be_unpacked(store: Path) -> None:
    harmed(store, "UPDATE chunk_data SET data = x'28b52ffd00'")
    (found,) = about(store, "integrity")
    assert "1 of 1 pieces of lines are damaged or missing" in found.told
    harmed(store, "DELETE FROM chunk_data")
    assert "damaged or missing" in about(store, "integrity")[0].told


def given(store: Path, folder: Path) -> None:
    """More lines, one of which is none, ids that are no numbers, and what people give a store."""
    opaque = [line("req-17", f"s{n}", n, "asked", duration_ms=1, operation="Ask") for n in (1, 2)]
    take(store, write(folder / "odd.log", ["no JSON {", *story(), *opaque]))
    api.learn([str(folder / "edge.log")], store)
    with api.open(store) as opened:
        opened.note(TRACES[0], "the disk")
        opened.note(TRACES[1], "the disk as well")
        opened.note("req-17", "gone soon")
        opened.forget("req-17")
        opened.pin(TRACES[0])
        opened.pin(TRACES[0], "for good")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DROP TABLE note", "the table note is missing"),
        ("UPDATE span SET flags = 'odd' WHERE id = 1", "1 row of span can't be such"),
        ("UPDATE span SET extra = '{'", "rows of span can't be such"),
        ("UPDATE chunk SET max_ns = 'late'", "2 rows of chunk can't be such"),
        ("UPDATE source SET settings = 'none'", "2 rows of source can't be such"),
        ("DELETE FROM source", "2 pieces of lines without a source"),
        ("DELETE FROM rejected", "1 piece of lines that are not all accounted for"),
        ("DELETE FROM operation", "8 spans of no known operation; 3 traces of no known operation"),
        ("DELETE FROM attribute", "attributes of spans that nothing tells"),
        ("DELETE FROM span", "3 traces without spans"),
        ("DELETE FROM trace", "3 traces in no list"),
        ("DELETE FROM document", "3 traces that search does not know"),
        ("UPDATE span SET lines = x'00' WHERE id = 1", "1 row of span can't be such"),
        ("UPDATE span SET extra = '{\"failure\":[1]}' WHERE id = 1", "1 row of span can't be such"),
        ("UPDATE span SET attributes = '[[1]]' WHERE id = 1", "1 attribute of spans that can't be such"),
        ("UPDATE span SET lines = '[[1]]' WHERE id = 1", "1 line of spans that can't be such"),
        ("DELETE FROM opaque_trace", "1 row of opaque_trace is lost"),
        ("DELETE FROM opaque_span WHERE text = 's1'", "1 row of opaque_span is lost"),
        ("DELETE FROM note", "2 rows of note are lost"),
        ("DELETE FROM note WHERE id = 1", "1 row of note is lost"),
        ("DELETE FROM pin", "1 row of pin is lost"),
        ("DELETE FROM learned", "4 rows of learned are lost"),
        ("DELETE FROM model", "1 trace whose model is lost"),
        ("UPDATE meta SET value = NULL WHERE key = 'assembled'", "how far traces were put together"),
    ],
)
def test_rows_that_are_not_what_they_were(store: Path, tmp_path: Path, sql: str, told: str) -> None:
    """Of all that SQLite's own check knows nothing: to it a store without spans is as whole as any."""
    given(store, tmp_path)
    assert about(store, "integrity") == []
    harmed(store, sql)
    (found,) = about(store, "integrity")
    assert found.state is State.TROUBLE and told in found.told and "--repair" in found.mend


def test_a_store_from_before_there_were_tallies(store: Path, tmp_path: Path) -> None:
    given(store, tmp_path)
    harmed(store, "DELETE FROM meta WHERE key LIKE 'rows_%'")
    harmed(store, "DELETE FROM note WHERE id = 1", "DELETE FROM opaque_span WHERE text = 's1'")
    assert about(store, "integrity") == []  # nobody has counted
    with api.open(store) as opened:
        opened.note(TRACES[1], "and again")
    take(store, write(tmp_path / "more.log", [line("req-17", "s3", 3, "asked", duration_ms=1, operation="Ask")]))
    assert about(store, "integrity") == []
    harmed(store, "DELETE FROM note WHERE id = 2", "DELETE FROM opaque_span WHERE text = 's2'")
    assert about(store, "integrity")[0].told.endswith("1 row of opaque_span is lost; 1 row of note is lost")


def test_what_no_line_tells_is_said_to_be_lost(call: Call, store: Path, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    given(store, tmp_path)
    before = views(store)
    harmed(store, "DELETE FROM note WHERE id = 1", "DELETE FROM pin", "DELETE FROM opaque_trace", "DELETE FROM opaque_span")
    assert "lost for good, as no line tells them: 1 note, 1 pin" in call("doctor", "--repair", "--store", store).out
    repaired = tmp_path / "s.db.repaired"
    assert about(repaired, "integrity") == [] and views(repaired) == before
    with api.open(repaired) as opened:
        assert [note.text for note in opened.noted()] == ["the disk as well"]


def test_what_was_pruned_is_no_damage(store: Path, tmp_path: Path) -> None:
    take(store, write(tmp_path / "odd.log", [line("req-17", "s1", 1, "asked", duration_ms=1, operation="Ask")]))
    assert pruned_all(store) == 3 and about(store, "integrity") == []
    harmed(store, "UPDATE chunk SET size = 9")  # as a store is that has lost text, and nothing that refers to it
    assert "2 of 2 pieces of lines are damaged or missing" in about(store, "integrity")[0].told


def test_text_that_spans_refer_to_was_not_pruned(store: Path) -> None:
    harmed(store, "DELETE FROM chunk_data", "UPDATE chunk SET size = 0")
    assert "1 of 1 pieces of lines are damaged or missing" in about(store, "integrity")[0].told


def test_an_ingest_that_did_not_finish(store: Path) -> None:
    harmed(store, "DELETE FROM trace", "UPDATE meta SET value = 0 WHERE key = 'assembled'")
    (found,) = about(store, "integrity")
    assert found.state is State.NOTE and "2 traces are in no list yet" in found.told


def test_an_ingest_that_did_not_finish_may_not_have_told_search(store: Path) -> None:
    harmed(store, "DELETE FROM document", "UPDATE meta SET value = 0 WHERE key = 'assembled'")
    (found,) = about(store, "integrity")
    assert found.state is State.NOTE and "did not finish" in found.told


@pytest.mark.parametrize(
    ("version", "state", "told"), [(99, State.TROUBLE, "upgrade"), (2, State.NOTE, ""), (1, State.TROUBLE, "--repair")]
)
def test_schemas(store: Path, version: int, state: State, told: str) -> None:
    harmed(store, f"UPDATE meta SET value = {version} WHERE key = 'schema_version'")
    (found,) = about(store, "versions")
    assert found.state is state and told in found.mend and f"schema {version}" in found.told
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == (version,)


def test_files_that_are_gone(store: Path, tmp_path: Path) -> None:
    (tmp_path / "edge.log").unlink()
    (found,) = about(store, "sources")
    assert found.state is State.NOTE and "edge.log" in found.told


def test_what_is_no_name_of_a_file_is_left_to_other_checkups(store: Path) -> None:
    """Pages that have changed places put numbers and bytes where names were."""
    harmed(store, "UPDATE source SET path = x'00ff'")
    assert about(store, "sources") == []


def test_an_archive_is_there_with_all_that_was_read_of_it(tmp_path: Path) -> None:
    write(tmp_path / "edge.log", story())
    shutil.make_archive(str(tmp_path / "logs"), "zip", tmp_path, "edge.log")
    take(tmp_path / "s.db", tmp_path / "logs.zip")
    assert about(tmp_path / "s.db", "sources") == []


def test_a_link_that_leads_nowhere_is_no_store_that_is_to_come(tmp_path: Path) -> None:
    (tmp_path / "s.db").symlink_to(tmp_path / "s.db")
    (found,) = about(tmp_path / "s.db", "permissions")
    assert found.state is State.TROUBLE and "a link that leads to no file" in found.told


def test_a_store_that_anybody_can_read_or_that_is_being_written(store: Path) -> None:
    store.chmod(0o644)
    assert "anybody" in about(store, "permissions")[0].told
    store.chmod(0o600)
    with writing(store):
        assert f"process {os.getpid()} writes" in about(store, "permissions")[0].told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
@pytest.mark.parametrize(
    ("mode", "folder", "told"), [(0o600, 0o755, "can't be read"), (0o644, 0o777, "not written"), (0o666, 0o755, "folder can't")]
)
def test_what_we_may_not_do(store: Path, mode: int, folder: int, told: str) -> None:
    code = (
        "import os, sys; from pathlib import Path; from logtrace.jobs.keeping.doctor import examine;"
        "examine(Path(sys.argv[1])); os.setuid(65534);"  # what is to be loaded may be closed to others
        "print([f.told for f in examine(Path(sys.argv[1])).findings if f.check == 'permissions'])"
    )
    place = Path("/tmp") / f"doctor-{os.getpid()}"  # pytest's own folders are closed to others
    place.mkdir()
    try:
        copy = Path(shutil.copy(store, place / "s.db"))
        copy.chmod(mode)
        place.chmod(folder)
        done = subprocess.run(
            [sys.executable, "-c", code, str(copy)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"XDG_CONFIG_HOME": ""} | {"HOME": "/"},
        )
    finally:
        shutil.rmtree(place)
    assert told in done.stdout, done


def test_no_room_and_a_disk_of_others(store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(disk, "LEAST_BYTES", 1 << 60)
    (tmp_path / "mounts").write_text("/dev/sda / ext4 rw 0 0\nother:/x / nfs4 rw 0 0\n")
    monkeypatch.setattr(disk, "_MOUNTS", tmp_path / "mounts")
    room, shared = about(store, "disk")
    assert "are free" in room.told and "nfs4" in shared.told


def test_clocks(store: Path) -> None:
    newest = 1_704_897_000 * 10**9
    assert "before logtrace was installed" in about(store, "clock", newest - DAY_NS)[0].told
    harmed(store, f"UPDATE chunk SET max_ns = {newest + 40_000 * DAY_NS}")
    assert "ahead of the clock" in about(store, "clock")[0].told


def test_the_verb(call: Call, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811 - the fixture
    assert "✓ integrity" in call("doctor", "--store", store).out
    harmed(store, "UPDATE chunk_data SET data = x'28b52ffd00'")
    told = call("doctor", "--store", store, code=10).out
    assert "✗ integrity" in told and "--repair" in told
    (tmp_path / "edge.log").unlink()
    assert "no line can be read" in call("doctor", "--repair", "--store", store, code=4).err
    assert "make it with" in call("doctor", "--store", tmp_path / "none.db").out
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logtrace.toml").write_text("[[")
    assert "✗ config" in call("doctor", code=10).out


def test_what_is_saved_is_told(call: Call, store: Path, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    told = call("doctor", "--repair", "--store", store).out
    assert f"12 lines of 1 sources (2 traces) are in a new store: {store}.repaired" in told.replace("\n", " ")
    harmed(store, "UPDATE chunk_data SET data = x'28b52ffd00'")
    (tmp_path / "s.db.repaired").unlink()
    write(tmp_path / "other.log", story()[:3])
    take(store, tmp_path / "other.log")
    told = call("doctor", "--repair", "--store", store).out
    assert f"logtrace ingest --store {store}.repaired {tmp_path}/edge.log" in " ".join(told.split())


def test_an_empty_file_is_no_store_yet(tmp_path: Path) -> None:
    (tmp_path / "s.db").touch()
    (tmp_path / "s.db").chmod(0o600)
    (found,) = about(tmp_path / "s.db", "permissions")
    assert found.state is State.NOTE and "is empty" in found.told and "logtrace ingest" in found.mend


def test_a_disk_that_is_read_only_is_told_as_that(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result((4096, 4096, 9, 9, 9, 9, 9, 9, os.ST_RDONLY, 255)))
    (found,) = about(store, "permissions")
    assert "its disk is read-only" in found.told and "chmod" not in found.mend
