from __future__ import annotations

import gzip
import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from logtrace import api
from logtrace.account import Account
from logtrace.errors import StoreError
from logtrace.ingest.records import Settings
from logtrace.store.file.database import writing
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.upkeep.status import status
from logtrace.store.writing.writer import Writer
from tests.builders import MS, T0
from tests.cli.conftest import FIXTURES
from tests.jobs.stores import TRACES, append, line, story, take, views, write

LINES = story()
"""12 lines of two traces."""


@pytest.fixture
def once(tmp_path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The views of a store that read the story in one go."""
    store = tmp_path / "once.db"
    take(store, write(tmp_path / "once.log", LINES))
    return views(store)


def test_the_account_of_a_story(tmp_path: Path) -> None:
    account = take(tmp_path / "s.db", write(tmp_path / "edge.log", LINES))
    assert (account.lines_read, account.lines_used, account.lines_without_trace, account.lines_rejected) == (12, 12, 0, 0)
    assert (account.traces, account.traces_new, account.spans, account.spans_new) == (2, 2, 4, 4)


def test_a_file_that_is_read_again_changes_nothing(tmp_path: Path) -> None:
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES)
    take(store, log)
    before = views(store)
    account = take(store, log)
    assert (account.lines_read, account.files_unchanged, account.traces_new) == (0, 1, 0)
    assert views(store) == before


@pytest.mark.parametrize("cut", [1, 4, 9])
def test_a_file_that_grew_is_read_from_where_it_ended(
    tmp_path: Path, once: dict[str, list[tuple[object, ...]]], cut: int
) -> None:
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES[:cut])
    take(store, log)
    append(log, LINES[cut:])
    account = take(store, log)
    assert account.lines_read == len(LINES) - cut
    assert views(store) == once


@pytest.mark.parametrize("name", ["x.json", "x.json.gz"])
def test_a_document_needs_no_line_end_behind_its_last_bracket(tmp_path: Path, name: str) -> None:
    told = (FIXTURES / "formats" / "files" / "aws-logs-filter-log-events.json").read_bytes()
    found = []
    for text in (told.rstrip(), told):  # the second is the first, grown by a line end
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
        account = take(tmp_path / "s.db", tmp_path / name)
        found.append((account.lines_used, account.lines_rejected, account.notes, views(tmp_path / "s.db")))
    assert found[0][:3] == (3, 0, ())
    assert found[1][1:] == (0, (), found[0][3])


def test_a_rotated_file_is_known_by_any_name(tmp_path: Path, once: dict[str, list[tuple[object, ...]]]) -> None:
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES[:7])
    take(store, log)
    log.rename(tmp_path / "edge.log.1")
    write(log, LINES[7:])
    account = take(store, tmp_path / "edge.log.1", log)
    assert account.lines_read == 5
    assert views(store) == once


def test_copytruncate_loses_and_repeats_nothing(tmp_path: Path, once: dict[str, list[tuple[object, ...]]]) -> None:
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES[:7])
    take(store, log)
    shutil.copyfile(log, tmp_path / "edge.log.1")
    write(log, LINES[7:])
    account = take(store, log, tmp_path / "edge.log.1")
    assert account.lines_read == 5
    assert views(store) == once


def test_a_gzipped_copy_is_the_same_log(tmp_path: Path, once: dict[str, list[tuple[object, ...]]]) -> None:
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES[:7])
    take(store, log)
    append(log, LINES[7:])
    (tmp_path / "edge.log.2.gz").write_bytes(gzip.compress(log.read_bytes()))
    account = take(store, tmp_path / "edge.log.2.gz")
    assert account.lines_read == 5
    assert views(store) == once


def piped(store: Path, lines: list[str]) -> None:
    """Ingests lines from the standard input of another process."""
    code = (
        "import sys; from pathlib import Path; from logtrace.jobs.intake.ingest import ingest; ingest(Path(sys.argv[1]), ['-'])"
    )
    subprocess.run([sys.executable, "-c", code, str(store)], input="".join(f"{text}\n" for text in lines).encode(), check=True)


def test_lines_that_are_piped_again_count_once(tmp_path: Path, once: dict[str, list[tuple[object, ...]]]) -> None:
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "edge.log", LINES))
    piped(store, LINES[3:])
    assert views(store) == once


def test_lines_in_another_wrapper_count_once(tmp_path: Path, once: dict[str, list[tuple[object, ...]]]) -> None:
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "edge.log", LINES))
    wrapped = [f"2024-01-10T14:30:01.123456789Z stdout F {text}" for text in LINES]
    account = take(store, write(tmp_path / "0.log", wrapped))
    assert (account.lines_used, account.lines_duplicate) == (12, 12)
    found = views(store)
    assert found["logs"] == once["logs"]
    assert found["traces"] == once["traces"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_quarters_in_any_order_give_the_same(
    tmp_path: Path, once: dict[str, list[tuple[object, ...]]], order: tuple[int, ...]
) -> None:
    store = tmp_path / "s.db"
    parts = [write(tmp_path / f"edge-{number}.log", LINES[3 * number : 3 * number + 3]) for number in range(4)]
    for number in order:
        take(store, parts[number])
    assert views(store) == once


@pytest.mark.parametrize("seed", range(4))
def test_lines_in_any_order_give_the_same(tmp_path: Path, once: dict[str, list[tuple[object, ...]]], seed: int) -> None:
    shuffled = random.Random(seed).sample(LINES, len(LINES))
    take(tmp_path / "s.db", write(tmp_path / "edge.log", shuffled))
    assert views(tmp_path / "s.db") == once


def test_attributes_of_the_view_stand_in_the_order_of_their_keys(tmp_path: Path) -> None:
    """In what order lines told them depends on what was read with them."""
    store, told = tmp_path / "s.db", {"zone": 1, "agent": 2, "ctx": {"b": 3, "a": 4}}
    log = write(tmp_path / "edge.log", [line(TRACES[0], "a" * 16, 0, "done", duration_ms=1, operation="a", **told)])
    take(store, log)
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT attributes FROM spans").fetchone() == ('{"agent":2,"ctx.a":4,"ctx.b":3,"zone":1}',)


def test_both_widths_of_a_trace_id_meet_in_any_order(tmp_path: Path) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    long = write(tmp_path / "a.log", [line(trace, "a" * 16, 0, "x", duration_ms=5, operation="A")])
    short = write(tmp_path / "b.log", [line(trace[16:], "b" * 16, 1, "y", duration_ms=2, operation="B", parent_span_id="a" * 16)])
    take(tmp_path / "ab.db", long)
    take(tmp_path / "ab.db", short)
    take(tmp_path / "ba.db", short)
    take(tmp_path / "ba.db", long)
    found = views(tmp_path / "ab.db")
    assert [row[0] for row in found["traces"]] == [trace]
    assert len(found["spans"]) == 2
    assert views(tmp_path / "ba.db") == found


KILLED = """
import os, signal, sys
from pathlib import Path
from logtrace.jobs.intake import ingest as job
from logtrace.jobs.intake import recording
recording.COMMIT_SECONDS = 0.0
count = 0
def progress(done, size, lines):
    global count
    count += 1
    if count == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
job.ingest(Path(sys.argv[1]), [sys.argv[2]], progress=progress)
"""


@pytest.mark.parametrize("after", [1, 2])
def test_a_killed_ingest_is_taken_up_again(tmp_path: Path, after: int) -> None:
    """12 MB in blocks of 4: the process is killed after one of them, with workers running."""
    body = "x" * 10_000
    lines = [line(f"{n:032x}", f"{n:016x}", n / 10, body, duration_ms=1, operation="A") for n in range(1, 1200)]
    log = write(tmp_path / "edge.log", lines)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "s.db"), str(log), str(after)], check=False)
    assert killed.returncode == -signal.SIGKILL
    account = take(tmp_path / "s.db", log)
    assert 0 < account.lines_read < len(lines)
    assert account.traces == len(lines)
    with FragmentReader(tmp_path / "s.db") as reader:
        assert status(reader).lines_read == len(lines)
    take(tmp_path / "once.db", log)
    assert views(tmp_path / "s.db") == views(tmp_path / "once.db")


def test_a_killed_assembly_is_taken_up_again(tmp_path: Path, once: dict[str, list[tuple[object, ...]]]) -> None:
    """Killed between the rows and the traces made of them: nothing is new in the file, and all must be there."""
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES)
    take(store, log)
    connection = sqlite3.connect(store)
    connection.executescript("DELETE FROM trace; UPDATE meta SET value = 0 WHERE key = 'assembled';")
    connection.close()
    with FragmentReader(store) as reader:
        assert "did not finish: 2 traces" in status(reader).notes[0]
    assert take(store, log).traces == 2
    assert views(store) == once


def test_a_path_that_cannot_be_read_does_not_stop_the_rest(tmp_path: Path) -> None:
    account = take(tmp_path / "s.db", tmp_path / "nowhere.log", write(tmp_path / "edge.log", LINES))
    assert account.files_unreadable == ((str(tmp_path / "nowhere.log"), "no such file"),)
    assert account.lines_used == 12


def test_a_damaged_gzip_file_gives_what_comes_before_the_damage(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(os.urandom(500).hex().encode() + b"\n" for _ in range(3000)) + "\n".join(LINES).encode())
    (tmp_path / "bad.log.gz").write_bytes(whole[: len(whole) // 2])
    account = take(tmp_path / "s.db", tmp_path / "bad.log.gz", write(tmp_path / "edge.log", LINES))
    assert account.lines_used == 12
    assert [path for path, _ in account.files_unreadable] == [str(tmp_path / "bad.log.gz")]
    assert "damaged" in account.files_unreadable[0][1]


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    account = take(tmp_path / "s.db", write(tmp_path / "empty.log", []))
    assert account.lines_read == 0
    assert account.notes == (f"{tmp_path / 'empty.log'} is empty",)


def test_a_line_of_50_mb_is_rejected_in_little_memory(tmp_path: Path) -> None:
    log = tmp_path / "edge.log"
    with log.open("w", encoding="utf-8") as file:
        file.write(f"{LINES[0]}\n")
        for _ in range(50):
            file.write("x" * 1_000_000)
        file.write("\n")
        file.writelines(f"{text}\n" for text in LINES[1:])
    code = (
        "import sys, resource; from pathlib import Path; from logtrace.jobs.intake.ingest import ingest;"
        "resource.setrlimit(resource.RLIMIT_DATA, (200 << 20, 200 << 20));"
        "a = ingest(Path(sys.argv[1]), [sys.argv[2]]);"
        "print(a.lines_used, dict(a.rejected_by_reason), a.rejected_examples[0].line)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s.db"), str(log)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "12 {'too_long': 1} 2"


def test_settings_that_change_make_known_lines_be_read_anew(tmp_path: Path) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    local = line(trace, "a" * 16, 0, "x", duration_ms=5, timestamp="2024-01-10 14:30:00")
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", [local])
    take(store, log)
    (utc,) = [row[3] for row in views(store)["traces"]]
    account = take(store, log, settings=Settings(zone="Europe/Berlin"))
    (berlin,) = [row[3] for row in views(store)["traces"]]
    assert utc - berlin == 3_600_000_000_000
    assert "settings changed" in account.notes[0]
    assert len(views(store)["logs"]) == 1


def test_settings_that_change_while_new_files_come(tmp_path: Path) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    old = write(tmp_path / "old.log", [line(trace, "a" * 16, 0, "x", duration_ms=5)])
    new = write(tmp_path / "new.log", [line(trace, "b" * 16, 9, "y", duration_ms=5, user="u-7")])
    store = tmp_path / "s.db"
    take(store, old)
    account = take(store, new, old, settings=Settings(zone="Europe/Berlin"))
    assert (account.spans, len(views(store)["logs"])) == (2, 2), "what workers knew of names was forgotten with them"


def test_a_last_line_without_an_end_is_read_once_it_has_one(tmp_path: Path) -> None:
    store, log = tmp_path / "s.db", tmp_path / "edge.log"
    log.write_text(LINES[0] + "\n" + LINES[1][:40], encoding="utf-8")
    assert take(store, log).rejected_by_reason == {"truncated": 1}
    log.write_text("".join(f"{text}\n" for text in LINES), encoding="utf-8")
    account = take(store, log)
    assert (account.lines_read, account.lines_rejected) == (11, 0)


def test_a_store_that_another_process_writes_is_named_with_its_pid(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    with writing(store), pytest.raises(StoreError, match=f"written by process {os.getpid()}"):
        take(store, write(tmp_path / "edge.log", LINES))


def test_foreign_damaged_newer_and_older_stores_are_refused_and_not_touched(tmp_path: Path) -> None:
    log = write(tmp_path / "edge.log", LINES)
    text = write(tmp_path / "text.db", ["no database"])
    with pytest.raises(StoreError, match="no logtrace store"):
        take(text, log)
    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    content = foreign.read_bytes()
    with pytest.raises(StoreError, match="no logtrace store"):
        take(foreign, log)
    assert foreign.read_bytes() == content
    other = tmp_path / "other.db"
    take(other, log)
    for version in (99, 1):
        connection = sqlite3.connect(other)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (version,))
        connection.commit()
        connection.close()
        with pytest.raises(StoreError, match=f"schema {version}"):
            take(other, log)


def test_a_store_with_damaged_pages_says_so(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "edge.log", LINES))
    data = bytearray(store.read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    store.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        take(store, write(tmp_path / "more.log", LINES[:3]))


def test_a_directory_that_cannot_hold_a_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match=str(tmp_path / "file")):
        take(tmp_path / "file" / "s.db", write(tmp_path / "edge.log", LINES))


def test_a_store_is_for_its_owner_alone_and_leaves_no_log_behind(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "edge.log", LINES))
    assert store.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.glob("s.db*")) == ["s.db", "s.db.lock"]


def test_what_another_model_inferred_is_inferred_anew(tmp_path: Path) -> None:
    """A trace row of another model version, with inferred parents, is made again by the next ingest; others are left."""
    lines = [
        line(TRACES[0], "a" * 16, 30, "outer", duration_ms=30, operation="outer"),
        line(TRACES[0], "b" * 16, 20, "inner", duration_ms=10, operation="inner"),
        line(TRACES[1], "c" * 16, 30, "alone", duration_ms=30, operation="alone"),
    ]
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", lines)
    take(store, log)
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE trace SET model = 7 WHERE model")
    take(store, log)
    with sqlite3.connect(store) as connection:
        ((version,),) = connection.execute("SELECT version FROM model").fetchall()
        assert connection.execute("SELECT inferred, model FROM trace ORDER BY 1").fetchall() == [(0, 0), (1, version)]


def test_a_line_without_a_span_that_is_piped_again_without_its_service_counts_once(tmp_path: Path) -> None:
    text = '{"timestamp":"2024-01-10T14:30:00Z","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","msg":"Request processed"}'
    other = text.replace("processed", "received")
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "edge-mcp.log", [text]))
    nameless = tmp_path / ("a" * 64 + "-json.log")  # a container's id tells no service, as a pipe tells none
    account = take(store, write(nameless, [text, other]))
    assert account.lines_duplicate == 1
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT line_count FROM traces").fetchall() == [(2,)]
        assert connection.execute("SELECT service, body FROM logs ORDER BY 2").fetchall() == [
            ("edge-mcp", "Request processed"),
            ("", "Request received"),
        ]


def test_a_source_of_which_a_killed_run_read_nothing_is_the_same_source(tmp_path: Path) -> None:
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES)
    take(store, write(tmp_path / "other.log", LINES[:1]))
    with sqlite3.connect(store) as connection:
        row = (str(log), "file", Settings().text(), b"0", 1)
        connection.execute("INSERT INTO source (path, kind, settings, fingerprint, fingerprint_len) VALUES (?, ?, ?, ?, ?)", row)
    take(store, log)
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT count(*) FROM source").fetchone() == (2,)


def changes(account: Account) -> tuple[int, int, int, int]:
    return account.traces_new, account.traces_changed, account.spans_new, account.spans_changed


def test_changed_is_what_a_reader_sees_otherwise(tmp_path: Path) -> None:
    """Another model for parents that no line names changes no trace whose parents stay what they were."""
    store, other = tmp_path / "s.db", "c" * 32
    assert changes(take(store, FIXTURES / "slow-create-task" / "logs", FIXTURES / "other-kinds" / "logs"))[1::2] == (0, 0)
    before = views(store)
    account = take(store, write(tmp_path / "other.log", [line(other, "d" * 16, 0, "x", duration_ms=5, operation="Z")]))
    assert changes(account) == (1, 0, 1, 0)
    assert [row for row in views(store)["spans"] if row[0] != other] == before["spans"]
    account = take(store, write(tmp_path / "more.log", [line(other, "d" * 16, 1, "y")]))
    assert changes(account) == (0, 1, 0, 1)
    again = write(tmp_path / "copy.log", [f"edge-1  | {line(other, 'd' * 16, 1, 'y')}"])
    assert changes(take(store, again)) == (0, 0, 0, 0)


def test_what_is_read_anew_is_not_new(tmp_path: Path) -> None:
    zoned = line(TRACES[0], "a" * 16, 0, "x", duration_ms=5)
    local = line(TRACES[1], "b" * 16, 0, "x", duration_ms=5, timestamp="2024-01-10 14:30:00")
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", [zoned, local])
    take(store, log)
    assert changes(take(store, log, settings=Settings(zone="Europe/Berlin"))) == (0, 1, 0, 1)


def test_what_a_killed_run_left_is_not_changed(tmp_path: Path) -> None:
    """Rows that no assembly has seen are nothing that a reader saw."""
    store, log = tmp_path / "s.db", write(tmp_path / "edge.log", LINES[:4])
    take(store, log)
    connection = sqlite3.connect(store)
    connection.executescript("DELETE FROM trace; UPDATE meta SET value = 0 WHERE key = 'assembled'")
    connection.close()
    append(log, LINES[4:])
    assert changes(take(store, log)) == (2, 0, 4, 0)


def test_spans_of_many_lines_refer_to_messages_that_come_again(tmp_path: Path) -> None:
    told = [(f"{span:016x}", 10 * span + at, f"step {at}") for span in range(1, 41) for at in range(5)]
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "edge.log", [line(TRACES[0], span, at, body) for span, at, body in told]))
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT DISTINCT typeof(lines), length(lines) / 20, n_lines FROM span").fetchall() == [
            ("blob", 5, 5)
        ]
        assert connection.execute("SELECT count(*), count(DISTINCT text) FROM body").fetchone() == (5, 5)
    found = [(row[1], row[3], row[5]) for row in views(store)["logs"]]
    assert sorted(found) == [(span, T0 + at * MS, body) for span, at, body in told]
    with api.open(store) as opened:
        assert [each.body for each in opened.trace(TRACES[0]).spans[7].lines] == [f"step {at}" for at in range(5)]


def test_rows_of_a_later_run_lie_in_the_order_of_its_lines(tmp_path: Path):
    """Later rows of a span are later lines."""
    (tmp_path / "a.log").write_text(line(TRACES[0], "a" * 16, 0, "before", duration_ms=1, operation="o") + "\n")
    api.ingest([str(tmp_path / "a.log")], tmp_path / "s.db")
    later = [
        line(TRACES[1], f"{n:016x}", n, "did", operation=f"op{n % 3}", duration_ms=100 - n % 7, event="span_end")
        for n in range(1, 12)
    ]
    (tmp_path / "b.log").write_text("".join(f"{each}\n" for each in later))
    api.ingest([str(tmp_path / "b.log")], tmp_path / "s.db")
    with sqlite3.connect(tmp_path / "s.db") as store:
        assert store.execute("SELECT span_key FROM span ORDER BY id").fetchall()[1:] == [(n,) for n in range(1, 12)]


def test_traces_are_assembled_as_their_rows_lie(tmp_path: Path) -> None:
    """Once each, by the first of the new rows, whatever their ids are: what is read for one holds rows of the next."""
    store, ids = tmp_path / "s.db", [f"{number:032x}" for number in (7, 3, 9, 3, 5, 7)]
    take(store, write(tmp_path / "edge.log", [line(each, f"{span:016x}", span, "did") for span, each in enumerate(ids, 1)]))
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE meta SET value = 1 WHERE key = 'assembled'")
        connection.commit()
    with writing(store), closing(Writer(store)) as writer:
        assert writer.dirty_traces() == [3, 9, 5, 7]
