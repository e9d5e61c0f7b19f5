"""`logtrace formats`: unknown dialects become traces once its table is pasted into logtrace.toml."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from logtrace import api
from logtrace.jobs.intake import dialects
from logtrace.model import Trace
from tests.cli.conftest import Call
from tests.ingest.discover.answers import ANSWERS, ids
from tests.ingest.discover.dialects import DIALECTS as PLAIN
from tests.ingest.discover.dialects import MS, T0, Work, dump, hexed, iso, story
from tests.ingest.discover.elsewhere import ELSEWHERE
from tests.ingest.discover.endings import ENDINGS, cause, notes
from tests.ingest.discover.fresh import FRESH
from tests.ingest.discover.harder import HARDER
from tests.ingest.discover.inside import INSIDE
from tests.ingest.discover.prose import PROSE
from tests.ingest.discover.reasons import REASONS, reason
from tests.ingest.discover.worded import WORDED, ended

DIALECTS = PLAIN | HARDER | PROSE | INSIDE | ELSEWHERE | ANSWERS | WORDED | ENDINGS
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("LOGTRACE_STORE", str(tmp_path / "s.db"))
    return tmp_path


def tell(folder: Path, name: str, traces: int = 8) -> list[Work]:
    """Writes a dialect's log, and gives the truth about it."""
    truth = story(traces, DIALECTS[name].grain_ns)
    (folder / f"{name}.log").write_text("\n".join(DIALECTS[name].tell(truth)) + "\n", encoding="utf-8")
    return truth


def block(out: str) -> str:
    """The table in what `formats explain` prints, as somebody copies it."""
    found = re.search(r"^\[formats\..*?(?=^$|\Z)", out, re.MULTILINE | re.DOTALL)
    assert found is not None, out
    return found[0]


def spans(traces: list[Trace], *, parents: bool = True, errors: bool = True) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for trace in traces:
        for span in trace.spans:
            above = trace.by_key[span.parent_key].name if parents and span.parent_key else None
            found[span.service, span.name, above, span.start_ns, span.duration_ns, bool(span.error) and errors] += 1
    return found


def true_spans(truth: list[Work], *, parents: bool = True, errors: bool = True) -> Counter[tuple[object, ...]]:
    return Counter(
        (w.service, w.operation, truth[w.parent].operation if parents and w.parent is not None else None, w.start_ns,
         w.duration_ns, w.failed and errors) for w in truth
    )  # fmt: skip


def read(here: Path, name: str, call: Call) -> list[Trace]:
    call("ingest", f"{name}.log", "-q")
    with api.open(here / "s.db") as store:
        return [store.trace(summary.trace_id) for summary in store.traces(limit=100)]


@pytest.mark.slow
@pytest.mark.parametrize("name", FRESH)
def test_work_that_is_told_from_beginning_to_end(name: str, call: Call, here: Path):
    truth = story()
    (here / f"{name}.log").write_text("\n".join(FRESH[name].tell(truth)) + "\n", encoding="utf-8")
    (here / "logtrace.toml").write_text(block(call("formats", "explain", f"{name}.log").out), encoding="utf-8")
    said = [
        work._replace(operation=work.operation.replace(" ", {"snakes": "_", "objects": "."}.get(name, " "))) for work in truth
    ]
    assert spans(read(here, name, call)) == true_spans(said)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_nobody_has_seen(name: str, call: Call, here: Path):
    truth = tell(here, name)
    (here / "logtrace.toml").write_text(block(call("formats", "explain", f"{name}.log").out), encoding="utf-8")
    traces = read(here, name, call)
    assert len(traces) == 8
    known = {"parents": DIALECTS[name].spans, "errors": DIALECTS[name].errors}
    assert spans(traces, **known) == true_spans(truth, **known)
    assert "Nothing to add" in call("formats", "explain", f"{name}.log").out, "with the table it is understood"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["verdicts", "aborted", "signed", "remarks", "outcomes", "letters", "bracketed", "ticks", "texts", "done"]
)
def test_what_went_wrong_is_the_error(name: str, call: Call, here: Path):
    """Not only that something did."""
    truth = tell(here, name)
    (here / "logtrace.toml").write_text(block(call("formats", "explain", f"{name}.log").out), encoding="utf-8")
    said = Counter(span.error_message for trace in read(here, name, call) for span in trace.spans if span.error)
    assert said == Counter(cause(work) for work in truth if work.failed)


@pytest.mark.slow
@pytest.mark.parametrize("name", REASONS)
def test_reasons_in_words_that_mean_something_else_elsewhere(name: str, call: Call, here: Path):
    apart = "_" if name == "glued" else " "
    truth = [work._replace(operation=work.operation.replace(" ", apart)) for work in story()]
    (here / f"{name}.log").write_text("\n".join(REASONS[name].tell(truth)) + "\n", encoding="utf-8")
    (here / "logtrace.toml").write_text(block(call("formats", "explain", f"{name}.log").out), encoding="utf-8")
    traces = read(here, name, call)
    assert spans(traces, parents=REASONS[name].spans) == true_spans(truth, parents=REASONS[name].spans)
    said = Counter(span.error_message for trace in traces for span in trace.spans if span.error)
    assert said == Counter(reason(work) for work in truth if work.failed)


@pytest.mark.parametrize(
    "name", ["german", "chinese", "lists", "beginning", "arrows", "spanned", "labels", "tagged", "halves", "messages", "crowded"]
)
def test_requests_that_are_all_alike(name: str, call: Call, here: Path):
    """Two spans, of which each takes as long as ever, and one does as its service always does."""
    truth = []
    for trace in range(4):
        begin, number = T0 + trace * 60_000 * MS, len(truth)
        truth.append(Work(trace, number, None, "checkout", "POST /checkout", begin, 250_250_000, False))
        truth.append(Work(trace, number + 1, number, "payments", "charge-card", begin + 20_500_000, 180_750_000, False))
    (here / f"{name}.log").write_text("\n".join(DIALECTS[name].tell(truth)) + "\n", encoding="utf-8")
    (here / "logtrace.toml").write_text(block(call("formats", "explain", f"{name}.log").out), encoding="utf-8")
    assert spans(read(here, name, call)) == true_spans(truth)


def test_names_that_say_whether_work_begins(call: Call, here: Path):
    """`PlaceOrderStarted` is the first line of a span, `PlaceOrderFailed` its last, and the rest names the work."""
    truth = story()
    lines = []
    for span, at, word, (flow, step, above) in ended(truth, "camel", ("Started", "Completed", "Failed")):
        name = "".join(map(str.title, span.operation.split())) + word
        lines.append(
            json.dumps({"When": at, "Host": span.service, "Saga": flow, "Step": step, "ParentStep": above, "Name": name})
        )
    (here / "camel.log").write_text("\n".join(lines))
    (here / "logtrace.toml").write_text(block(call("formats", "explain", "camel.log").out), encoding="utf-8")
    found = spans(read(here, "camel", call), parents=False)
    assert found == Counter(
        (w.service, "".join(map(str.title, w.operation.split())), None, w.start_ns, w.duration_ns, w.failed) for w in truth
    )


def test_lines_between_need_not_say_whether_work_begins(call: Call, here: Path):
    truth = story()
    (here / "notes.log").write_text("\n".join(notes(truth)))
    (here / "logtrace.toml").write_text(block(call("formats", "explain", "notes.log").out), encoding="utf-8")
    said = [work._replace(operation=work.operation.replace(" ", "/")) for work in truth]
    assert spans(read(here, "notes", call)) == true_spans(said)


def test_a_dialect_for_each_kind_of_work(call: Call, here: Path):
    truth = story()
    lines = []
    for w in sorted(truth, key=lambda each: each.end_ns):
        ids = {"flow": f"f-{w.trace + 1000}", "hop": f"h-{w.number + 1000}"}
        said: dict[str, object] = {"at": iso(w.end_ns), "application": w.service, **ids, "wallMs": w.duration_ns / MS}
        if w.parent is None:
            said |= {"verb": "POST", "route": w.operation, "bytes": 512, "client": "10.0.0.7"}
        else:
            said |= {"via": f"h-{w.parent + 1000}", "task": w.operation, "queue": "q1"}
        lines.append(json.dumps(said))
    (here / "app.log").write_text("\n".join(lines))
    told = call("formats", "explain", "app.log").out
    blocks = re.findall(r"^\[formats\..*?(?=^$|\Z)", told, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2, "those of the gateway have no parents, and tell with the others what their ids are"
    (here / "logtrace.toml").write_text("\n".join(blocks))
    assert spans(read(here, "app", call), errors=False) == true_spans(truth, errors=False)


def test_a_table_helps_with_what_was_read_before(call: Call, here: Path):
    truth = tell(here, "german")
    assert "logtrace formats explain" in call("ingest", "german.log", code=3).err
    (here / "logtrace.toml").write_text(block(call("formats", "explain", "german.log").out), encoding="utf-8")
    assert spans(read(here, "german", call)) == true_spans(truth)
    shown = json.loads(call("show", "V-4712", "german.log", "--json").out)
    assert len(shown["spans"]) == 5, "without a store as well"


@pytest.mark.slow
def test_several_dialects_in_one_configuration(call: Call, here: Path):
    truths = {name: tell(here, name) for name in DIALECTS}
    told = call("formats", "explain", *(f"{name}.log" for name in DIALECTS)).out
    blocks = re.findall(r"^\[formats\..*?(?=^$|\Z)", told, re.MULTILINE | re.DOTALL)
    assert len(blocks) == len(DIALECTS)
    (here / "logtrace.toml").write_text("\n".join(blocks), encoding="utf-8")
    call("ingest", *(f"{name}.log" for name in DIALECTS), "-q")
    assert json.loads(call("status", "--json").out)["traces"] == 8 * len(DIALECTS)
    assert sum(map(len, truths.values())) == json.loads(call("status", "--json").out)["spans"]


def test_a_table_for_each_file_of_one_dialect(call: Call, here: Path):
    truth = tell(here, "german")
    lines = (here / "german.log").read_text().splitlines()
    for name in ("gateway", "stock", "payments", "mailer"):
        (here / f"{name}.log").write_text("\n".join(line for line in lines if f'"dienst": "{name}"' in line))
    blocks = [block(call("formats", "explain", f"{name}.log").out) for name in ("payments", "gateway")]
    (here / "logtrace.toml").write_text("\n".join(blocks), encoding="utf-8")
    call("ingest", *(f"{name}.log" for name in ("gateway", "stock", "payments", "mailer")), "-q")
    status = json.loads(call("status", "--json").out)
    assert (status["traces"], status["lines_rejected"]) == (8, 0)
    assert status["spans"] == len(truth)


def test_a_table_keeps_the_traces_that_are_known(call: Call, here: Path):
    """What a key says is a trace id is one; what else comes and goes with lines is none."""
    lines = [
        dump({"time": iso(T0 + at * MS), "trace_id": hexed("t", at // 2, 32), "saga": hexed("j", at // 10, 12),
              "step": hexed("s", at, 8), "prev": hexed("s", at - 1, 8) if at % 10 else None}) for at in range(60)
    ]  # fmt: skip
    (here / "sagas.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = call("formats", "explain", "sagas.log").out
    assert "60 belong to a trace" in out and "Nothing to add" in out


def test_one_trace_is_enough(call: Call, here: Path):
    truth = tell(here, "starts", traces=1)
    (here / "logtrace.toml").write_text(block(call("formats", "explain", "starts.log").out), encoding="utf-8")
    assert spans(read(here, "starts", call)) == true_spans(truth)


def test_what_it_cannot_know_is_a_marked_blank(call: Call, here: Path):
    tell(here, "flat")
    told = block(call("formats", "explain", "flat.log").out)
    assert '# span = ""  # no key tells spans apart' in told
    assert '# parent = ""  # no key has values that are span ids' in told


@pytest.mark.usefixtures("here")
def test_a_unit_that_is_only_assumed_is_told_where_times_tell_it(call: Call):
    story_lines = []
    for n in range(6):
        for span, parent, at_us, took_us in (("b", "a", 60_000, 30_000), ("a", None, 100_000, 90_000)):
            story_lines.append(json.dumps({
                "trace_id": f"{n + 1:032x}", "span_id": f"{n:015x}{span}", "parent_span_id": parent and f"{n:015x}{parent}",
                "timestamp": (1_704_897_000_000_000 + n * 1_000_000 + at_us) / 1e6, "duration": took_us, "service": "x",
                "operation": span,
            }))  # fmt: skip
    told = call("formats", "explain", "-", stdin="\n".join(story_lines)).out
    assert "-: the first 12 lines" in told
    assert "ms, assumed" in told
    assert 'duration_unit = "us"  # 100% of spans lie within' in block(told)


def test_an_array_in_a_line_is_of_the_format_of_its_objects(call: Call, here: Path):
    log = here / "spans.json"
    spans = [{"traceId": f"{n:032x}", "id": f"{n:016x}", "timestamp": 1704897000000000 + n, "duration": 5,
              "localEndpoint": {"serviceName": "api"}} for n in (1, 2)]  # fmt: skip
    log.write_text(json.dumps(spans) + "\n")
    assert "the first is 1: zipkin   2 belong to a trace" in call("formats", "explain", log).out


def test_lines_without_any_id(call: Call, here: Path):
    (here / "a.log").write_text('{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n{"a":3,"b":"z"}\n')
    told = call("formats", "explain", "a.log").out
    assert "No key was found that could be a trace id" in told
    assert "\n# [formats.a]\n" in told, "what is pasted changes nothing"
    assert '\n# trace = ""' in told


def test_what_is_understood_is_shown_with_its_keys(call: Call, here: Path):
    log = here / "a.log"
    log.write_text(
        'web-1  | {"ts":1704897000.5,"level":"info","msg":"x","trace_id":"4bf92f3577b34da6","duration":0.25,"user":"u1"}\n' * 5
    )
    told = call("formats", "explain", log).out
    assert "5 lines, the first is 1: compose > zap   5 belong to a trace, 5 tell when a span ended or began" in told
    assert re.search(r"ts +→ time +5 +1704897000.5 +s since 1970, by its size", told)
    assert re.search(r"trace_id +→ trace +5 +4bf92f3577b34da6\n", told)
    assert re.search(r"duration +→ duration +5 +0.25 +s: the convention of the library", told)
    assert "attributes alone: user" in told
    assert "Nothing to add" in told
    shape = json.loads(call("formats", "explain", log, "--json").out)
    assert shape["files"][0]["kinds"][0]["envelopes"] == ["compose"]
    assert shape["suggestions"] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"time": "2024-01-10 14:30:00"}, r"time +→ time .*no zone: read in that of --input-tz"),
        ({"time": "2024-01-10T14:30:00Z"}, r"time +→ time +1 +2024-01-10T14:30:00Z\n"),
        ({"time": "soon"}, r"time +→ time .*no time"),
        ({"trace_id": "00000000000000000000000000000000"}, r"trace_id +→ trace .*no id"),
        ({"trace_id": "order 66"}, r"trace_id +→ trace .*not hexadecimal: kept as it is"),
        ({"duration_us": 5}, r"duration_us +→ duration .*us: the key says so"),
        ({"took": "5ms"}, r"took +→ duration .*the value has its unit"),
    ],
)
def test_how_a_value_was_read(line: dict[str, object], said: str, call: Call, here: Path):
    (here / "a.log").write_text(json.dumps(line))
    assert re.search(said, call("formats", "explain", "a.log").out)


def test_what_the_catalogue_knows_needs_no_table(call: Call):
    logs = sorted((ROOT / "fixtures").glob("formats/files/*.jsonl"))
    assert len(logs) > 10
    told = json.loads(call("formats", "explain", *logs, "--json").out)
    assert told["suggestions"] == []


def test_a_format_of_ones_own_is_shown(call: Call, here: Path):
    (here / "a.log").write_text('{"vorgang":"id-1","dauer":5,"x":1,"level":"info"}\n')
    config = here / "own.toml"
    config.write_text('[formats.kasse]\ntrace = "vorgang"\nduration = "dauer"\nduration_unit = "ms"\n')
    told = call("formats", "explain", "a.log", "--config", config).out
    assert "1 line, the first is 1: kasse" in told
    assert re.search(r"dauer +→ duration +1 +5 +ms", told)
    assert re.search(r"level +→ level +1 +info", told), "what it does not name is read as ever"
    assert "attributes alone: x\n" in told
    assert "kasse" in call("formats", "--config", config).out
    assert {"kind": "own", "name": "kasse", "about": "lines with vorgang"} in json.loads(
        call("formats", "--config", config, "--json").out
    )["formats"]
    assert "kasse" not in call("formats").out, "--config is of one call alone"


def test_rejected_lines_are_told_with_their_reason(call: Call, here: Path):
    (here / "a.log").write_text('{"a":\n{"vorgang":"id-1","zettel":"id-1"}\n')
    config = here / "logtrace.toml"
    config.write_text('[formats.a]\ntrace = "vorgang"\n[formats.b]\ntrace = "zettel"\n')
    told = call("formats", "explain", "a.log").out
    assert "1 rejected: truncated" in told
    assert "1 rejected: fits a and b" in told
    account = json.loads(call("ingest", "a.log", "--json", code=3).out)
    assert account["rejected_by_reason"] == {"truncated": 1, "fits a and b": 1}


def test_lines_that_are_hard_to_read(call: Call, here: Path):
    deep = '{"a":' * 900 + "1" + "}" * 900
    lines = [
        deep,
        '{"v":' + deep + ',"t":"id-1"}',
        "x" * 100_000,
        "=" * 1000,
        "\0\0",
        '{"v":[[[[[[[[1]]]]]]]]}',
        "a=[" * 1000,
        " | " * 500,
    ]
    (here / "a.log").write_text("\n".join(lines * 3))
    (here / "logtrace.toml").write_text('[formats.a]\ntrace = "t"\nspan = "v.a.a"')
    assert "24 lines" in call("formats", "explain", "a.log").out


def test_hostile_names_stay_text(call: Call, here: Path):
    lines = [json.dumps({'k\x1b[31m"]': f"{n // 10:016x}", "d\nur_ms": n, "o\u202ep": "x\x7fy"}) for n in range(30)]
    (here / "a.log").write_text("\n".join(lines))
    told = call("formats", "explain", "a.log").out
    assert "\x1b" not in told
    (here / "logtrace.toml").write_text(block(told), encoding="utf-8")
    assert len(read(here, "a", call)) == 2, "zeros are no id"


@pytest.mark.usefixtures("here")
def test_calls_that_are_wrong(call: Call):
    assert "explain needs a file" in call("formats", "explain", code=2).err
    assert "none.log: no such file" in call("formats", "explain", "none.log", code=3).err


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("files/python-otel-console-spans-pretty.txt", "otel-python"),
        ("files/node-otel-console-spans.txt", "otel-js"),
        ("files/dotnet-otel-console.txt", "otel-dotnet"),
        ("consoles/cpp.txt", "otel-cpp"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_explain_names_the_format_of_a_document(name: str, told: str, wrapped: bool, call: Call, here: Path):
    lines = (ROOT / "fixtures" / "formats" / name).read_text(encoding="utf-8").splitlines()
    (here / "app.log").write_text("".join(f"{'app-1  | ' * wrapped}{line}\n" for line in lines), encoding="utf-8")
    assert f"{'compose > ' * wrapped}{told}   " in call("formats", "explain", "app.log").out


JOINED = """\
2025-03-14 09:{minute}:53.350|INFO|checkout|67d3f65d8a1b4c2e9f0d7a3b5c6e1f{minute}:00f067aa0ba902{minute}:0|POST /checkout|done
2025-03-14 09:{minute}:53.301|INFO|payments|67d3f65d8a1b4c2e9f0d7a3b5c6e1f{minute}:b7ad6b71692033{minute}:\
00f067aa0ba902{minute}|charge-card|done
"""
VARIED = """\
[2025-03-14T09:{minute}:53.301Z] payments INFO charge-card flow=67d3f65d8a1b4c2e9f0d7a3b5c6e1f{minute} \
step=b7ad6b71692033{minute} up=00f067aa0ba902{minute} cost=0.18075
[2025-03-14T09:{minute}:53.350Z] checkout INFO POST /checkout flow=67d3f65d8a1b4c2e9f0d7a3b5c6e1f{minute} \
step=00f067aa0ba902{minute} up=- cost=0.25025
"""


@pytest.mark.parametrize("form", [JOINED, VARIED], ids=["ids in one column", "words before pairs"])
def test_a_table_that_is_printed_gives_its_traces(form: str, call: Call, here: Path):
    (here / "app.log").write_text("".join(form.format(minute=minute) for minute in range(20, 32)))
    told = call("formats", "explain", "app.log").out
    assert "24 of 24 lines belong to 12 traces" in told
    (here / "logtrace.toml").write_text(block(told))
    traces = read(here, "app", call)
    assert len(traces) == 12
    for trace in traces:
        named = {
            (span.service, span.name, trace.by_key[span.parent_key].name if span.parent_key else None) for span in trace.spans
        }
        assert named == {("checkout", "POST /checkout", None), ("payments", "charge-card", "POST /checkout")}


def test_one_table_for_lines_that_a_known_format_reads_otherwise(call: Call, here: Path):
    truth = story(6)
    (here / "app.log").write_text("".join(
        f"2024-01-10 14:30:{n:02}.{w.end_ns // 100_000 % 10_000:04}|INFO|{w.service}|{w.trace:08x}ab|{n + 100}|{w.operation}|9\n"
        for n, w in enumerate(truth)
    ))  # fmt: skip
    told = call("formats", "explain", "app.log").out
    assert "1: nlog " in told
    assert told.count("\n[formats.") == 1


@pytest.mark.parametrize("others", [0, 1])
def test_a_table_that_gives_nothing_is_not_printed(others: int, call: Call, here: Path, monkeypatch: pytest.MonkeyPatch):
    tell(here, "german")
    right = block(call("formats", "explain", "german.log").out)
    proposals = dialects.proposals

    def misled(*given) -> Iterator[dialects.Proposal]:
        first = next(proposals(*given))
        yield first._replace(settings=tuple(setting._replace(value="nowhere") for setting in first.settings))
        yield from islice(proposals(*given), others)

    monkeypatch.setattr(dialects, "proposals", misled)
    told = call("formats", "explain", "german.log").out
    assert (block(told) == right) if others else "# [formats.german]" in told


def test_what_may_tell_a_failure_is_a_marked_blank(call: Call, here: Path):
    """0 and 1 under no name, and one letter for the end: no level, and nobody knows which of them is the failure."""
    lines = []
    for span in sorted(story(), key=lambda span: span.end_ns):
        flow, step, above = ids("blank", span)
        told = [str(span.end_ns // 1000), span.service, flow, step, above or "", span.operation, "F"]
        lines.append(";".join([*told, str(span.duration_ns // 1000), str(int(span.failed))]))
    (here / "blank.log").write_text("\n".join(lines))
    told = block(call("formats", "explain", "blank.log").out)
    assert '# error = ""  # column9 may say so: 0 (38 times), 1 (2 times)' in told
    assert '# level = ""' in told
