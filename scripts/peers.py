"""The commands that scripts/bench times: logtrace, and what people would use instead on the same files.

orjson         every line parsed, nothing kept: the floor of a program of one Python process
duck-same      a DuckDB file with every line (typed columns), one row a span, an index on each: the nearest to an ingest
lnav index     the files read by lnav, where it is installed, and their lines counted
lnav traces    the same, and the traces: it looks at each line's id then
duck-show      DuckDB over that file: the lines of one trace
rg-jq          rg for the trace id, jq to sort by time: the guide's way
rg …           rg for the texts of logtrace grep: the trace id, one of some lines in a hundred, one of every fourth line
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

COLUMNS = (
    "timestamp TIMESTAMP, level VARCHAR, msg VARCHAR, event VARCHAR, service VARCHAR, host VARCHAR, version VARCHAR, "
    "trace_id VARCHAR, span_id VARCHAR, parent_span_id VARCHAR, operation VARCHAR, duration_ms DOUBLE, status VARCHAR, tags JSON"
)
SPANS = """
    CREATE TABLE span AS
    SELECT trace_id, span_id, any_value(parent_span_id) AS parent_span_id, any_value(service) AS service,
           any_value(operation) AS operation, min(timestamp) AS start_time, max(duration_ms) AS duration_ms,
           max(status) AS status, arg_max(tags, timestamp) AS tags
    FROM log GROUP BY trace_id, span_id
"""
ORJSON = """
import sys, orjson
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        for line in file:
            orjson.loads(line)
"""
DUCK = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as db:
    for statement in sys.argv[2:]:
        db.execute(statement).fetchall()
"""
LNAV = Path(__file__).parent / "lnav"
"""Where lnav finds the format of the logs that are made."""

COUNTS = {"index": "SELECT count(*) FROM bench_log", "traces": "SELECT count(DISTINCT trace_id) FROM bench_log"}
TEXTS = {" frequent": "user-18", " every 4th line": "code-agent-2"}
SEARCHES = {
    "search five": [
        "search", "--service", "worker", "--operation", "ExecuteTask", "--min-duration", "1s",
        "-a", "agent.id=code-agent-2", "-a", "task_type=doc_review",
    ],
    "search frequent": ["search", "-a", "db_system=postgresql"],
    "search rare": ["search", "-a", "user.id=user-1829"],
    "search absent": ["search", "-a", "user_id=nosuch"],
    "search slowest": ["search", "-a", "task.type=code_analysis", "--sort", "slowest"],
}  # fmt: skip
"""What is searched for: a span of five conditions; one attribute alone, dotted or snake."""


class Logs(NamedTuple):
    """A set of log files, their bytes and lines, and the id of one trace in them ("" where it does not matter)."""

    folder: Path
    files: list[Path]
    size: int
    lines: int
    trace_id: str


class Job(NamedTuple):
    """A row of the bench. `keeps` is the file or folder it writes; `size` the bytes of logs it reads, `lines` the lines of an
    ingest."""

    name: str
    command: list[str]
    size: int
    keeps: Path | None = None
    lines: int = 0


def jobs(even: Logs, others: dict[str, Logs], work: Path) -> list[Job]:
    """All jobs of one round, in an order in which what is asked for exists; `work` is an empty folder. others: logs that are
    ingested only, by name."""
    store, duck, exported = work / "logtrace.db", work / "same.duckdb", work / "spans.jsonl"
    files = [str(path) for path in even.files]
    show = f"SELECT * FROM log WHERE trace_id = '{even.trace_id}' ORDER BY timestamp"
    found = [
        Job("duck-same", _python(DUCK, duck, *_same(files)), even.size, duck),
        Job("logtrace ingest", _logtrace("ingest", *files, "--store", store, "--json"), even.size, store, even.lines),
        Job("orjson", _python(ORJSON, *files), even.size),
        Job("duck-show", _python(DUCK, duck, show), even.size),
        Job("logtrace show", _logtrace("show", even.trace_id, "--store", store, "--no-pager"), even.size),
        Job("logtrace show FILES", _logtrace("show", even.trace_id, *files, "--no-pager"), even.size),
        *(Job(f"logtrace {name}", _logtrace(*words, "--store", store), even.size) for name, words in SEARCHES.items()),
        Job(
            "logtrace export", _logtrace("export", "--format", "otlp-json", "-o", exported, "--store", store), even.size, exported
        ),
    ]
    if shutil.which("lnav"):
        found += [Job(f"lnav {name}", _lnav(query, files), even.size) for name, query in COUNTS.items()]
    for name, text in {"": even.trace_id, **TEXTS}.items():
        found.append(Job(f"logtrace grep{name}", _logtrace("grep", text, "--store", store), even.size))
        if shutil.which("rg"):
            found.append(Job(f"rg{name}", ["rg", text, *files], even.size))
    if shutil.which("rg") and shutil.which("jq"):
        found.append(Job("rg-jq", ["bash", "-c", _rg_jq(even.trace_id, files)], even.size))
    for name, logs in others.items():
        odd = work / f"{name}.db"
        ingest = _logtrace("ingest", *logs.files, "--store", odd, "--json")
        found.insert(2, Job(f"logtrace ingest ({name})", ingest, logs.size, odd, logs.lines))
    return found


def _same(files: Sequence[str]) -> tuple[str, ...]:
    columns = ", ".join("{}: '{}'".format(*column.split()) for column in COLUMNS.split(", "))
    read = f"read_json({list(files)!r}, format = 'newline_delimited', columns = {{{columns}}})"
    return (
        f"CREATE TABLE log AS SELECT * FROM {read}",
        "CREATE INDEX log_trace ON log(trace_id)",
        SPANS,
        "CREATE INDEX span_trace ON span(trace_id)",
    )


def _rg_jq(trace_id: str, files: Sequence[str]) -> str:
    return f"rg --no-filename {trace_id} {shlex.join(files)} | jq --slurp --compact-output 'sort_by(.timestamp)[]'"


def _lnav(query: str, files: Sequence[str]) -> list[str]:
    return ["lnav", "-I", str(LNAV), "-n", "-c", f";{query}", *files]


def _python(code: str, *args: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, args)]


def _logtrace(*args: object) -> list[str]:
    return [sys.executable, "-m", "logtrace", *map(str, args)]
