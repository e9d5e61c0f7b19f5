"""Follow: what grows is read, whatever happens to the files; a killed follow is taken up again."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logtrace.errors import LogtraceError, UsageError
from logtrace.jobs.following import follow as job
from logtrace.model import TraceSummary
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.upkeep.status import status
from logtrace.store.writing.writer import Writer
from tests.jobs.stores import append, story, take, views, write

LINES = story()
"""12 lines of two traces."""
WRITER = Path(__file__).parents[1] / "rotating.py"
FOLLOW = """
import signal, sys, threading
from pathlib import Path
from logtrace.jobs.following.follow import follow
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
print("following", flush=True)
account = follow(Path(sys.argv[1]), sys.argv[2:], stop)
print(account.lines_read, account.files_unreadable, flush=True)
"""


def lines_in(store: Path) -> int:
    """Lines in a store by now."""
    try:
        with FragmentReader(store) as reader:
            return status(reader).lines_read
    except LogtraceError:  # it is being made
        return 0


class Following:
    """A follow in a thread."""

    def __init__(self, store: Path, *paths: Path, closed: Callable[[list[TraceSummary]], None] | None = None) -> None:
        self.store = store
        self.stop = threading.Event()
        self._result: list[object] = []
        self._thread = threading.Thread(target=self._run, args=([str(path) for path in paths], closed))
        self._thread.start()

    def _run(self, paths: list[str], closed: Callable[[list[TraceSummary]], None] | None) -> None:
        self._result.append(job.follow(self.store, paths, self.stop, closed=closed))

    def until(self, lines: int) -> None:
        """Waits until so many lines are in the store."""
        self.when(lambda: lines_in(self.store) >= lines)

    def when(self, holds: Callable[[], bool]) -> None:
        """Waits until something holds: for minutes, on a busy machine."""
        for _ in range(3_600):
            if holds():
                return
            time.sleep(0.05)
        raise AssertionError(f"{lines_in(self.store)} lines are read, and no more comes")

    def end(self) -> object:
        """Stops it; its account."""
        self.stop.set()
        self._thread.join(120)
        return self._result[0]


@contextmanager
def following(*args: Path, **more: Callable[[list[TraceSummary]], None]) -> Iterator[Following]:
    found = Following(*args, **more)  # type: ignore[arg-type]
    try:
        yield found
    finally:
        found.end()


@pytest.fixture
def once(tmp_path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The views of a store that read the story in one go."""
    store = tmp_path / "once.db"
    (tmp_path / "once").mkdir()
    take(store, write(tmp_path / "once" / "edge.log", LINES))
    return views(store)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


def test_what_is_appended_is_read(tmp_path: Path, logs: Path, once: object) -> None:
    log = write(logs / "edge.log", LINES[:3])
    with following(tmp_path / "s.db", log) as found:
        found.until(3)
        append(log, LINES[3:8])
        found.until(8)
        append(log, LINES[8:])
        account = found.end()
    assert (account.lines_read, account.traces_new, account.files_unreadable) == (12, 2, ())  # type: ignore[attr-defined]
    assert views(tmp_path / "s.db") == once


def test_files_of_a_folder_that_are_not_named_like_logs_are_told(tmp_path: Path, logs: Path) -> None:
    write(logs / "edge.log", LINES)
    write(logs / "edge.data", LINES)
    with following(tmp_path / "s.db", logs) as found:
        account = found.end()
    assert account.lines_read == 12  # type: ignore[attr-defined]
    told = f"1 file not named like logs left out ({logs}/edge.data); a file that is named itself is read"
    assert told in account.notes  # type: ignore[attr-defined]


def test_what_was_written_when_it_is_time_to_stop_is_read(tmp_path: Path, logs: Path, once: object) -> None:
    with following(tmp_path / "s.db", logs) as found:
        time.sleep(0.2)
        write(logs / "edge.log", LINES)
        found.end()
    assert views(tmp_path / "s.db") == once


def test_a_line_is_read_when_it_is_whole(tmp_path: Path, logs: Path, once: object) -> None:
    log = write(logs / "edge.log", LINES[:11])
    with following(tmp_path / "s.db", log) as found:
        found.until(11)
        with log.open("a") as file:
            file.write(LINES[11][:40])
            file.flush()
            time.sleep(0.5)
            assert lines_in(found.store) == 11
            file.write(LINES[11][40:] + "\n")
        found.until(12)
        assert found.end().lines_rejected == 0  # type: ignore[attr-defined]
    assert views(tmp_path / "s.db") == once


@pytest.mark.slow
def test_a_renamed_file_is_read_on_though_nobody_named_the_new_name(tmp_path: Path, logs: Path, once: object) -> None:
    log = write(logs / "edge.log", LINES[:4])
    with following(tmp_path / "s.db", log) as found, log.open("a") as old:
        found.until(4)
        log.rename(logs / "elsewhere")
        old.write(f"{LINES[4]}\n")
        old.flush()
        write(log, LINES[5:8])
        found.until(8)
        log.unlink()
        write(log, LINES[8:])
        found.until(12)
    assert views(tmp_path / "s.db") == once


@pytest.mark.slow
def test_a_copy_in_the_making_is_no_new_log(tmp_path: Path, logs: Path, once: object) -> None:
    log = write(logs / "edge.log", LINES[:9])
    with following(tmp_path / "s.db", logs / "edge.log*") as found:
        found.until(9)
        data = log.read_bytes()
        with (logs / "edge.log.1").open("wb") as copy:
            for start in range(0, len(data), 700):
                copy.write(data[start : start + 700])
                copy.flush()
                time.sleep(0.2)
        write(log, LINES[9:])
        found.until(12)
        time.sleep(0.3)
        assert found.end().lines_read == 12  # type: ignore[attr-defined]
    assert views(tmp_path / "s.db") == once


def test_a_copy_that_is_met_before_the_log_was_read_to_its_end_is_no_new_log(
    tmp_path: Path, logs: Path, once: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has no time left in a round goes on to the next file, which may be the same one, compressed."""
    monkeypatch.setattr(job, "ROUND_S", -1.0)
    write(logs / "edge.log.3", LINES)
    (logs / "edge.log.3.gz").write_bytes(gzip.compress((logs / "edge.log.3").read_bytes()))
    with following(tmp_path / "s.db", logs / "edge.log*") as found:
        found.until(12)
        time.sleep(0.3)
    assert lines_in(tmp_path / "s.db") == 12
    assert views(tmp_path / "s.db") == once


def test_new_files_of_a_pattern_and_a_folder_that_comes_later(tmp_path: Path, logs: Path, once: object) -> None:
    with following(tmp_path / "s.db", logs / "*.log", tmp_path / "later" / "*.log") as found:
        write(logs / "edge-1.log", LINES[:6])
        found.until(6)
        (tmp_path / "later").mkdir()
        write(tmp_path / "later" / "edge-2.log", LINES[6:])
        found.until(12)
    assert views(tmp_path / "s.db") == once


def test_traces_are_handed_out_when_they_get_no_more_lines(tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "CLOSED_AFTER_S", 0.5)
    closed: list[TraceSummary] = []
    log = write(logs / "edge.log", LINES[:6])
    with following(tmp_path / "s.db", log, closed=closed.extend) as found:
        found.when(lambda: bool(closed))
        assert [summary.lines for summary in closed] == [6]
        append(log, LINES[6:])
        found.until(12)
    assert [summary.lines for summary in closed] == [6, 6]


def test_stdin_is_not_followed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stdin"):
        job.follow(tmp_path / "s.db", ["-"], threading.Event())


def rotated(tmp_path: Path, logs: Path, lines: int, kills: int) -> list[str]:
    """Follows a writer that rotates, killed (and begun again) so many times; what the last one printed."""
    command = [sys.executable, "-c", FOLLOW, str(tmp_path / "s.db"), str(logs / "edge.log*")]
    writer = subprocess.Popen([sys.executable, str(WRITER), str(logs), str(lines), "0.01"])
    chance = random.Random(3)
    for _ in range(kills):
        follow = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.3, 1.5))
        follow.kill()
        follow.wait()
    follow = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert follow.stdout is not None
    assert follow.stdout.readline() == "following\n"
    assert writer.wait() == 0
    for _ in range(600):
        if lines_in(tmp_path / "s.db") >= lines:
            break
        time.sleep(0.2)
    os.kill(follow.pid, signal.SIGTERM)
    out, _ = follow.communicate(timeout=120)
    assert follow.returncode == 0
    return out.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("kills", [0, 6])
def test_nothing_is_lost_or_repeated_while_a_writer_rotates(tmp_path: Path, logs: Path, kills: int) -> None:
    (last,) = rotated(tmp_path, logs, 100_000, kills)
    assert lines_in(tmp_path / "s.db") == 100_000
    assert last.endswith(" ()")
    (tmp_path / "once").mkdir()
    shutil.copyfile(logs / "all.txt", tmp_path / "once" / "edge.log")
    take(tmp_path / "once.db", tmp_path / "once" / "edge.log")
    assert views(tmp_path / "s.db") == views(tmp_path / "once.db")


def test_what_was_remembered_to_be_quick_is_forgotten(
    tmp_path: Path, logs: Path, once: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would fill memory for as long as a log goes on. What comes of the lines is the same."""
    monkeypatch.setattr(job, "REMEMBERED_LINES", 3)
    known: list[int] = []

    class Watched(Writer):
        def forget_memo(self) -> None:
            known.append(len(self._operations))
            super().forget_memo()
            assert not self._operations

    monkeypatch.setattr(job, "Writer", Watched)
    log = write(logs / "edge.log", [])
    with following(tmp_path / "s.db", logs) as run:
        for at in range(0, len(LINES), 4):
            append(log, LINES[at : at + 4])
            run.until(at + 4)
        run.end()
    assert sum(map(bool, known)) >= 2
    assert views(tmp_path / "s.db") == once
