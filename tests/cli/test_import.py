"""`logtrace import`: traces of other systems and of other stores."""

from __future__ import annotations

import gzip
import json
from importlib import import_module
from pathlib import Path

import pytest

from logtrace import api
from logtrace.ingest.exports import IMPORTS
from tests.cli.conftest import Call

FAILED = "98f13708"
JAEGER = {"data": [{"traceID": "ab", "processes": {"p1": {"serviceName": "api", "tags": []}}, "spans": [
    {"traceID": "ab", "spanID": "1", "operationName": "root", "startTime": 1704897000000000, "duration": 90, "processID": "p1"},
    {"traceID": "ab", "spanID": "2", "operationName": "zero", "startTime": 0, "duration": 5, "processID": "p9", "new": {"x": 1},
     "references": [{"refType": "CHILD_OF", "traceID": "ab", "spanID": "1"}]},
    {"traceID": "ab", "spanID": "0af7651916cd43dd8448eb211c80319c", "operationName": "odd id", "startTime": -5, "duration": -7,
     "processID": "p1", "references": [{"refType": "CHILD_OF", "traceID": "ab", "spanID": "77"}]},
]}]}  # fmt: skip


@pytest.fixture
def exported(ask: Call) -> str:
    return ask("export", "--format", "otlp-json").out


def test_what_was_exported_shows_as_it_was(ask: Call, call: Call, exported: str, tmp_path: Path):
    store = tmp_path / "s.db"
    (tmp_path / "e.jsonl.gz").write_bytes(gzip.compress(exported.encode()))
    first = json.loads(call("import", tmp_path / "e.jsonl.gz", "--store", store, "--json").out)
    assert first["lines_rejected"] == first["lines_without_trace"] == 0
    again = json.loads(call("import", tmp_path / "e.jsonl.gz", "--store", store, "--json").out)
    assert (again["spans"], again["spans_new"], again["traces_changed"]) == (first["spans"], 0, 0)
    shown, before = (one("show", FAILED, *more).out for one, more in ((call, ("--store", store)), (ask, ())))
    tree = [line for line in before.splitlines() if "without a unit" not in line]
    assert shown.splitlines()[: len(tree) - 8] == tree[:-8], "all but what is next, where the store is named"
    assert ask("export", FAILED, "--format", "otlp-json").out == call(
        "export", FAILED, "--format", "otlp-json", "--store", store
    ).out  # fmt: skip


def test_protobuf(call: Call, exported: str, tmp_path: Path):
    from google.protobuf.json_format import Parse
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    from tests.exporters.test_formats import _with_bytes

    messages = [Parse(json.dumps(_with_bytes(json.loads(line))), TracesData()) for line in exported.splitlines()]
    whole = TracesData()
    for each in messages:
        whole.MergeFrom(each)
    (tmp_path / "whole.pb").write_bytes(whole.SerializeToString())
    raw = [each.SerializeToString() for each in messages]
    (tmp_path / "many.pb").write_bytes(b"".join(len(each).to_bytes(4, "big") + each for each in raw))
    (tmp_path / "lines.jsonl").write_text(exported)
    found = []
    for name in ("whole.pb", "many.pb", "lines.jsonl"):
        call("import", tmp_path / name, "--store", tmp_path / f"{name}.db", "-q")
        found.append(call("export", "--format", "otlp-json", "--store", tmp_path / f"{name}.db").out)
    assert found[0] == found[1] == found[2]


def test_odd_ids_and_times_and_missing_parents_are_taken_as_they_are(call: Call, tmp_path: Path):
    (tmp_path / "j.json").write_text(json.dumps(JAEGER))
    call("import", tmp_path / "j.json", "--store", tmp_path / "s.db", "-q")
    with api.open(tmp_path / "s.db") as store:
        (summary,) = store.traces()
        spans = {span.name: span for span in store.trace(summary.trace_id).spans if not span.phantom}
    assert summary.partial and summary.spans == 3
    assert (spans["root"].service, spans["root"].duration_ns) == ("api", 90_000)
    assert spans["zero"].start_ns is None and spans["zero"].parent_span_id == spans["root"].span_id
    assert (spans["odd id"].span_id, spans["odd id"].start_ns) == ("0af7651916cd43dd8448eb211c80319c", -5_000)
    assert spans["odd id"].duration_ns is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'{"msg": "a log"}\n', "begins like no export that is known"),
        (b"plain text", "begins like no export that is known"),
        (json.dumps(JAEGER).encode()[:-20], "it is cut off (byte "),
        (json.dumps(JAEGER).encode().replace(b'"spanID": "1"', b'"spanID" "1"'), "the JSON that begins there is broken"),
        (b'{"data": [], "spans": []}', "holds no spans"),
        pytest.param(gzip.compress(json.dumps(JAEGER).encode() * 9)[:-9], "is cut off", id="gzip that is cut off"),
    ],
)
def test_of_a_broken_file_nothing_is_read(call: Call, tmp_path: Path, content: bytes, said: str):
    (tmp_path / "good.json").write_text(json.dumps(JAEGER))
    (tmp_path / "bad.json").write_bytes(content)
    told = call("import", tmp_path / "good.json", tmp_path / "bad.json", "--store", tmp_path / "s.db", code=3)
    assert said in told.err and "bad.json" in told.err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bad.json", "good.json"]


def test_a_format_that_is_said_and_is_not_the_files_is_refused(call: Call, ask: Call, tmp_path: Path):
    files = {form: tmp_path / f"{form}.json" for form in ("otlp-json", "jaeger", "zipkin")}
    for form, path in files.items():
        ask("export", FAILED, "--format", form, "-o", path)
    (tmp_path / "some.log").write_text('{"time":"2024-01-10T14:30:00Z","trace_id":"ab","span_id":"1","msg":"a log"}\n')
    for form in (each.name for each in IMPORTS):
        for name, path in (*files.items(), ("", tmp_path / "some.log")):
            store = tmp_path / f"{form}-{name}.db"
            told = call("import", path, "--format", form, "--store", store, code=0 if form == name else 3)
            assert store.exists() == (form == name)
            said = f"does not begin like {form}" in told.err or f"holds no spans (read as {form})" in told.err
            assert form == name or (said and path.name in told.err)


def test_zipkin_may_have_tags_that_jaeger_would_name_so(call: Call, tmp_path: Path):
    span = {"traceId": "ab", "id": "1", "name": "x", "timestamp": 1704897000000000, "duration": 5, "tags": {"spans": "3"}}
    (tmp_path / "z.json").write_text(json.dumps([span]))
    done = call("import", tmp_path / "z.json", "--format", "zipkin", "--store", tmp_path / "s.db", "--json")
    assert json.loads(done.out)["spans_new"] == 1


def test_spans_without_a_trace_are_told(call: Call, tmp_path: Path):
    (tmp_path / "z.json").write_text('[{"traceId": "", "id": "1", "name": "x"}]')
    told = call("import", tmp_path / "z.json", "--store", tmp_path / "s.db", "--json", code=3)
    assert json.loads(told.out)["lines_without_trace"] == 1


def test_learn_takes_jaeger_and_otlp(call: Call, ask: Call, tmp_path: Path):
    for form in ("jaeger", "otlp-json", "zipkin"):
        ask("export", FAILED, "1f0e3dad", "--format", form, "-o", tmp_path / f"{form}.json")
        done = call("learn", tmp_path / f"{form}.json", "--store", tmp_path / f"{form}.db")
        assert "from 2 traces" in done.out
        pairs = json.loads(call("learn", "--show", "--store", tmp_path / f"{form}.db", "--json").out)["pairs"]
        assert {"parent": ["worker", "ExecuteTask"], "child": ["worker", "CallBedrock"]}.items() <= {
            key: value for pair in pairs if pair["child"][1] == "CallBedrock" and pair["parent"][1] == "ExecuteTask"
            for key, value in pair.items()
        }.items()  # fmt: skip


def test_the_formats_of_the_command_are_those_of_the_table():
    assert set(import_module("logtrace.cli.import").FORMATS) == {each.name for each in IMPORTS}
