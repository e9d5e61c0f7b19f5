"""The job on a real Spark: its own processes, its own shuffle, an executor that dies."""

from __future__ import annotations

import gzip
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import orjson
import pytest
from make_logs import tell_unevenly, write_logs
from measure import tree

import logtrace.__main__
from logtrace import api
from tests.jobs.parquet.test_store import seen
from tests.jobs.parquet.written import as_folder
from tests.jobs.stores import story, write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java: scripts/setup --spark"),
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="there is no pyspark: scripts/setup --spark"),
]

LINES = 200_000
CLUSTER = "local-cluster[2,1,1024]"


def start(folder: Path, command: Sequence[object]) -> subprocess.Popen[str]:
    own = {"SPARK_LOCAL_DIRS": str(folder / "spark"), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    with (folder / "err").open("w") as err:  # a pipe would be full before anybody reads it
        return subprocess.Popen(
            [*map(str, command)], text=True, stdout=subprocess.PIPE, stderr=err, env={**os.environ, **own}, cwd=folder
        )


def finish(job: subprocess.Popen[str], folder: Path) -> tuple[str, str]:
    """What it wrote to stdout and to stderr."""
    out, _ = job.communicate(timeout=900)
    return out, (folder / "err").read_text()


def rows(place: Path) -> list[tuple[object, ...]]:
    """All rows of a folder of Parquet, sorted."""
    query = f"SELECT * FROM read_parquet('{place}/spans/**/*.parquet', hive_partitioning = false) ORDER BY ALL"
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def executors(pid: int) -> list[int]:
    return [each for each in tree(pid) if b"CoarseGrainedExecutorBackend" in command(each)]


def command(pid: int) -> bytes:
    """Nothing once the process has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@pytest.mark.skipif(not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists(), reason="processes are found in /proc")
def test_a_cluster_that_loses_an_executor_gives_what_one_machine_gives(tmp_path: Path):
    write_logs(tmp_path / "made", LINES, 5, tell_unevenly)
    deal(tmp_path / "made", tmp_path / "logs")
    api.ingest([str(tmp_path / "logs")], tmp_path / "s.db")
    submit = Path(importlib.util.find_spec("pyspark").submodule_search_locations[0]) / "bin" / "spark-submit"
    job = start(tmp_path, [
        submit, "--master", CLUSTER, "--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.ui.enabled=false",
        logtrace.__main__.__file__, "scale", "run", "--input", tmp_path / "logs", "--output", "out",
        "--split", 8_000_000, "--parts", 8, "--json",
    ])  # fmt: skip
    try:
        while not (tmp_path / "out" / "rejected").exists() and job.poll() is None:  # pass 1 is done, and lies on their disks
            time.sleep(0.05)
        for executor in executors(job.pid)[:1]:  # none, where the job has ended meanwhile
            with suppress(ProcessLookupError):
                os.kill(executor, signal.SIGKILL)
        out, err = finish(job, tmp_path)
    finally:
        job.kill()
    assert job.returncode == 0, err[-4000:]
    account = orjson.loads(out)
    assert rows(tmp_path / "out") == rows(as_folder(tmp_path / "s.db", tmp_path / "expected"))
    assert (account["lines_read"], account["lines_rejected"]) == counts(tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as one, api.open(f"parquet:{tmp_path / 'out'}") as other:
        assert one.stats() == other.stats()
        assert one.errors() == other.errors()
        found = [[seen(outcome) for outcome in store.lint(without=["secrets"]).outcomes] for store in (one, other)]
        assert found[0] == found[1]


def deal(folder: Path, into: Path) -> None:
    """The lines of each service in turn over several files: every trace lies in all of them."""
    into.mkdir()
    for path in sorted(folder.rglob("*.log")):
        lines = path.read_bytes().splitlines(keepends=True)
        for number in range(4):
            (into / f"{path.stem}.log.{number + 1}").write_bytes(b"".join(lines[number::4]))


def counts(store: Path) -> tuple[int, int]:
    with api.open(store) as opened:
        status = opened.status()
    return status.lines_read, status.lines_rejected


def test_one_object_among_many_that_can_not_be_read_is_named(tmp_path: Path):
    logs = tmp_path / "logs"
    logs.mkdir()
    lines = story()
    for number in range(400):
        write(logs / f"{number:03}.log", lines[number : number + 1] or ["no json at all"])
    (logs / "cut.log.gz").write_bytes(gzip.compress(b"x" * 9_000)[:40])
    (logs / "gone.log").symlink_to("nowhere")
    job = start(tmp_path, [sys.executable, "-m", "logtrace", "scale", "run", "--input", tmp_path / "logs", "--output", "out",
                           "--master", "local[2]", "--parts", 2, "--no-color"])  # fmt: skip
    out, err = finish(job, tmp_path)
    assert job.returncode == 3, err[-4000:]
    assert "cut.log.gz: damaged" in out
    assert "400 read = 12 used + 0 without trace + 388 rejected" in " ".join(out.split())
    assert "all else is" in err
    api.ingest([str(logs)], tmp_path / "s.db")
    assert rows(tmp_path / "out") == rows(as_folder(tmp_path / "s.db", tmp_path / "expected"))
    with duckdb.connect() as connection:
        told = connection.execute(f"SELECT path, line, reason FROM '{tmp_path}/out/rejected/*.parquet' ORDER BY ALL").fetchall()
    assert len(told) == 388
    assert told[0] == (str(logs / "012.log"), 1, "not_json")
    again = start(tmp_path, [sys.executable, "-m", "logtrace", "scale", "run", "--input", tmp_path / "logs", "--output", "out"])
    assert "is there already" in finish(again, tmp_path)[1]


def test_without_java_it_says_what_it_needs(tmp_path: Path):
    write(tmp_path / "a.log", story())
    command = [sys.executable, "-m", "logtrace", "scale", "run", "--input", "a.log", "--output", "out", "--master", "local"]
    env = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {"PATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 9
    assert "Traceback" not in done.stderr
    assert "it needs Java 17" in done.stderr
