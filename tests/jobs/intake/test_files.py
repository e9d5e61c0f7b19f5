"""Files of all kinds through an ingest: what is packed, damaged, linked or gone."""

from __future__ import annotations

import errno
import gzip
import io
import shutil
import sqlite3
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from logtrace.ingest.files import compression
from logtrace.ingest.pieces.blocks import Block
from logtrace.jobs.intake import planning, recognise
from tests.jobs.stores import append, story, take, views, write

LINES = story()
"""12 lines of two traces."""
DATA = "".join(f"{text}\n" for text in LINES).encode()


@pytest.fixture
def once(tmp_path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The views of a store that read the story in one go."""
    store = tmp_path / "once.db"
    take(store, write(tmp_path / "once.log", LINES))
    return views(store)


def tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("make", [tar, zipped])
def test_an_archive_is_read_member_by_member_and_known_again(tmp_path: Path, once: object, make: object) -> None:
    half = DATA.index(LINES[6].encode())
    files = {"log/edge.log": DATA[half:], "log/edge.log.1.gz": gzip.compress(DATA[:half]), "readme.md": b"x"}
    path = make(tmp_path / ("logs.zip" if make is zipped else "logs.tar.gz"), files)  # type: ignore[operator]
    account = take(tmp_path / "s.db", path)
    assert (account.lines_used, account.files_read, account.files_unreadable) == (12, 2, ())
    assert views(tmp_path / "s.db") == once
    again = take(tmp_path / "s.db", path)
    assert (again.lines_read, again.files_unchanged) == (0, 2)


@pytest.mark.parametrize("make", [tar, zipped])
def test_an_archived_copy_of_a_known_log_is_read_from_where_that_ended(tmp_path: Path, once: object, make: object) -> None:
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES[:7])
    take(store, log)
    path = make(tmp_path / ("logs.zip" if make is zipped else "logs.tar"), {"edge.log.1": DATA, "other.log": b""})  # type: ignore[operator]
    assert take(store, path).lines_read == 5
    assert views(store) == once


def test_a_growing_compressed_file_is_read_on(tmp_path: Path, once: object) -> None:
    store, path = tmp_path / "s.db", tmp_path / "edge.log.zst"
    for cut in (1, 5, 6, 12):
        path.write_bytes(zstandard.compress("".join(f"{text}\n" for text in LINES[:cut]).encode()))
        take(store, path)
    assert views(store) == once


def test_a_bomb_and_a_cut_archive_are_told_and_the_rest_goes_on(
    tmp_path: Path, once: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "ALWAYS_ALLOWED", 1 << 20)
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(b"0" * (4 << 20)))
    zipped(tmp_path / "logs-b.zip", {f"{n}.log": b"%d" % n + b"0" * (1 << 19) for n in range(20)})
    (tmp_path / "c.log.zst").write_bytes(zstandard.compress(DATA)[:100])
    store = tmp_path / "s.db"
    account = take(store, tmp_path / "a.log.gz", tmp_path / "logs-b.zip", tmp_path / "c.log.zst", tmp_path / "once.log")
    reasons = dict(account.files_unreadable)
    assert "archive bomb" in reasons[str(tmp_path / "a.log.gz")]
    assert any("archive bomb" in reason for path, reason in reasons.items() if "logs-b.zip" in path)
    assert "cut off" in reasons[str(tmp_path / "c.log.zst")]
    assert account.lines_used == 12
    assert views(store) == once


def test_a_file_that_is_deleted_while_it_is_read_is_told(tmp_path: Path, once: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there when it is looked at, and gone when a worker opens it."""
    gone = write(tmp_path / "gone.log", LINES[:3])
    whole = planning.Planner._whole

    def deleted(self: object, opened: object, block: object) -> bool:
        gone.unlink(missing_ok=True)
        return whole(self, opened, block)  # type: ignore[arg-type]

    monkeypatch.setattr(planning.Planner, "_whole", deleted)
    account = take(tmp_path / "s.db", gone, tmp_path / "once.log")
    assert [path for path, _ in account.files_unreadable] == [str(gone)]
    assert views(tmp_path / "s.db") == once


def test_a_file_that_could_not_be_read_to_its_end_is_read_from_there_later(tmp_path: Path, once: object) -> None:
    """It gets shorter and grows again: what the worker could not read is not taken for read."""
    log = write(tmp_path / "edge.log", LINES[:5])
    store = tmp_path / "s.db"
    take(store, log)
    original = planning.file_blocks

    def shrinking(path: str, start: int, size: int):  # type: ignore[no-untyped-def]
        blocks = list(original(path, start, size))
        write(log, LINES[:5])
        yield from blocks

    append(log, LINES[5:])
    planning.file_blocks = shrinking  # type: ignore[assignment]
    try:
        account = take(store, log)
    finally:
        planning.file_blocks = original
    assert "shorter" in account.files_unreadable[0][1]
    append(log, LINES[5:])
    assert take(store, log).lines_read == 7
    assert views(store) == once


def test_a_name_that_is_no_text_is_a_name_all_the_same(tmp_path: Path, once: object) -> None:
    odd = tmp_path / "logs" / "caf\udce9.log"
    odd.parent.mkdir()
    write(odd, LINES[:6])
    account = take(tmp_path / "s.db", odd.parent)
    assert (account.lines_used, account.files_unreadable) == (6, ())
    append(odd, LINES[6:])
    assert take(tmp_path / "s.db", str(odd)).lines_used == 6
    assert take(tmp_path / "s.db", str(odd)).files_unchanged == 1
    assert views(tmp_path / "s.db") == once
    packed = tar(tmp_path / "logs.tar", {"caf\udce9.log": DATA})
    assert take(tmp_path / "t.db", packed).lines_used == 12


def test_what_the_disk_does_not_give_is_read_the_next_time(tmp_path: Path, once: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block is read, then the disk fails: what was read stays, and the file is no known one that has not changed."""
    log = write(tmp_path / "edge.log", LINES)
    real, cut = planning.file_blocks, DATA.index(LINES[6].encode())

    def failing(path: str, start: int, _size: int) -> Iterator[Block]:
        yield from real(path, start, cut)
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(planning, "file_blocks", failing)
        account = take(tmp_path / "s.db", log)
    assert account.files_unreadable == ((str(log), "input/output error"),)
    assert take(tmp_path / "s.db", log).files_unchanged == 0
    assert views(tmp_path / "s.db") == once


def test_a_known_file_whose_end_the_disk_does_not_give_is_not_read_twice(
    tmp_path: Path, once: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes before the new lines would tell that the others are known."""
    log, store = write(tmp_path / "edge.log", LINES[:8]), tmp_path / "s.db"
    take(store, log)
    append(log, LINES[8:])

    def failing(*_: object) -> bytes:
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(recognise, "tail_before", failing)
        account = take(store, log)
    assert (account.files_unreadable, account.lines_read) == (((str(log), "input/output error"),), 0)
    assert take(store, log).lines_read == 4
    assert views(store) == once
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT count(*) FROM source").fetchone() == (1,)


def test_a_short_file_under_another_name_is_known(tmp_path: Path) -> None:
    """Its name would tell another service, so that its lines would count twice. A copy beside the file is one of its own."""
    unnamed = [text.replace('"service":"edge",', "") for text in LINES[:3]]
    store, log = tmp_path / "s.db", write(tmp_path / "old.log", unnamed)
    take(store, log)
    before = views(store)
    moved = log.rename(tmp_path / "new.log")
    assert (take(store, moved).lines_read, take(store, moved).lines_read) == (0, 0)
    assert views(store)["logs"] == before["logs"]
    copy = Path(shutil.copy2(moved, tmp_path / "copy.log"))
    assert take(store, copy).lines_read == 3


def test_what_is_not_named_like_a_log_is_left_out_aloud(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    zipped(folder / "logs.zip", {"edge.log": DATA, "messages": DATA, "readme.md": b"x"})
    zipped(folder / "logs-of-none.zip", {"messages": DATA})
    for name in ("core", "syslog"):
        write(folder / name, LINES)
    (note,) = [note for note in take(tmp_path / "s.db", folder).notes if "left out" in note]
    some = ", ".join(str(folder / name) for name in ("core", "syslog", "logs.zip/messages"))
    assert note == f"4 files not named like logs left out ({some}, …); a file that is named itself is read"
    assert not take(tmp_path / "s.db", folder / "syslog").notes
