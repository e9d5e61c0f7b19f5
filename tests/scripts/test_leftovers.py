"""Nothing of an ordeal stays, however it ends: no process, no mounted disk, no file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from ordeals.leftovers import EndedError, workplace

_RUN = """
import subprocess, sys, time
from ordeals.leftovers import workplace
with workplace(print) as folder:
    (folder / "disk").mkdir()
    disk = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder / "disk")], capture_output=True).returncode
    child = subprocess.Popen(["sleep", "1000"], start_new_session=True, stdout=subprocess.DEVNULL)
    print(folder, child.pid, flush=True)
    time.sleep(1000)
"""


def begun(place: Path) -> tuple[subprocess.Popen[str], Path, int]:
    """(an ordeal at work, its folder, a process that it started)."""
    command = [sys.executable, "-c", _RUN]
    variables = os.environ | {"TMPDIR": str(place), "PYTHONPATH": os.pathsep.join(sys.path)}
    running = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert running.stdout is not None
    folder, child = running.stdout.readline().split()
    return running, Path(folder), int(child)


def is_at_work(pid: int) -> bool:
    """Whether a process is there, and no zombie that nobody has asked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_mounted(folder: Path) -> bool:
    return str(folder) in Path("/proc/self/mounts").read_text()


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_one_that_is_told_to_end_takes_all_with_it(tmp_path: Path, number: signal.Signals):
    running, folder, child = begun(tmp_path)
    running.send_signal(number)
    running.communicate(timeout=60)
    assert (folder.exists(), is_mounted(folder), is_at_work(child)) == (False, False, False)


@linux
def test_one_whose_variables_cannot_be_read_yet_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As between a program's start and the moment at which the system shows what it was started with; here much longer."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with workplace(print) as folder:
        late = f"sleep 0.3; TMPDIR={folder} exec sleep 1000"
        child = subprocess.Popen(["/bin/sh", "-c", late], env={})
    assert not is_at_work(child.pid)
    child.wait()


@linux
def test_what_a_killed_one_left_goes_when_the_next_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    killed, folder, child = begun(tmp_path)
    beside, alive, sleeping = begun(tmp_path)
    killed.kill()
    killed.communicate()
    assert (folder.exists(), is_at_work(child)) == (True, True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told: list[str] = []
    with workplace(told.append) as own:
        assert (folder.exists(), is_mounted(folder), is_at_work(child)) == (False, False, False)
        assert (alive.exists(), is_at_work(sleeping)) == (True, True), "another that is at work is left alone"
        assert str(folder) in told[0]
        assert len(told) == 1
    assert not own.exists()
    beside.terminate()
    beside.communicate(timeout=60)


def test_a_signal_is_no_error_that_what_is_tortured_could_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    variables = dict(os.environ)
    with pytest.raises(EndedError), workplace(print):
        taken()
    assert dict(os.environ) == variables, "whoever comes next in this process has its folders where they were"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def taken() -> None:
    """What is as broad as any `except` of what is tortured."""
    with suppress(Exception):
        signal.raise_signal(signal.SIGTERM)
