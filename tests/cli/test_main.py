"""The program's manners: errors, exit codes, pipes, help."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logtrace.cli.verbs import VERBS
from logtrace.store.file.database import connect_writer
from tests.cli.conftest import Call

Run = Callable[..., Any]
LINE = '{"timestamp":"2024-01-10T14:30:00Z","service":"edge-mcp","msg":"m","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}\n'


def test_bare_call_groups_the_verbs_by_question(logtrace: Run):
    shown = logtrace().stdout
    assert "What happened to this request?\n  show" in shown
    assert all(f"\n  {verb.name} " in shown for verb in VERBS)
    assert shown == logtrace("--help").stdout == logtrace("-h").stdout


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_help_fits_80_columns(verb: str, logtrace: Run):
    shown = logtrace(verb, "--help").stdout
    assert shown.startswith(f"Usage: logtrace {verb} ")
    assert max(map(len, shown.splitlines())) <= 80


def test_version(logtrace: Run):
    assert logtrace("--version").stdout == "logtrace 0.1.0\n"


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["shwo"], 2, "error: there is no command 'shwo'\nhint: did you mean show?"),
        (["show"], 2, "error: Missing argument 'TRACE_ID'.\nhint: logtrace show --help"),
        (["show", "x", "--dpth", "2"], 2, "error: No such option"),
        (["traces", "--since", "soon"], 2, "'soon' is no time: write one of 1h, -1h"),
        (["traces", "--tz", "Mars/Olympus"], 2, "'Mars/Olympus' is no time zone"),
        (["show", "x", "--min-duration", "5"], 2, "'5' is no duration: write a number with its unit"),
        (["sql", "SELECT 1", "--csv", "--json"], 2, "error: --csv and --json"),
        (["traces", "--store", "none.db"], 4, "error: there is no store at none.db\nhint: "),
        (["traces", "--since", "99999999999d"], 2, "'99999999999d' is too far away: times go from 1823 to 2116"),
        (["services", "--since", "-99999999999d"], 2, "is too far away"),
        (["logs", "x", "--around", "99999999999d"], 2, "'99999999999d' is too long"),
        (["traces", "-n", "9" * 21], 2, "is not in the range"),
        (["traces", "--since", "1h", "--until", "2h"], 2, "error: --since is later than --until\nhint: "),
        (["traces", "--store", "/"], 4, "error: / is a directory"),
        (["ingest", "x.log", "--store", "/"], 4, "error: / is a directory"),
        (["help", "nosuch"], 2, "error: there is no page 'nosuch'\nhint: there are: "),
    ],
)
def test_errors_are_a_line_and_a_hint(args: list[str], code: int, said: str, logtrace: Run):
    done = logtrace(*args, code=code)
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("verb", ["ingest", "show", "sql"])
def test_a_closed_stdin_is_told(verb: str, stories: Path):
    shell = f"{sys.executable} -m logtrace {verb} - --store {stories} <&-"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, "error: stdin is closed: nothing is piped in")


def test_debug_shows_the_traceback_and_keeps_the_code(logtrace: Run):
    done = logtrace("traces", "--debug", "--store", "none.db", code=4)
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-2] == "error: there is no store at none.db"


def test_an_error_line_has_no_control_characters(logtrace: Run):
    done = logtrace("traces", "--store", "no\x1b[31mne\n.db", code=4)
    assert "\\x1b[31mne\\n.db" in done.stderr
    assert "\x1b" not in done.stderr


def test_variables_stand_for_flags(logtrace: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGTRACE_STORE", "none.db")
    assert "none.db" in logtrace("traces", code=4).stderr
    monkeypatch.setenv("LOGTRACE_TRACES_LIMIT", "many")
    assert "'many'" in logtrace("traces", code=2).stderr


@pytest.mark.parametrize(
    "verb",
    ["help commands", "sql --json", "sql --csv", "logs", "show", "search", "search --ids", "timeline", "grep", "grep --json"],
)
def test_a_closed_pipe_is_no_error(verb: str, stories: Path):
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT i FROM n"
    rest = {"sql": f"'{many}'", "logs": "d1d2d3d4", "show": "d1d2d3d4 --logs", "timeline": "'duration exists'", "grep": "."}.get(
        verb.partition(" ")[0], ""
    )
    shell = f"{sys.executable} -m logtrace {verb} {rest} | true; exit ${{PIPESTATUS[0]}}"
    environment = os.environ | {"LOGTRACE_STORE": str(stories)}
    done = subprocess.run(["bash", "-c", shell], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_pipe_nobody_reads_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "logtrace"], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_error_nobody_reads_keeps_its_code(stories: Path):
    command = [sys.executable, "-m", "logtrace", "show", "nope", "--store", str(stories)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        running.stderr.close()
        assert running.wait() == 5


@pytest.mark.parametrize("verb", ["grep .", "help search", "show @last", "export @last --format otlp"])
def test_a_closed_stdout_is_no_error(verb: str, stories: Path):
    shell = f"{sys.executable} -m logtrace {verb} >&-"
    environment = os.environ | {"LOGTRACE_STORE": str(stories)}
    done = subprocess.run(["bash", "-c", shell], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("nowhere", ["2>/dev/full", "2>&-", ">&- 2>&- <&-"])
def test_an_error_that_nothing_takes_keeps_its_code(nowhere: str, stories: Path):
    shell = f"{sys.executable} -m logtrace show 0123456789abcdef --store {stories} {nowhere}"
    assert subprocess.run(["bash", "-c", shell], capture_output=True, timeout=60, check=False).returncode == 5


def test_a_mistake_of_the_program_is_one_line(call: Call, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> None:
        raise ZeroDivisionError("a\x1b[31m")

    monkeypatch.setattr("logtrace.api.formats", fails)
    told = call("formats", code=9)
    assert told.err.startswith("error: logtrace made a mistake: ZeroDivisionError: a\\x1b[31m\nhint: --debug shows where")
    with pytest.raises(ZeroDivisionError):
        call("formats", "--debug")


def test_too_little_memory_for_a_library_is_told_as_such(call: Call, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> None:
        raise ImportError("Original error was: libopenblas.so: failed to map segment from shared object")

    monkeypatch.setattr("logtrace.api.formats", fails)
    assert call("formats", code=9).err.startswith("error: there is not enough memory\nhint: ")


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [30, 90, 110, 120, 128, 152, 170])
@pytest.mark.parametrize("verb", ["ingest", "redact"])
def test_too_little_memory_is_told_before_a_library_ends_the_program(verb: str, megabytes: int, call: Call, tmp_path: Path):
    logs = "fixtures/slow-create-task/logs"
    call("ingest", "-q", logs, "--store", tmp_path / "s.db")
    size = megabytes * 1_000_000
    done = subprocess.run(
        [sys.executable, "-m", "logtrace", verb, *([logs] if verb == "ingest" else []), "--store", tmp_path / "s.db"],
        stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
    )  # fmt: skip
    assert (done.returncode, done.stderr.partition("\n")[0]) == (9, "error: there is not enough memory")


@pytest.mark.slow
def test_a_quarter_of_a_gigabyte_is_enough(tmp_path: Path):
    size = 256_000_000
    done = subprocess.run(
        [sys.executable, "-m", "logtrace", "ingest", "fixtures/slow-create-task/logs", "--store", tmp_path / "s.db"],
        stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_too_few_files_are_told_where_none_is_left_to_load_the_words_from():
    program = """if True:
        import os, sys
        from logtrace import api, cli
        held = []
        def fails(*_):
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        api.formats = fails
        sys.exit(cli.main(["formats"]))
    """
    done = subprocess.run(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)),
    )  # fmt: skip
    told = "error: /dev/null: too many open files\nhint: allow more open files: ulimit -n 1024\n"
    assert (done.returncode, done.stderr) == (9, told)


def test_a_full_disk_is_told():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "logtrace"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (9, "error: no space left on device\nhint: make room, and run it again\n")


@pytest.mark.parametrize("words", ["check --rules", "check --baseline", "traces --store", "traces --config", "dashboard -o"])
def test_a_name_no_system_can_hold_is_a_wrong_value(words: str, ask: Call):
    told = ask(*words.split(), "9" * 5_000, code=2)
    assert told.err.startswith(f"error: {'9' * 255}…: file name too long\n")


def test_an_interrupt_is_quiet(tmp_path: Path):
    connect_writer(tmp_path / "s.db").close()
    program = subprocess.Popen(
        [sys.executable, "-m", "logtrace", "show", "-", "--store", tmp_path / "s.db"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stdin is not None
    program.stdin.write(LINE * 20_000)  # more than a pipe holds: it reads already
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert (program.returncode, out, err.strip()) == (130, "", "")


def test_an_ascii_terminal_is_no_crash(logtrace: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert logtrace("help", "getting-started").stdout.isascii()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, logtrace: Run):
    assert "_LOGTRACE_COMPLETE" in logtrace("completion", shell).stdout
