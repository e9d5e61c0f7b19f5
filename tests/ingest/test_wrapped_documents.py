"""Documents whose lines are each wrapped: the same records as without the wrappers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from logtrace.ingest.envelopes import unwrap
from logtrace.ingest.pieces.documents import block_of, open_at_end
from logtrace.ingest.records import Decoder
from logtrace.model import Record

STORY = Path(__file__).parents[2] / "fixtures" / "formats"
LATER = "2025-03-14T09:26:53.401550123Z"
FILES = [
    *(f"files/{name}" for name in ("python-otel-console-spans-pretty.txt", "node-otel-console-spans.txt",
                                   "dotnet-otel-console.txt", "java-otel-logging-exporter.txt")),
    *(f"consoles/{name}.txt" for name in ("rust", "cpp", "collector", "ruby", "php")),
]  # fmt: skip


def in_docker(line: str, stream: str = "stdout") -> str:
    return json.dumps({"log": line + "\n", "stream": stream, "time": LATER}, separators=(",", ":"))


WRAPPERS = {
    "docker": in_docker,
    "CRI": lambda line: f"{LATER} stdout F {line}",
    "compose": lambda line: f"app-1  | {line}",
    "kubectl": lambda line: f"[pod/app-1/app] {line}",
    "journald": lambda line: json.dumps({"__REALTIME_TIMESTAMP": "1741944413401550", "_PID": "7", "MESSAGE": line}),
    "RFC 5424": lambda line: f"<14>1 {LATER} web-1 app 123 - - {line}",
    "RFC 3164": lambda line: f"<14>Mar 14 09:26:53 web-1 app[123]: {line}",
}


def lines_of(name: str) -> list[str]:
    return (STORY / name).read_text(encoding="utf-8").rstrip("\n").split("\n")


def facts(lines: list[str]) -> list[tuple[object, ...]]:
    """What the records with a trace say, but for what a wrapper adds."""
    found = [record for _, record, _ in Decoder().lines("\n".join([*lines, ""]).encode()) if isinstance(record, Record)]
    said = [
        (str(r.trace), r.span, r.parent, r.role, r.start_ns, r.end_ns, r.duration_ns, r.name, r.kind, r.error_message)
        for r in found if r.trace
    ]  # fmt: skip
    return sorted(said, key=repr)


@pytest.mark.parametrize("name", [name for name in FILES if "ruby" not in name])
def test_the_same_records_behind_times(name: str):
    bare = lines_of(name)
    for before in ("", "app-1  | ", "[pod/app-1/app] "):
        assert facts([f"{before}{LATER} {line}" for line in bare]) == facts(bare)


@pytest.mark.parametrize(
    "line", ["  INFO 7 --- [main] a.B : done", " INFO done", "   WARN done", " level=info msg=done", "INFO: done"]
)
def test_a_time_before_anything_else_is_its_own(line: str):
    assert unwrap(f"{LATER} {line}").outer.layers == 0


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("name", FILES)
def test_the_same_records(name: str, wrapper: str):
    bare = lines_of(name)
    assert facts(bare)
    assert facts([WRAPPERS[wrapper](line) for line in bare]) == facts(bare)


def test_streams_that_are_mixed():
    a, b = lines_of("files/node-otel-console-spans.txt"), lines_of("files/python-otel-console-spans-pretty.txt")
    mixed = []
    for number in range(max(len(a), len(b))):
        mixed += [in_docker(line, name) for lines, name in ((a, "stdout"), (b, "stderr")) for line in lines[number : number + 1]]
    assert facts(mixed) == sorted(facts(a) + facts(b), key=repr)


def test_all_lines_are_accounted_for():
    lines = [WRAPPERS["compose"](line) for line in lines_of("consoles/cpp.txt")]
    assert sum(parts for _, _, parts in Decoder().lines("\n".join(lines).encode())) == len(lines)


def test_a_document_that_does_not_close_is_rejected_and_what_follows_is_read():
    lines = [WRAPPERS["compose"](line) for line in ("{", '  "a": 1,', '{"trace_id":"abc","msg":"x"}')]
    found = list(Decoder().lines("\n".join(lines).encode()))
    assert [result for _, result, _ in found if isinstance(result, str)] == ["truncated"]
    assert [str(result.trace) for _, result, _ in found if isinstance(result, Record)] == ["abc"]


def test_a_piece_ends_at_no_place_inside():
    lines = [WRAPPERS["compose"](line) for line in lines_of("files/python-otel-console-spans-pretty.txt")]
    ends = [at for at, line in enumerate(lines) if line == "app-1  | }"]
    for at in range(len(lines)):
        assert open_at_end("\n".join([*lines[: at + 1], ""]).encode()) == (at not in ends), at


BLOCKS = (
    "files/dotnet-otel-console.txt",
    "files/java-otel-logging-exporter.txt",
    *(f"consoles/{name}.txt" for name in ("rust", "collector", "ruby")),
)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize(
    "wrapper", [*WRAPPERS.values(), lambda line: in_docker(line).replace("#<", "#\\u003c").replace("Resource", "\\u0052esource")]
)
def test_a_piece_does_not_end_behind_the_first_line_of_a_block(name: str, wrapper: Callable[[str], str]):
    lines = lines_of(name)
    begins = [at for at, line in enumerate(lines) if block_of(line.encode()) is not None]
    assert begins and all(open_at_end("\n".join([*map(wrapper, [*lines[: at + 1]]), ""]).encode()) for at in begins)


@pytest.mark.parametrize("head", ["Activity.TraceId: x", "Spans", "Log #0"])
def test_a_block_is_open_however_json_spells_its_first_line(head: str):
    logs = [json.dumps(text) for text in (f"{head}\n", "  a word\n")]
    plain, after = (f'{{"log":{log},"stream":"stdout","time":"2024-01-10T14:30:00Z"}}\n' for log in logs)
    spelled = plain.replace(head[0], f"\\u{ord(head[0]):04x}", 1)
    assert spelled != plain
    assert open_at_end((plain + after).encode())
    assert open_at_end((spelled + after).encode())


@pytest.mark.parametrize("name", ["gcp-logentry.json", "wrap-loki-query.json", "aws-logs-filter-log-events.json"])
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_document_of_envelopes_over_several_lines(name: str, wrapper: str):
    bare = json.dumps(json.loads((STORY / "files" / name).read_text(encoding="utf-8")), indent=2).split("\n")
    found = facts(bare)
    assert found and facts([WRAPPERS[wrapper](line) for line in bare]) == found
