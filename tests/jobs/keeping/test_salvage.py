"""A new store of the lines that can still be read of a damaged one: nothing that is whole is lost, nothing is made up."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from logtrace import api
from logtrace.errors import StoreError
from logtrace.health import Salvaged
from logtrace.jobs.intake import work
from logtrace.jobs.keeping.salvage import salvage
from logtrace.store.damage.carved import Carved
from logtrace.store.damage.salvage import Wreck
from logtrace.store.file.database import PAGE_SIZE, writing
from tests.jobs.stores import TRACES, line, pruned_all, story, take, views, write

Views = dict[str, list[tuple[object, ...]]]
OLD = Path(__file__).parents[2] / "store" / "file" / "old"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two sources, one of them of two pieces; one line too long to be kept."""
    write(tmp_path / "edge.log", [*story(), "x" * 40_000_000, *story()[:1]])
    many = [line(f"{n:032x}", f"{n:016x}", n / 10, "y" * 3000, duration_ms=1, operation="A") for n in range(1, 700)]
    (tmp_path / "more.log.gz").write_bytes(gzip.compress("".join(f"{text}\n" for text in many).encode()))
    take(tmp_path / "s.db", tmp_path / "edge.log", tmp_path / "more.log.gz")
    return tmp_path / "s.db"


def harmed(store: Path, harm: Callable[[sqlite3.Connection], None]) -> None:
    with closing(sqlite3.connect(store)) as connection:
        harm(connection)
        connection.commit()


def overwrite(store: Path, first: int, pages: int) -> None:
    with store.open("r+b") as file:
        file.seek(first * PAGE_SIZE)
        file.write(bytes(pages * PAGE_SIZE))


def saved(store: Path) -> tuple[Salvaged, Views]:
    done = salvage(store)
    return done, views(Path(done.path))


def test_all_of_a_whole_store_is_saved_and_the_store_stays_as_it_is(store: Path) -> None:
    with api.open(store) as opened:
        api.open(store).close()
        before, status = store.read_bytes(), opened.status()
    done = salvage(store)
    assert [path.name for path in store.parent.glob("s.db.repaired*")] == ["s.db.repaired"]
    assert Path(done.path).stat().st_mode & 0o777 == 0o600
    assert views(Path(done.path)) == views(store) and store.read_bytes() == before
    assert done[1:] == (2, status.lines_read, status.traces, 0, 0, (), 0, 0, 0)
    with api.open(done.path) as opened:
        assert opened.status().rejected_by_reason == status.rejected_by_reason


def test_what_people_wrote_and_the_key_of_hashes_are_taken_over(store: Path) -> None:
    with api.open(store) as opened:
        trace = opened.traces(limit=1)[0].trace_id
    api_pin(store, trace)
    harmed(store, lambda c: c.execute("INSERT INTO meta VALUES ('redaction_key', 'abc')"))
    done, _ = saved(store)
    with closing(sqlite3.connect(done.path)) as connection:
        assert connection.execute("SELECT note FROM pin").fetchall() == [("the incident",)]
        assert connection.execute("SELECT value FROM meta WHERE key = 'redaction_key'").fetchone() == ("abc",)


def api_pin(store: Path, trace: str) -> None:
    with api.open(store) as opened:
        opened.pin(trace, "the incident")


@pytest.mark.parametrize("settings", ["garbage", "7", '{"zone":7}'])
def test_settings_that_are_none_are_those_that_are_usual(store: Path, settings: str) -> None:
    wanted = views(store)
    harmed(store, lambda c: c.execute("UPDATE source SET settings = ?", (settings,)))
    done, found = saved(store)
    assert (done.lost, found) == (0, wanted)


def test_a_file_of_which_lines_are_lost_is_to_be_read_again(store: Path, tmp_path: Path) -> None:
    wanted = views(store)
    harmed(store, lambda c: c.execute("UPDATE chunk_data SET data = substr(data, 1, 100) WHERE id = (SELECT max(id) FROM chunk)"))
    done, found = saved(store)
    assert done.again == (str(tmp_path / "more.log.gz"),) and done.sources == 1
    assert [row[0] for row in found["traces"]] == sorted(TRACES)
    take(Path(done.path), tmp_path / "edge.log", tmp_path / "more.log.gz")
    assert views(Path(done.path)) == wanted


def test_what_is_whole_of_a_file_that_is_gone_is_saved(store: Path, tmp_path: Path) -> None:
    (tmp_path / "more.log.gz").unlink()
    harmed(store, lambda c: c.execute("UPDATE chunk_data SET data = substr(data, 1, 100) WHERE id = (SELECT max(id) FROM chunk)"))
    done, found = saved(store)
    assert (done.again, done.lost, done.sources) == ((), 1, 2)
    assert 2 < len(found["traces"]) < 701


def test_lines_that_were_pruned_are_not_asked_for_again(store: Path) -> None:
    def pruned(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM chunk_data WHERE id = (SELECT min(id) FROM chunk_data)")
        connection.execute("DELETE FROM chunk WHERE id NOT IN (SELECT id FROM chunk_data)")
        connection.execute("INSERT INTO dropped VALUES ('expired', 'edge', 'op', 2, 4, 12, 0, 0)")

    harmed(store, pruned)
    done, _ = saved(store)
    assert (done.again, done.lost) == ((), 0)


def test_a_store_that_was_pruned_loses_nothing_and_brings_nothing_back(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "gone.log", story()))
    pruned_all(store)
    take(store, write(tmp_path / "stays.log", [line(f"{7:032x}", f"{7:016x}", 1, "here", operation="A", duration_ms=1)]))
    done, found = saved(store)
    assert (done.again, done.lost, done.traces, len(found["traces"])) == ((), 0, 1, 1)
    take(Path(done.path), tmp_path / "gone.log")  # what was read is not read again
    assert len(views(Path(done.path))["traces"]) == 1


@pytest.mark.parametrize("pages", [1, 2, 4])
def test_a_store_without_its_first_pages_is_read_page_by_page(store: Path, pages: int) -> None:
    wanted = views(store)
    overwrite(store, 0, pages)
    _, found = saved(store)
    assert found["traces"] == wanted["traces"] and found["spans"] == wanted["spans"]


def test_pages_tell_the_same_as_sqlite(store: Path) -> None:
    with closing(Wreck(store)) as one, closing(Carved(store)) as other:
        assert one.sources() == other.sources()
        texts = [text for text in one.texts() if text.state == "whole"]
        assert texts == [text for text in other.texts() if text.state == "whole"] and len(texts) > 2
        assert [one.packed(text.chunk) for text in texts] == [other.packed(text.chunk) for text in texts]


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_stores_of_all_schemas_can_be_saved(tmp_path: Path, version: int) -> None:
    store = tmp_path / "s.db"
    store.write_bytes(zstandard.ZstdDecompressor().decompress((OLD / f"schema{version}.db.zst").read_bytes()))
    done = salvage(store)
    assert (done.sources, done.lines, done.traces, done.lost) == (3, 49, 3, 0)
    with api.open(done.path) as opened:
        notes = opened.noted() if version > 1 else ["none then"]
    assert len(notes) == 1


@pytest.mark.parametrize("content", [b"", b"no store at all, but a text", b"SQLite format 3\0" + bytes(20_000), bytes(100)])
def test_what_holds_no_lines_is_no_new_store(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.db").write_bytes(content)
    with pytest.raises(StoreError):
        salvage(tmp_path / "s.db")
    assert {path.name for path in tmp_path.iterdir()} <= {"s.db", "s.db.lock"}


def test_nothing_is_overwritten_and_nobody_disturbed(store: Path) -> None:
    with writing(store), pytest.raises(StoreError, match="being written"):
        salvage(store)
    salvage(store)
    with pytest.raises(StoreError, match=r"s\.db\.repaired already"):
        salvage(store)


def page_of(store: Path, table: str) -> int:
    """The number of the page, from 0, at which a table begins."""
    with closing(sqlite3.connect(store)) as connection:
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return int(found[0]) - 1


def test_text_is_found_in_the_pages_where_tables_have_changed_places(store: Path) -> None:
    before = views(store)
    one, two = (
        slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE) for page in (page_of(store, "chunk_data"), page_of(store, "chunk"))
    )
    data = bytearray(store.read_bytes())
    data[one], data[two] = data[two], data[one]
    store.write_bytes(data)
    for path in (store.parent / "edge.log", store.parent / "more.log.gz"):
        path.unlink()
    done, found = saved(store)
    assert (found["spans"], done.lost) == (before["spans"], 0)


def test_text_that_a_table_does_not_lead_to_any_more_is_found_in_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way to the last pieces is gone, in the page that leads to all of them."""
    monkeypatch.setattr(work, "CHUNK", 300)
    many = [line(f"{n:032x}", f"{n:016x}", n, "y", duration_ms=1, operation="A") for n in range(1, 900)]
    take(tmp_path / "s.db", write(tmp_path / "a.log", many))
    before, data = views(tmp_path / "s.db"), bytearray((tmp_path / "s.db").read_bytes())
    root = page_of(tmp_path / "s.db", "chunk_data") * PAGE_SIZE
    assert data[root] == 5  # an inner page; its last child:
    data[root + 8 : root + 12] = bytes(4)
    (tmp_path / "s.db").write_bytes(data)
    (tmp_path / "a.log").unlink()
    with closing(Wreck(tmp_path / "s.db")) as wreck:
        assert {text.state for text in wreck.texts()} == {"whole", "lost"}
    done, found = saved(tmp_path / "s.db")
    assert (found, done.lost) == (before, 0)


def test_where_no_line_is_left_the_logs_are_told_that_still_are(store: Path) -> None:
    harmed(store, lambda c: c.execute("UPDATE chunk_data SET data = x'28b52ffd00'"))
    harmed(store, lambda c: c.execute("INSERT INTO note VALUES (1, 'f', 'known', 0)"))
    done, found = saved(store)
    assert (done.lines, found["logs"]) == (0, [])
    assert sorted(Path(path).name for path in done.again) == ["edge.log", "more.log.gz"]
    with closing(sqlite3.connect(done.path)) as connection:
        assert connection.execute("SELECT text FROM note").fetchall() == [("known",)]
    Path(done.path).unlink()
    (store.parent / "edge.log").unlink()
    assert [Path(path).name for path in salvage(store).again] == ["more.log.gz"]
    Path(done.path).unlink()
    (store.parent / "more.log.gz").unlink()
    with pytest.raises(StoreError, match="no line can be read"):
        salvage(store)
    assert not list(store.parent.glob("s.db.repaired*"))
