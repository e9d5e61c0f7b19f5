"""`check` over logs: places of lines, baselines, formats that CI systems read, what can go wrong."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import xmlschema

from logtrace import api
from tests.cli.conftest import call  # noqa: F401 - a fixture
from tests.jobs.stores import write

ROOT = Path(__file__).parents[3]
SLOW = ROOT / "fixtures" / "slow-create-task" / "logs" / "edge-mcp.log"
SCHEMAS = ROOT / "tests" / "views" / "schemas"
BAD_TRACE = "c81e728d9d4c4f636f067f89cc14862c"
FORMATS = ("json", "junit", "sarif", "github", "markdown", "terminal")


def told(path: Path, *, bad: bool) -> list[str]:
    """The lines of scenario 1: of the slow request, or of all others."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if (BAD_TRACE in line) == bad and "trace_id" in line]


def rerun(lines: list[str], seed: int, noise: float = 0.2, slower: str = "", factor: float = 1.5) -> list[str]:
    """The same system again: each span takes as long as it did, give or take the noise; one operation longer.

    A parent takes as much longer as its children do, as it waits for them.
    """
    random_ = random.Random(seed)
    records = [json.loads(line) for line in lines]
    extra: dict[str, float] = {}
    for record in records:
        if "duration" in record and record.get("parent_span_id"):
            before = record["duration"]
            record["duration"] = round(
                before * random_.uniform(1 - noise, 1 + noise) * (factor if record["operation"] == slower else 1)
            )
            extra[record["trace_id"]] = extra.get(record["trace_id"], 0) + record["duration"] - before
    for record in records:
        if "duration" in record and not record.get("parent_span_id"):
            record["duration"] = round(record["duration"] + extra.get(record["trace_id"], 0))
    return [json.dumps(record) for record in records]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The good requests of scenario 1."""
    return write(tmp_path_factory.mktemp("good") / "edge-mcp.log", told(SLOW, bad=False))


@pytest.fixture(scope="module")
def baseline(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("baseline") / "baseline.json"
    with api.open_files([str(good)]) as store:
        store.check(record=path)
    return path


def findings(base: Path, log: Path) -> list[tuple[str, str]]:
    with api.open_files([str(log)]) as store:
        report = store.check(baseline=base)
    return [(outcome.rule, finding.where) for outcome in report.outcomes for finding in outcome.findings]


def test_the_slow_request_fails_naming_what_was_slow(baseline: Path, tmp_path: Path):
    found = findings(baseline, write(tmp_path / "edge-mcp.log", told(SLOW, bad=True)))
    assert ("baseline-slower", "edge-mcp: CreateTask") in found
    assert ("baseline-slower", "edge-mcp: POST /api/v1/tasks") not in found  # it only waited


def test_a_slow_request_among_good_ones_fails_as_well(baseline: Path):
    assert ("baseline-slower", "edge-mcp: CreateTask") in findings(baseline, SLOW)


@pytest.mark.parametrize("seed", range(10))
def test_reruns_with_other_times_pass_and_a_slower_operation_fails(baseline: Path, good: Path, tmp_path: Path, seed: int):
    lines = told(SLOW, bad=False)
    assert findings(baseline, write(tmp_path / "edge-mcp.log", rerun(lines, seed))) == []
    slower = write(tmp_path / "edge-mcp.log", rerun(lines, seed, slower="CreateTask"))
    assert findings(baseline, slower) == [("baseline-slower", "edge-mcp: CreateTask")]
    assert findings(good, slower) == [("baseline-slower", "edge-mcp: CreateTask")]  # a log is a baseline as well


@pytest.mark.parametrize("seed", range(10))
def test_one_request_is_a_baseline_within_its_power(tmp_path: Path, seed: int):
    """Of one request nothing is known about its noise: a fifth up and down on both sides is none, half as much again is."""
    lines = told(SLOW, bad=False)
    first = json.loads(lines[0])["trace_id"]
    alone = [line for line in lines if first in line]
    base = write(tmp_path / "good.log", alone)
    noisy = write(tmp_path / "noisy.log", rerun(alone, 100 + seed))
    assert findings(base, noisy) == []
    assert findings(noisy, write(tmp_path / "again.log", rerun(alone, 200 + seed))) == []
    with api.open_files([str(noisy)]) as store:
        assert "1 request in the baseline and 1 now only what takes 45 % longer" in store.check(baseline=base).notes[0]
    slower = write(tmp_path / "slower.log", rerun(alone, seed, noise=0, slower="CreateTask"))
    assert findings(base, slower) == [("baseline-slower", "slower: CreateTask")]


@pytest.mark.parametrize("form", ["log", "recorded", "folder"])
def test_a_service_that_only_a_file_names_may_have_another_name_today(tmp_path: Path, form: str):
    def unnamed(folder: str, *names: str, without: str = "\0") -> Path:
        (tmp_path / folder).mkdir()
        lines = [line for line in told(SLOW, bad=False) if without not in line]
        for number, name in enumerate(names):
            own = [line for line in lines if ("CreateTask" in line) == number] if len(names) > 1 else lines
            write(tmp_path / folder / name, own)
        return tmp_path / folder

    files = ("edge.log", "tasks.log") if form == "folder" else ("edge.log",)
    base = unnamed("good", *files)
    if form == "recorded":
        with api.open_files([str(base)]) as store:
            store.check(record=tmp_path / "baseline.json")
        base = tmp_path / "baseline.json"
    today = unnamed("today", *(f"run-{name}" for name in files))
    assert findings(base, today) == []
    fewer = unnamed("fewer", *(f"new-{name}" for name in files), without="PublishToQueue")
    assert findings(base, fewer)[0] == ("baseline-missing", "new-edge: PublishToQueue")


def test_check_reads_files_as_ingest_does(call: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    lines = ['{"request_id":"r-1","msg":"a","duration_ms":5,"operation":"A"}', '{"request_id":"r-2","msg":"b"}']
    (tmp_path / "in").write_text("\n".join(lines))
    rules = ("-e", "traces = 2", "-e", 'service("edge").count >= 1')
    call("check", "-", *rules, "--trace-key", "request_id", "--default-service", "edge", "--strict", stdin="\n".join(lines))
    (tmp_path / "logtrace.toml").write_text('default_service = "edge"\n\n[ingest]\ntrace_key = "request_id"\n')
    call("check", "-", *rules, "--strict", stdin="\n".join(lines))


def test_missing_new_and_other_calls_and_errors_fail(baseline: Path, tmp_path: Path):
    lines = told(SLOW, bad=False)
    renamed = [line.replace('"ValidateRequest"', '"CheckRequest"') for line in lines]
    assert findings(baseline, write(tmp_path / "edge-mcp.log", renamed))[:2] == [
        ("baseline-missing", "edge-mcp: ValidateRequest"),
        ("baseline-new", "edge-mcp: CheckRequest"),
    ]
    first = json.loads(next(line for line in lines if "NotifyAgents" in line))["trace_id"]
    fewer = [line for line in lines if not ("NotifyAgents" in line and first in line)]
    assert findings(baseline, write(tmp_path / "edge-mcp.log", fewer)) == [("baseline-shape", "edge-mcp: POST /api/v1/tasks")]
    failing = [line.replace('"operation":"PublishToQueue"', '"operation":"PublishToQueue","error":"no route"') for line in lines]
    assert ("baseline-errors", "edge-mcp: PublishToQueue") in findings(baseline, write(tmp_path / "edge-mcp.log", failing))


def test_findings_name_the_line_that_shows_them(call: Callable):  # noqa: F811
    out = call("check", SLOW, "-e", 'operation("CreateTask").p99 < 500ms', "--json", code=10).out
    place = json.loads(out)["outcomes"][0]["findings"][0]["places"][0]
    line = Path(place["path"]).read_text(encoding="utf-8").splitlines()[place["line"] - 1]
    assert BAD_TRACE in line and "CreateTask" in line


def test_a_store_is_checked_where_no_file_is_named(call: Callable, tmp_path: Path):  # noqa: F811
    store = tmp_path / "a.db"
    call("ingest", SLOW, "--store", store, "-q")
    assert "6 of 6 rules hold" in call("check", "--store", store).out
    told = call("check", "--store", store, "--since", "2030-01-01", code=10)
    assert "some-trace" in told.out


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (["orphans = 0"], 10),
        (["every span: duration < 1m", "secrets = 0"], 10),
        (["orphans = 0", "traces >= 0"], 0),
        (["spans < 10000"], 0),
        (["secrets = 0", "rejected lines = 0"], 0),
    ],
)
def test_rules_about_traces_do_not_hold_of_none(call: Callable, tmp_path: Path, rules: list[str], code: int):  # noqa: F811
    store = tmp_path / "a.db"
    call("ingest", SLOW, "--store", store, "-q")
    words = [word for rule in rules for word in ("-e", rule)]
    told = call("check", "--store", store, "--since", "2030-01-01", *words, code=code)
    assert ("some-trace" in told.out) == bool(code)
    assert "some-trace" not in call("check", "--store", store, *words).out


@pytest.mark.parametrize("form", FORMATS)
def test_reports_are_what_the_systems_read(call: Callable, tmp_path: Path, form: str):  # noqa: F811
    name = r"\u0007<b>::error::]]> \u001b[31m\n`@here`"
    line = f'{{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a1","duration_ms":5,"operation":"{name}","error":"x"}}'
    evil = write(tmp_path / "e,vil:%0A.log", [line])
    rules = ["-e", "no span error", "-e", 'operation("Nope").p99 < 1s', "-e", "traces >= 1"]
    out = tmp_path / "report"
    assert call("check", evil, *rules, "--format", form, "-o", out, code=10).out == ""
    text = out.read_text(encoding="utf-8")
    assert "\x1b" not in text and "\x07" not in text
    if form == "junit":
        xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(out)
        assert 'tests="3" failures="1"' in text
    if form == "sarif":
        jsonschema.Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())).validate(json.loads(text))
        assert json.loads(text)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    if form == "github":
        commands = text.splitlines()
        assert len(commands) == 2 and all(
            re.match(r"::(error|warning) (file=[^,:]+,line=\d+,)?title=[^,:]+::", c) for c in commands
        )
    if form == "markdown":
        assert "<b>" not in text and "@here" not in text


STRICT = {
    "json": '"failed": true',
    "junit": 'failures="1"',
    "sarif": '"ruleIndex": 0',
    "github": "::error title=logtrace%3A rule-1::there is no span of Nope",
    "markdown": "1 of 2 rules have findings",
    "terminal": "✗ 1 with findings, 1 of 2 rules hold",
}
"""What says of two rules, the first of which matched nothing, that it failed."""


@pytest.mark.parametrize("form", FORMATS)
def test_a_rule_that_matched_nothing_is_told_and_strictly_fails_in_every_format(call: Callable, form: str):  # noqa: F811
    rules = ["-e", 'operation("Nope").p99 < 1s', "-e", "orphans = 0", "--format", form]
    told = call("check", SLOW, *rules).out
    assert "there is no span of Nope" in told and STRICT[form] not in told
    told = call("check", SLOW, *rules, "--strict", code=10).out
    assert "there is no span of Nope" in told and STRICT[form] in told


@pytest.mark.parametrize("form", FORMATS)
def test_a_note_is_a_failure_strictly(call: Callable, form: str, tmp_path: Path):  # noqa: F811
    rules = tmp_path / "rules.toml"
    rules.write_text('[[checks]]\nexpect = "traces >= 99"\nlevel = "note"\n')
    noted = {"junit": 'failures="1"', "sarif": '"level": "warning"', "github": "::warning", "json": '"failed": true'}
    failing = noted.get(form, "warning" if form == "markdown" else "✗ 1 with")
    assert failing not in call("check", SLOW, "--rules", rules, "--format", form).out
    assert failing in call("check", SLOW, "--rules", rules, "--format", form, "--strict", code=10).out


def test_rules_of_a_file_and_of_the_configuration(call: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    rules = tmp_path / "logtrace.toml"
    rules.write_text('[[checks]]\nname = "fast"\nexpect = \'operation("CreateTask").p99 < 1s\'\nlevel = "note"\n')
    monkeypatch.chdir(tmp_path)
    assert "fast" in call("check", SLOW).out
    assert "fast" in call("check", SLOW, "--strict", code=10).out
    assert "1 of 1 rules hold" in call("check", SLOW, "--rules", rules, "-e", "orphans = 0").out
    rules.write_text("[[checks]]\nexpect = 'orphan = 0'\n")
    assert "rule 1: a rule begins with" in call("check", SLOW, code=2).err
    (tmp_path / "other.toml").write_text("[[checks]]\nexpect = 'orphans = 0'\nlvl = 1\n")
    assert "other.toml:3" in call("check", SLOW, "--rules", tmp_path / "other.toml", code=2).err


def test_what_can_go_wrong_is_told(call: Callable, tmp_path: Path):  # noqa: F811
    assert "no baseline at" in call("check", SLOW, "--baseline", tmp_path / "none.json", code=2).err
    for path in (tmp_path, tmp_path / "no" / "r.xml"):
        assert str(path.parent if path.name == "r.xml" else path) in call("check", SLOW, "-o", path, code=2).err
        assert str(path.parent if path.name == "r.xml" else path) in call("check", SLOW, "--record", path, code=2).err
    assert "/dev/full was not written" in call("check", SLOW, "-o", "/dev/full", code=9).err
    assert "/dev/full can't be written" in call("check", SLOW, "--record", "/dev/full", code=9).err
    assert "--baseline and --record do not go together" in call("check", SLOW, "--record", "a", "--baseline", "b", code=2).err
    told = call("check", SLOW, "-e", 'operation("Nope").p99 < 1s')
    assert "there is no span of Nope" in told.out
    call("check", SLOW, "-e", 'operation("Nope").p99 < 1s', "--strict", code=10)


def test_a_baseline_takes_the_place_of_a_baseline_alone(call: Callable, tmp_path: Path):  # noqa: F811
    """A log whose name was given to --record by mistake was lost."""
    log = write(tmp_path / "good.log", SLOW.read_text().splitlines())
    kept = log.read_bytes()
    assert "is no baseline" in call("check", SLOW, "--record", log, code=2).err
    assert log.read_bytes() == kept
    for _ in range(2):
        call("check", SLOW, "--record", tmp_path / "baseline.json")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["baseline.json", "good.log"]


def test_what_baselines_name_is_named_once_and_power_is_told_where_it_lacks(call: Callable, tmp_path: Path):  # noqa: F811
    """Of two requests and two 30 % can be told, as was asked for; a note said that only 30 % can."""
    here, base = tmp_path / "edge-mcp.log", tmp_path / "baseline.json"
    two = [line for line in SLOW.read_text().splitlines() if "6d1f0c5e" in line or "02e1c890" in line]
    call("check", write(here, two), "--record", base)
    write(here, [line.replace("ValidateRequest", "Looked") for line in two])
    told = call("check", here, "--baseline", base, code=10).out
    assert "edge-mcp: ValidateRequest: is gone\n" in told and "edge-mcp: Looked: is new\n" in told
    assert "told from noise" not in told


def test_a_request_that_is_named_is_shown_by_the_command_that_is_told(call: Callable, tmp_path: Path):  # noqa: F811
    """Without what was read behind it the command looked into a store that was not there."""
    store = tmp_path / "s.db"
    call("ingest", SLOW, "--store", store)
    for read in ([SLOW], ["--store", store]):
        told = call("check", *read, "-e", "spans = 1", code=10).out
        (words,) = [line.split()[1:] for line in told.replace("\\\n", "").splitlines() if line.split()[:1] == ["logtrace"]][:1]
        assert words[0] == "show" and f"trace     {words[1]}" in call(*words).out
    many = [write(tmp_path / f"{number}.log", SLOW.read_text().splitlines()) for number in range(5)]
    assert "logtrace show" not in call("check", *many, "-e", "spans = 1", code=10).out


def test_spans_that_nobody_logged_are_not_counted(call: Callable, tmp_path: Path):  # noqa: F811
    line = {"trace_id": "ab" * 16, "span_id": "cd" * 8, "parent_span_id": "ef" * 8, "operation": "Op", "duration_ms": 5}
    assert "1 trace, 1 span\n" in call("check", write(tmp_path / "a.log", [json.dumps(line)]), "-e", "spans = 1").out


OPERATION = '{"count": 1, "errors": 0, "timed": 1, "log_sum": 1.0, "log_squares": 1.0, "self_ns": 1, "max_self_ns": 1, %s}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"logtrace_baseline": 1, "traces": 1}', "is a damaged baseline: 'operations' is missing"),
        ('{"logtrace_baseline": 99, "traces": 1, "operations": {}}', "is a damaged baseline: its version is 99"),
        ('{"logtrace_baseline": 1, "traces": 1, "operations": []}', "is a damaged baseline"),
        ('{"logtrace_baseline": 1, "traces": 1, "operations": {"a: b": ["count"]}}', "is a damaged baseline"),
        ('{"logtrace_baseline": 1, "traces": 1, "operations": {"a: b": %s}}' % (OPERATION % '"calls": {"c": 1}'), "damaged"),
        ('{"logtrace_baseline": 1, "traces": 1, "operations": {"a: b": %s}}' % (OPERATION % '"guessed": 7'), "damaged"),
        ('{"logtrace_baseline', "is neither one that was recorded nor a log of requests"),
        ("{nonsense\n", "is neither one that was recorded nor a log of requests"),
        ("{nonsense", "is neither one that was recorded nor a log of requests"),
        ('{"version":99}', "is neither one that was recorded nor a log of requests"),
        ("", "is neither one that was recorded nor a log of requests"),
    ],
)
@pytest.mark.parametrize("in_folder", [False, True])
def test_a_baseline_that_is_none_is_named(call: Callable, tmp_path: Path, text: str, told: str, in_folder: bool):  # noqa: F811
    path = tmp_path / "base" / "broken.json"
    path.parent.mkdir()
    path.write_text(text)
    named = path.parent if in_folder else path
    err = " ".join(call("check", SLOW, "--baseline", named, code=2).err.split())
    assert str(named) in err and f"--record {'FILE' if in_folder else path}" in err
    assert (told if not in_folder else "is neither one that was recorded nor") in err


HOSTILE = "op\u202e\x9b31m\x7f\u2066 of ada@example.com\x1b[31m"


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_in_a_report_is_obeyed_by_a_terminal(form: str, call: Callable[..., object], tmp_path: Path):  # noqa: F811
    span = {"trace_id": "ab" * 16, "span_id": "cd" * 8, "service": "s\x9b", "operation": HOSTILE, "duration_ms": 5}
    log = write(tmp_path / "li\u202ent.log", [json.dumps(span, ensure_ascii=False)])
    out = call("lint", log, "--format", form, code=10).out  # type: ignore[attr-defined]
    assert all(char.isprintable() or char in "\n\u200b" for char in out)  # Markdown has blanks of no width that keep it plain
    if form in ("json", "sarif"):
        assert HOSTILE.partition(" ")[0] in json.dumps(json.loads(out), ensure_ascii=False).replace("\\u007f", "\x7f")


@pytest.mark.parametrize("unit", ["a", "1"])
def test_names_without_end_are_judged_at_once(unit: str, call: Callable[..., object], tmp_path: Path):  # noqa: F811
    spans = [{"trace_id": f"{n:032x}", "span_id": f"{n:016x}", "service": "s", "operation": unit * 60_000 + "!"} for n in (1, 2)]
    log = write(tmp_path / "a.log", [json.dumps(span) for span in spans])
    began_s = time.process_time()
    call("lint", log, code=10)
    assert time.process_time() - began_s < 3
