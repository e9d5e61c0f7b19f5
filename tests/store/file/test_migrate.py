"""Stores as earlier schemas left them: each opens and says what it said, or is refused with a way out that works.

`old/` has a store of each schema that ever was, made by the program of its time from the stories anatomy and
lost-websocket-message. A new schema adds one: none of them is ever made anew.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from logtrace import api
from logtrace.errors import StoreError
from logtrace.jobs.keeping.salvage import new_place
from logtrace.store.file.health import kept
from logtrace.store.file.migrate import OLDEST, backup_of
from logtrace.store.file.schema import SCHEMA_VERSION
from tests.jobs.stores import take, views

OLD = Path(__file__).parent / "old"
FIXTURES = Path(__file__).parents[3] / "fixtures"
VERSIONS = sorted(int(path.name.removeprefix("schema").removesuffix(".db.zst")) for path in OLD.iterdir())
TOLD = ("trace_id", "root_service", "root_operation", "start_ns", "duration_ns", "span_count", "error_count", "line_count")


@pytest.fixture
def stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What those stores should say today."""
    for story in ("anatomy", "lost-websocket-message"):
        shutil.copytree(FIXTURES / story, tmp_path / story)
    monkeypatch.chdir(tmp_path)
    take(tmp_path / "now.db", "anatomy/logs", "lost-websocket-message/logs")
    return tmp_path / "now.db"


def unpacked(folder: Path, version: int) -> Path:
    store = folder / f"v{version}.db"
    store.write_bytes(zstandard.ZstdDecompressor().decompress((OLD / f"schema{version}.db.zst").read_bytes()))
    return store


def told(store: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(f"SELECT {', '.join(TOLD)} FROM traces ORDER BY trace_id").fetchall()


def test_a_store_of_every_schema_is_kept():
    assert list(range(1, SCHEMA_VERSION + 1)) == VERSIONS


@pytest.mark.parametrize("version", [version for version in VERSIONS if version >= OLDEST])
def test_an_old_store_opens_and_goes_on(stories: Path, tmp_path: Path, version: int):
    store, more = unpacked(tmp_path, version), tmp_path / "anatomy" / "logs" / "edge-mcp.log"
    content = store.read_bytes()
    with api.open(store) as opened:
        assert [note.text for note in opened.noted()] == ["what we found"]
    assert told(store) == told(stories)
    assert views(store)["logs"] == views(stories)["logs"]
    if version < SCHEMA_VERSION:
        with closing(sqlite3.connect(backup_of(store, version))) as connection:
            assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == (version,)
    else:
        assert store.read_bytes() == content
    more.write_text(more.read_text() + more.read_text().replace("4bf92f3577b34da6a3ce929d0e0e4736", "5" * 32))
    for each in (store, stories):
        take(each, "anatomy/logs", "lost-websocket-message/logs")
    assert told(store) == told(stories) and len(told(store)) == 4


@pytest.mark.parametrize("version", [version for version in VERSIONS if version < OLDEST])
def test_a_store_that_is_too_old_is_refused_with_a_way_out(stories: Path, tmp_path: Path, version: int):
    store = unpacked(tmp_path, version)
    content = store.read_bytes()
    with pytest.raises(StoreError, match=f"schema {version}") as refused:
        api.open(store)
    assert re.search(r"logtrace doctor --repair --store \S+", refused.value.hint)
    assert api.doctor(store, repair=True).salvaged is not None
    assert views(new_place(store)) == views(stories) and store.read_bytes() == content


def test_a_newer_store_is_refused_and_not_touched(stories: Path):
    with closing(sqlite3.connect(stories)) as connection:
        connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'schema_version'")
        connection.commit()
    content = stories.read_bytes()
    with pytest.raises(StoreError, match=f"knows schemas up to {SCHEMA_VERSION}") as refused:
        api.open(stories)
    assert refused.value.hint.startswith("upgrade logtrace") and stories.read_bytes() == content


def test_what_was_pruned_under_an_earlier_schema_is_no_damage(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    store.write_bytes(zstandard.ZstdDecompressor().decompress((OLD / "schema4.db.zst").read_bytes()))
    with closing(sqlite3.connect(store)) as connection:
        for table in ("chunk_data", "span", "trace"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("INSERT INTO dropped VALUES ('expired', 'edge', 'op', 3, 9, 49, 0, 0)")
        connection.commit()
    api.open(store).close()
    assert kept(store).missing == 0


def test_an_old_store_that_can_not_be_brought_up_to_date_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = unpacked(tmp_path, OLDEST)

    def refuse(path: Path) -> None:
        raise StoreError(f"no store can be written at {path}: read-only file system", "name another place with --store")

    monkeypatch.setattr("logtrace.store.file.database.writing", refuse)
    with pytest.raises(StoreError, match=rf"schema {OLDEST}, and can't be brought up to date.*read-only") as refused:
        api.open(store)
    assert "copy it" in refused.value.hint


def test_a_folder_in_place_of_the_copy_is_no_copy(tmp_path: Path):
    store = unpacked(tmp_path, 4)
    backup_of(store, 4).mkdir()
    with pytest.raises(StoreError, match="can't be copied"):
        api.open(store)


def test_a_link_in_place_of_a_copy_in_the_making_is_not_followed(tmp_path: Path):
    store = unpacked(tmp_path, 4)
    (tmp_path / "precious").write_text("as it was")
    backup_of(store, 4).with_name(f"{backup_of(store, 4).name}.part").symlink_to(tmp_path / "precious")
    api.open(store).close()
    assert backup_of(store, 4).is_file() and (tmp_path / "precious").read_text() == "as it was"
